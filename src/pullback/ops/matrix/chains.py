"""Many products in a row: chains of matrices, powers of one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from pullback.graph.once import outside
from pullback.graph.out import store
from pullback.graph.tensor_base import wrap
from pullback.ops.matrix.checks import cpp_name
from pullback.ops.matrix.linalg_checks import check_square
from pullback.ops.matrix.matmul import matmul
from pullback.ops.matrix.products import mm
from pullback.ops.matrix.solving import inv
from pullback.ops.shape.memory import clone
from pullback.ops.shape.reshape import view
from pullback.ops.shape.singletons import unsqueeze
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def multi_dot(tensors: Sequence[V], *, out: V | None = None) -> V:
    """The product of a row of matrices, in the order that takes the fewest multiplications.

    The first and the last may be vectors: they count as a row and a column. Raises ``RuntimeError`` where sizes, ranks or
    dtypes do not fit.

    >>> import pullback as torch
    >>> torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(3, 4), torch.ones(4)])
    tensor([12., 12.])
    """
    if not isinstance(tensors, (tuple, list)):
        kind = type(tensors).__name__
        raise TypeError(f"linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not {kind}")
    result = _multi_dot(list(tensors))
    return result if out is None else store("linalg_multi_dot", out, result)


def _multi_dot(tensors: list[Any]) -> Any:
    count = len(tensors)
    if count < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {count}")
    shape: list[int] = []
    matrices = list(tensors)
    for place, axis in ((0, 0), (count - 1, 1)):
        rank = tensors[place]._array.ndim
        if rank == 1:
            matrices[place] = unsqueeze(tensors[place], axis)
        elif rank == 2:
            shape.append(tensors[place]._array.shape[axis])
        else:
            raise RuntimeError(
                f"multi_dot(): the {'first' if place == 0 else 'last'} tensor must be 1D or 2D but got {rank}D"
            )
    _check_chain(matrices)
    return view(_multiply(matrices, _splits(matrices), 0, count - 1), shape)


def _check_chain(matrices: Sequence[Any]) -> None:
    first = matrices[0]._array
    for number, each in enumerate(matrices):
        array = each._array
        if array.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {number} must be 2D but got {array.ndim}D")
        if array.dtype != first.dtype:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {cpp_name(first.dtype)} and "
                f"tensor {number} {cpp_name(array.dtype)}"
            )
    for number, (a, b) in enumerate(zip(matrices, matrices[1:])):
        if a._array.shape[1] != b._array.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {number} and {number + 1} with shapes {list(a._array.shape)} and "
                f"{list(b._array.shape)} cannot be multiplied"
            )


def _splits(matrices: Sequence[Any]) -> list[list[int]]:
    """Where to split each run of the chain first (Cormen et al., Introduction to Algorithms, 15.2)."""
    sizes = [each._array.shape[0] for each in matrices] + [matrices[-1]._array.shape[1]]
    count = len(matrices)
    cost = [[0] * count for _ in range(count)]
    split = [[0] * count for _ in range(count)]
    for length in range(1, count):
        for start in range(count - length):
            end = start + length
            options = [
                (cost[start][at] + cost[at + 1][end] + sizes[start] * sizes[at + 1] * sizes[end + 1], at)
                for at in range(start, end)
            ]
            cost[start][end], split[start][end] = min(options)
    return split


def _multiply(matrices: Sequence[Any], split: list[list[int]], start: int, end: int) -> Any:
    if start == end:
        return matrices[start]
    at = split[start][end]
    return mm(_multiply(matrices, split, start, at), _multiply(matrices, split, at + 1, end))


def chain_matmul(*matrices: V, out: V | None = None) -> V:
    """`linalg.multi_dot` under its former name; warns. A single matrix is returned as it is."""
    warnings.warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
        "instead, which accepts a list of two or more tensors rather than multiple parameters.",
        UserWarning,
        stacklevel=outside(),
    )
    if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)):
        matrices = tuple(matrices[0])
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    for number, each in enumerate(matrices):
        if each._array.ndim != 2:
            raise RuntimeError(
                f"Tensor dimension is {each._array.ndim}, expected 2 instead. (while checking arguments for "
                f"chain_matmul, matrix {number})"
            )
    result = matrices[0] if len(matrices) == 1 else _multi_dot(list(matrices))
    return result if out is None else store("chain_matmul", out, result)


@asks_for_tensors
def matrix_power(input: V, n: int, *, out: V | None = None) -> V:
    """A square matrix times itself `n` times; its inverse if `n` is negative, the identity if 0.

    Shapes: ``(*, m, m) -> (*, m, m)``. Raises ``RuntimeError`` for matrices that are not square.

    >>> import pullback as torch
    >>> torch.linalg.matrix_power(torch.tensor([[1, 1], [0, 1]]), 5)
    tensor([[1, 5],
            [0, 1]])
    """
    check_square("linalg.matrix_power", input._array)
    if not hasattr(n, "__index__"):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    n = index(n)
    result = _power(inv(input) if n < 0 else input, abs(n))
    if n == -1 or n == 1:
        result = clone(result) if n == 1 else result
    lax = n == 0 or n == 1 or (abs(n) > 2 and not n & (abs(n) - 1))  # what PyTorch stores by copying
    return result if out is None else store("matrix_power" if lax else "linalg_matrix_power", out, result)


def _power(base: Any, n: int) -> Any:
    """Square again and again, and multiply the squares that the bits of `n` name."""
    if n == 0:
        array = base._array
        ones = np.broadcast_to(np.eye(array.shape[-1], dtype=array.dtype), array.shape)
        return clone(base).copy_(wrap(ones))
    if n == 3:
        return matmul(matmul(base, base), base)
    square, result = base, None
    while True:
        if n & 1:
            result = square if result is None else matmul(result, square)
        n >>= 1
        if not n:
            return result
        square = matmul(square, square)
