"""What a derivative owes beside being right: nothing in, nothing out; absent cotangents and tangents are zeros;
many at once are the same as one by one."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.batched import NeedsValues
from pullback.autograd.gradcheck import numerical, reports
from pullback.autograd.gradcheck.analytical import pulled, pushed, pushed_together
from pullback.autograd.gradcheck.elementwise import differentiated
from pullback.autograd.gradcheck.problem import Problem, as_tuple
from pullback.autograd.gradcheck.reports import GradcheckError
from pullback.graph.engine import fresh_edge
from pullback.graph.node import Node, next_sequence_number
from pullback.graph.requests import grad
from pullback.graph.tensor_base import at_node, wrap


def check_constant(problem: Problem, every_entry: bool) -> None:
    """Outputs that need no gradient must not change with the inputs."""
    allowed = 0.0 if every_entry else problem.eps
    for tensor in problem.tensors:
        for real, imaginary in numerical.jacobians(
            lambda *inputs: list(as_tuple(problem.func(*inputs))), problem.inputs, tensor, problem.outputs, problem.eps
        ):
            for matrix in (real, imaginary):
                if matrix is not None and np.any(np.abs(matrix) > allowed):
                    raise GradcheckError("Numerical gradient for function expected to be zero")


def check_zero_in_zero_out(problem: Problem) -> None:
    """Cotangents of zeros must give gradients of zeros."""
    outputs = [output for output in problem.outputs if output.requires_grad]
    if not outputs:
        return
    zeros = [wrap(np.zeros(output._array.shape, output._array.dtype)) for output in outputs]
    for gradient in grad(outputs, problem.tensors, zeros, retain_graph=True, allow_unused=True):
        if gradient is not None and np.any(gradient._array != 0):
            raise GradcheckError("backward not multiplied by grad_output")


def check_dtypes(problem: Problem) -> None:
    """Gradients must have the dtypes of the inputs."""
    for output in problem.outputs:
        start = wrap(np.ones(output._array.shape, output._array.dtype))
        for gradient, tensor in zip(
            grad(output, problem.tensors, start, retain_graph=True, allow_unused=True), problem.tensors
        ):
            if gradient is not None and gradient._array.dtype != tensor._array.dtype:
                raise GradcheckError(f"Gradient has dtype mismatch: {gradient.dtype} for an input of {tensor.dtype}")


class Undefined(Node):
    """Passes a value on, and no cotangent back: what lies behind it must treat that as zeros."""

    __slots__ = ()

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Nothing."""
        return (None,)

    vjp_traced = vjp

    @classmethod
    def at(cls, output: Any) -> Any:
        """A tensor behind such a node on `output`."""
        node = cls()
        node._seq = next_sequence_number()
        node._edges = (fresh_edge(output),)
        node._shape, node._dtype = output._array.shape, output._array.dtype
        node._code, node._offset = cls.at.__func__.__code__, 0  # type: ignore[attr-defined]
        return at_node(output._array, node, 0)


def check_undefined_backward(problem: Problem) -> None:
    """Outputs without a cotangent count as zeros: what made them, and hooks on them, must bear `None`."""
    _pull_undefined(problem, lambda outputs: [Undefined.at(each) for each in outputs])
    for position in range(len(problem.outputs) if len(problem.outputs) > 1 else 0):
        _pull_undefined(
            problem,
            lambda outputs: [Undefined.at(e) if n == position else e for n, e in enumerate(outputs)],  # noqa: B023
        )


def _pull_undefined(problem: Problem, hidden: Any) -> None:
    outputs = hidden([each for each in as_tuple(problem.func(*problem.inputs)) if each.requires_grad])
    zeros = [wrap(np.zeros(output._array.shape, output._array.dtype)) for output in outputs]
    try:
        found = grad(outputs, problem.tensors, zeros, allow_unused=True)
    except RuntimeError as error:
        warnings.warn(reports.UNDEFINED_WARNING, stacklevel=5)
        raise GradcheckError(reports.UNDEFINED_NOT_HANDLED) from error
    if any(gradient is not None and np.any(gradient._array != 0) for gradient in found):
        warnings.warn(reports.UNDEFINED_WARNING, stacklevel=5)
        raise GradcheckError(reports.UNDEFINED_NOT_ZERO)


def check_undefined_forward(problem: Problem) -> None:
    """Tangents of zeros and absent tangents must push forward to the same."""
    positions = differentiated(problem)
    for position in positions:
        tangent = np.ones(problem.inputs[position]._array.size, problem.inputs[position]._array.dtype)
        absent = pushed(problem, position, tangent, zeros=False)
        if len(positions) == 1:
            continue
        for first, second in zip(absent, pushed(problem, position, tangent)):
            if not np.allclose(first, second, equal_nan=True):
                raise GradcheckError(
                    "Expected the jvp of the function to treat an absent tangent as zeros: the tangents of the outputs "
                    f"differ as input {position} alone moves, with the others absent {first} and with zeros {second}."
                )


def check_batched_backward(problem: Problem) -> None:
    """A batch of cotangents pulled back at once must be the cotangents pulled back one by one."""
    draw = np.random.default_rng(0)
    for output in problem.outputs:
        shape, kind = output._array.shape, output._array.dtype
        starts = np.asarray(_drawn(draw, (2, *shape), kind))
        try:
            batch = grad(
                output, problem.tensors, wrap(starts), retain_graph=True, allow_unused=True, is_grads_batched=True
            )
        except RuntimeError as error:
            raise GradcheckError(f"{reports.FAILED_BATCHED_GRAD_MSG}\n\nGot: {error}") from error
        for row, start in enumerate(starts):
            for whole, alone in zip(batch, pulled(output, problem.tensors, np.asarray(start))):
                if whole is not None and not np.allclose(np.asarray(whole._array)[row].reshape(-1), alone):
                    raise GradcheckError(f"{reports.FAILED_BATCHED_GRAD_MSG}\n\nFor row {row}: {whole}, alone {alone}")


def check_batched_forward(problem: Problem) -> None:
    """Tangents pushed forward together must be the tangents pushed forward one by one."""
    draw = np.random.default_rng(0)
    for position in differentiated(problem):
        array = problem.inputs[position]._array
        tangents = _drawn(draw, (2, array.size), array.dtype)
        try:
            whole = pushed_together(problem, position, tangents)
        except (RuntimeError, NeedsValues) as error:
            raise GradcheckError(f"{reports.FAILED_BATCHED_GRAD_MSG_FWD_AD}\n\nGot: {error}") from error
        alone = [pushed(problem, position, each) for each in tangents]
        for together, rows in zip(whole, zip(*alone)):
            if not np.allclose(together, np.stack(rows), atol=problem.atol, rtol=problem.rtol, equal_nan=True):
                raise GradcheckError(
                    f"{reports.FAILED_BATCHED_GRAD_MSG_FWD_AD}\n\nFor input {position}: together {together}, one by one "
                    f"{rows}"
                )


def _drawn(draw: np.random.Generator, shape: tuple[int, ...], kind: Any) -> Any:
    values = draw.standard_normal(shape)
    if kind.kind == "c":
        values = values + 1j * draw.standard_normal(shape)
    return np.asarray(values).astype(kind)
