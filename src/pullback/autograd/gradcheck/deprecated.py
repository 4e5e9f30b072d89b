"""Jacobians by names that packages took from PyTorch's private ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from pullback.autograd.gradcheck import numerical
from pullback.autograd.gradcheck.analytical import backward_jacobians
from pullback.autograd.gradcheck.problem import as_tuple
from pullback.graph.tensor_base import TensorBase, wrap


def _tracked(inputs: Any) -> list[Any]:
    return [each for each in as_tuple(inputs) if isinstance(each, TensorBase) and each.requires_grad]  # type: ignore[attr-defined]


def _iter_tensors(x: Any, only_requiring_grad: bool = False) -> Iterator[Any]:
    """The tensors in nested lists and tuples."""
    if isinstance(x, TensorBase):
        if not only_requiring_grad or x.requires_grad:  # type: ignore[attr-defined]
            yield x
    elif isinstance(x, Iterable) and not isinstance(x, str):
        for each in x:
            yield from _iter_tensors(each, only_requiring_grad)


def _warn(name: str) -> None:
    warnings.warn(
        f"`{name}` was part of PyTorch's private API and not meant to be exposed. It is deprecated and will be removed; "
        "torch.autograd.functional.jacobian gives Jacobians.",
        FutureWarning,
        stacklevel=3,
    )


def _check_start(name: str, grad_out: float) -> None:
    if grad_out != 1.0:
        raise ValueError(f"Expected grad_out to be 1.0. {name} no longer supports values of grad_out != 1.0.")


def _get_numerical_jacobian(
    fn: Callable[..., Any],
    inputs: Any,
    outputs: Any = None,
    target: Any = None,
    eps: float = 1e-3,
    is_forward_ad: bool = False,
) -> list[tuple[Any, ...]]:
    """Central differences of ``fn(*inputs)``: for each input that requires grad (or each of `target`) a tuple with a
    matrix (input element, output element) per output. A complex input's matrix is along 1 plus i times along i."""
    if outputs is None:
        outputs = as_tuple(fn(*as_tuple(inputs)))
    found = []
    for tensor in _tracked(inputs if target is None else target):
        matrices = numerical.jacobians(
            lambda *values: list(as_tuple(fn(*values))), as_tuple(inputs), tensor, outputs, eps
        )
        found.append(tuple(wrap(real if other is None else real + 1j * other) for real, other in matrices))
    return found


def get_numerical_jacobian(
    fn: Callable[..., Any], inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple[Any, ...]:
    """The difference Jacobians of the first output of ``fn(inputs)``, a function of the tuple. Deprecated."""
    _warn("get_numerical_jacobian")
    _check_start("get_numerical_jacobian", grad_out)
    matrices = _get_numerical_jacobian(lambda *values: fn(values), inputs, None, target, eps)
    return tuple(by_output[0] for by_output in matrices)


def _get_analytical_jacobian(inputs: Any, outputs: Any, input_idx: int, output_idx: int) -> Any:
    """The Jacobian of one output by one input, from reverse mode."""
    return wrap(backward_jacobians(as_tuple(outputs)[output_idx], [as_tuple(inputs)[input_idx]], 1)[0])


def get_analytical_jacobian(
    inputs: Any, output: Any, nondet_tol: float = 0.0, grad_out: float = 1.0
) -> tuple[tuple[Any, ...], bool, bool, bool]:
    """The Jacobians of `output` by each input from reverse mode, and whether two runs agree, sizes fit, dtypes fit.
    Deprecated."""
    _warn("get_analytical_jacobian")
    _check_start("get_analytical_jacobian", grad_out)
    tensors = _tracked(inputs)
    first, second = (backward_jacobians(output, tensors, 1) for _ in range(2))
    reentrant = all(bool(np.all(np.abs(a - b) <= nondet_tol)) for a, b in zip(first, second))
    fitting = all(matrix.dtype == tensor._array.dtype for matrix, tensor in zip(first, tensors))
    return tuple(wrap(matrix) for matrix in first), reentrant, True, fitting
