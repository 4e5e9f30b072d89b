"""The steps of the two checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pullback.autograd.gradcheck import elementwise, obligations, projected
from pullback.autograd.gradcheck.problem import Problem, as_tuple, is_floating
from pullback.graph.requests import grad
from pullback.graph.tensor_base import TensorBase
from pullback.ops.random.creation import rand
from pullback.ops.shape.bits import view_as_complex


def require(condition: bool, message: str) -> None:
    """Raise ``AssertionError`` unless the arguments of a check go together."""
    if not condition:
        raise AssertionError(message)


def of_dense(func: Callable[..., Any]) -> Callable[..., Any]:
    """`func`, which must not return sparse tensors: ``ValueError``."""

    def checked(*inputs: Any) -> Any:
        found = func(*inputs)
        if any(hasattr(getattr(each, "_array", None), "layout") for each in as_tuple(found)):
            raise ValueError(
                "Sparse output is not supported at gradcheck yet. Please call to_dense(masked_grad=...) on the output of fn "
                "for gradcheck."
            )
        return found

    return checked


def posed(
    func: Callable[..., Any], given: tuple[Any, ...], eps: float, atol: float, rtol: float, nondet_tol: float
) -> Problem:
    """The problem, with the outputs that require grad as those to check; all floating ones if none does."""
    returned = as_tuple(of_dense(func)(*given))
    positions = tuple(number for number, each in enumerate(returned) if each.requires_grad)
    outputs = tuple(returned[number] for number in positions) or tuple(filter(is_floating, returned))
    return Problem(func, given, outputs, positions, eps, atol, rtol, nondet_tol)


def check_derivatives(problem: Problem, fast: bool, forward: bool, backward: bool, undefined: bool) -> None:
    """Compare the derivatives with differences, in fast mode or slow."""
    mode = projected if fast else elementwise
    if backward:
        mode.check_backward(problem)
    if forward:
        mode.check_forward(problem)
        if undefined:
            obligations.check_undefined_forward(problem)


def check_backward_owes(problem: Problem, batched: bool, dtypes: bool, undefined: bool) -> None:
    """Check what else the backward owes."""
    if batched:
        obligations.check_batched_backward(problem)
    obligations.check_zero_in_zero_out(problem)
    if dtypes:
        obligations.check_dtypes(problem)
    if undefined:
        obligations.check_undefined_backward(problem)


def gradient_of(func: Callable[..., Any], given: Sequence[Any], count: int) -> Callable[..., tuple[Any, ...]]:
    """A function of the inputs and of `count` cotangents: the gradients of `func` by the inputs that require grad."""
    wanted = [isinstance(each, TensorBase) and each.requires_grad for each in given]  # type: ignore[attr-defined]

    def gradient(*values: Any) -> tuple[Any, ...]:
        arguments, starts = values[: len(values) - count], values[len(values) - count :]
        # Forward mode hands over inputs that do not require grad; the gradient needs them to.
        arguments = tuple(
            each.requires_grad_() if want and not each.requires_grad else each for each, want in zip(arguments, wanted)
        )
        outputs = [each for each in as_tuple(func(*arguments)) if each.requires_grad]
        tracked = [each for each, want in zip(arguments, wanted) if want]
        found = grad(outputs, tracked, starts, create_graph=True, allow_unused=True)
        return tuple(each for each in found if each is not None)

    return gradient


def drawn_like(output: Any, gaps: bool) -> Any:
    """A cotangent for `output`, uniform in [-1, 1), from the default generator; with gaps in memory if asked."""
    shape = tuple(output.shape)
    if gaps and shape:
        shape = (*shape[:-1], 2 * shape[-1])
    if output.is_complex():
        drawn = view_as_complex(rand((*shape, 2), dtype=output.real.dtype) * 2 - 1)
    else:
        drawn = rand(shape, dtype=output.dtype) * 2 - 1
    return (drawn[..., ::2] if gaps and shape else drawn).detach().requires_grad_()
