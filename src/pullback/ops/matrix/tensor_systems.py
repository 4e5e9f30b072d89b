"""Linear maps between tensors seen as matrices: their inverse, systems, and Vandermonde's matrix."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from pullback.graph.inplace import spoken
from pullback.graph.out import store
from pullback.ops.matrix.solving import inv, solve
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape.axes import movedim
from pullback.ops.shape.joining import cat
from pullback.ops.shape.reshape import reshape
from pullback.ops.shape.singletons import unsqueeze
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@numpy_names
def tensorinv(A: V, ind: int = 2, *, out: V | None = None) -> V:
    """The inverse of the linear map from the axes after the first `ind` to those: ``tensordot(tensorinv(A), A, ind)`` is
    the identity.

    Raises ``RuntimeError`` unless both groups of axes have equally many elements.

    >>> import pullback as torch
    >>> torch.linalg.tensorinv(torch.eye(4 * 6).reshape(4, 6, 8, 3)).shape
    torch.Size([8, 3, 4, 6])
    """
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    shape = A._array.shape
    if ind > len(shape):
        raise RuntimeError(f"ArrayRef: invalid slice, N = {ind}; size = {len(shape)}")
    first, last = shape[:ind], shape[ind:]
    if prod(first) != prod(last):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{prod(last)} != {prod(first)}"
        )
    result = reshape(inv(reshape(A, (prod(last), prod(first)))), (*last, *first))
    return result if out is None else store("linalg_tensorinv", out, result)


@asks_for_tensors
def tensorsolve(A: V, B: V, dims: Sequence[int] | None = None, *, out: V | None = None) -> V:
    """X with ``tensordot(A, X, X.ndim) == B``; `dims` of A are moved to its end first.

    Raises ``RuntimeError`` unless the axes of A beyond those of B have as many elements as B.

    >>> import pullback as torch
    >>> torch.linalg.tensorsolve(torch.eye(6).reshape(2, 3, 6), torch.ones(2, 3)).shape
    torch.Size([6])
    """
    if dims is not None:
        dims = tuple(dims)
        A = movedim(A, dims, tuple(range(A._array.ndim - len(dims), A._array.ndim)))
    shape, rank = A._array.shape, B._array.ndim
    first, last = shape[:rank], shape[rank:]
    for needed in (prod(first), B._array.size):
        if needed != prod(last):
            raise RuntimeError(
                "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
                f"but got {prod(last)} != {needed}"
            )
    found = solve(reshape(A, (prod(last), prod(last))), reshape(B, (B._array.size,)))
    result = reshape(found, tuple(last))
    return result if out is None else store("linalg_tensorsolve", out, result)


@asks_for_tensors
def linalg_vander(x: V, *, N: int | None = None) -> V:
    """Powers 0 to ``N - 1`` of every element along a new last axis: ``(*, n) -> (*, n, N)``, `N` being n by default.

    >>> import pullback as torch
    >>> torch.linalg.vander(torch.tensor([2, 3]), N=3)
    tensor([[1, 2, 4],
            [1, 3, 9]])
    """
    array = x._array
    if array.dtype.kind == "b" or (array.dtype.itemsize == 2 and array.dtype.kind not in "iu"):
        raise RuntimeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {spoken(array.dtype)}"
        )
    shape = array.shape or (1,)
    count = shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    powers = unsqueeze(x, -1).expand(*shape, count - 1).cumprod(-1)
    ones = powers.new_ones((*shape, 1))
    return cat([ones, powers], -1)


def vander(x: V, N: int | None = None, increasing: bool = False) -> V:
    """Powers of the elements of a vector, falling from ``N - 1`` to 0 unless `increasing`: ``(n) -> (n, N)``.

    >>> import pullback as torch
    >>> torch.vander(torch.tensor([2, 3]), N=3)
    tensor([[4, 2, 1],
            [9, 3, 1]])
    """
    if x._array.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x._array.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    wide = x if x._array.dtype.kind in "fcV" else x.long()
    ones = wide.new_ones((x._array.shape[0], min(count, 1)))
    if count < 2:
        return ones
    result: Any = cat([ones, unsqueeze(wide, -1).expand(x._array.shape[0], count - 1).cumprod(-1)], -1)
    return result if increasing else result.flip(1)
