"""What autograd says: cotangents pulled back, tangents pushed forward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.autograd.gradcheck.problem import Problem, is_floating
from pullback.graph import forward_mode, levels
from pullback.graph.batching import BatchLevel
from pullback.graph.requests import grad
from pullback.graph.tensor_base import TensorBase, wrap


def pulled(output: Any, tensors: Sequence[Any], cotangent: np.ndarray) -> list[np.ndarray]:
    """The gradients of `output` by each tensor, flat; zeros where there is no path."""
    start = wrap(cotangent.astype(output._array.dtype, copy=False).reshape(output._array.shape))
    found = grad(output, tensors, start, retain_graph=True, allow_unused=True)
    return [
        np.zeros(tensor._array.size, tensor._array.dtype) if each is None else np.asarray(each._array).reshape(-1)
        for each, tensor in zip(found, tensors)
    ]


def backward_jacobians(output: Any, tensors: Sequence[Any], unit: complex) -> list[np.ndarray]:
    """A matrix (element of the tensor, element of `output`) for each tensor, from a pass per element of `output`.

    `unit` is the cotangent of an element: 1, or i for the imaginary part.
    """
    size = output._array.size
    columns: list[list[np.ndarray]] = []
    for number in range(size):
        cotangent = np.zeros(size, output._array.dtype)
        cotangent[number] = unit
        columns.append(pulled(output, tensors, cotangent))
    if not columns:
        return [np.zeros((tensor._array.size, 0), tensor._array.dtype) for tensor in tensors]
    return [np.stack(column, axis=1) for column in zip(*columns)]


def pushed(problem: Problem, position: int, tangent: np.ndarray, zeros: bool = True) -> list[np.ndarray]:
    """The tangents of the outputs, flat, as input number `position` of the function has `tangent`.

    No input requires grad meanwhile. With `zeros` the other inputs that are differentiated by have tangents of zeros,
    otherwise none.
    """
    given = wrap(tangent.reshape(problem.inputs[position]._array.shape))
    outputs = _pushed(problem, position, given, zeros)
    return [_flat(output, tangent) for output, tangent in outputs]


def pushed_together(problem: Problem, position: int, tangents: np.ndarray) -> list[np.ndarray]:
    """`pushed` for several tangents in one run of the function: a row of each result belongs to each."""
    given = wrap(tangents.reshape(-1, *problem.inputs[position]._array.shape))
    level = BatchLevel(len(tangents), "unsupported")
    with levels.opened(level):
        outputs = _pushed(problem, position, level.split(given, 0), True)
        whole = [(each, None if moved is None else level.joined(moved, 0)) for each, moved in outputs]
    return [_flat(output, tangent, len(tangents)) for output, tangent in whole]


def _pushed(problem: Problem, position: int, tangent: Any, zeros: bool) -> list[tuple[Any, Any]]:
    level = forward_mode.enter_level()
    try:
        inputs = []
        for number, each in enumerate(problem.inputs):
            if not isinstance(each, TensorBase):
                inputs.append(each)
                continue
            plain = each.detach()  # type: ignore[attr-defined]
            if number == position:
                forward_mode.set_tangent(plain, tangent)
            elif zeros and each.requires_grad:  # type: ignore[attr-defined]
                forward_mode.set_tangent(plain, forward_mode.zeros_beside(plain))
            inputs.append(plain)
        return [(each, forward_mode.tangent_of(each)) for each in problem.run(*inputs) if is_floating(each)]
    finally:
        forward_mode.exit_level(level)


def _flat(output: Any, tangent: Any, *rows: int) -> np.ndarray:
    size = output._array.size
    if tangent is None:
        return np.zeros((*rows, size), output._array.dtype)
    found = np.array(tangent._array).reshape(*rows, size)
    return found.astype(output._array.dtype) if output._array.dtype.kind == "c" else found


def forward_jacobians(problem: Problem, position: int, direction: complex) -> list[np.ndarray]:
    """A matrix (element of input number `position`, element of the output) for each output, along `direction`."""
    array = problem.inputs[position]._array
    rows: list[list[np.ndarray]] = []
    for number in range(array.size):
        tangent = np.zeros(array.size, array.dtype)
        tangent[number] = direction
        rows.append(pushed(problem, position, tangent))
    if not rows:
        return [np.zeros((0, output._array.size), output._array.dtype) for output in problem.outputs]
    return [np.stack(column) for column in zip(*rows)]
