"""Central differences: the derivative along a direction, from two evaluations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.autograd.gradcheck.problem import check_same_form, is_floating
from pullback.graph.tensor_base import solid

Derivative = tuple[np.ndarray, "np.ndarray | None"]
"""Of an output by an input: the derivative along 1, and along i for a complex input; `None` for a real one."""


def directions(tensor: Any) -> tuple[complex, ...]:
    """The directions in which an element of `tensor` can move."""
    return (1, 1j) if tensor._array.dtype.kind == "c" else (1,)


def along(
    run: Callable[..., list[Any]], inputs: Sequence[Any], tensor: Any, step: Any, eps: float, where: str
) -> list[np.ndarray]:
    """The derivative of each output, flat, as `tensor` moves along the array `step`.

    The elements are overwritten where they lie, so that views among the inputs move too, and put back.
    """
    memory = solid(tensor)
    original = memory.copy()
    try:
        memory[...] = original + eps * step
        above = [each for each in run(*inputs) if is_floating(each)]
        after = [np.array(each._array) for each in above]
        memory[...] = original - eps * step
        below = [each for each in run(*inputs) if is_floating(each)]
        before = [np.array(each._array) for each in below]
    finally:
        memory[...] = original
    check_same_form(above, below, eps, where)
    return [((a - b) / (2 * eps)).reshape(-1) for a, b in zip(after, before)]


def jacobians(
    run: Callable[..., list[Any]], inputs: Sequence[Any], tensor: Any, outputs: Sequence[Any], eps: float
) -> list[Derivative]:
    """For each output the matrices (element of `tensor`, element of the output) of its derivatives."""
    shape = tensor._array.shape
    by_direction = []
    for direction in directions(tensor):
        rows: list[list[np.ndarray]] = [[] for _ in outputs]
        for index in np.ndindex(*shape):
            step = np.zeros(shape, tensor._array.dtype)
            step[index] = direction
            moved = along(run, inputs, tensor, step, eps, f" on index {index}")
            for row, derivative in zip(rows, moved):
                row.append(derivative)
        by_direction.append([_stacked(row, output) for row, output in zip(rows, outputs)])
    if len(by_direction) == 1:
        return [(matrix, None) for matrix in by_direction[0]]
    return list(zip(*by_direction))


def _stacked(rows: list[np.ndarray], output: Any) -> np.ndarray:
    return np.stack(rows) if rows else np.zeros((0, output._array.size), output._array.dtype)
