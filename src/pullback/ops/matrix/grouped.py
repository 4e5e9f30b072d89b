"""`grouped_mm`: matrix products of groups, of which one operand holds its matrices side by side.

With A 2-d or 3-d and B 2-d or 3-d there are four forms, and they are each other's derivatives: ``dA = dC Bᴴ`` and
``dB = Aᴴ dC`` hold with the same ends of the groups, whatever axis those cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pullback.arrays.products import product
from pullback.arrays.vocabulary import swapaxes
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.ops.typing import V


def _spans(ends: Any) -> Iterator[tuple[int, slice]]:
    start = 0
    for group, end in enumerate(ends):
        yield group, slice(start, end)
        start = end


def _groups(a: Any, b: Any, ends: Any) -> Any:
    """The product; rows or columns after the last group are zero."""
    if ends is None:
        return product(a, b)
    if a.ndim == b.ndim == 2:
        return np.stack([product(a[:, span], b[span]) for _, span in _spans(ends)])
    rows = a.ndim == 2
    found = [product(a[span], b[group]) if rows else product(a[group], b[:, span]) for group, span in _spans(ends)]
    rest = product(a[ends[-1] :], b[0]) if rows else product(a[0], b[:, ends[-1] :])
    return np.concatenate([*found, rest * 0], 0 if rows else 1)


@general(
    node="GroupedMmBackward0",
    mat_a=lambda grad, mat_b, ends: _groups(grad, swapaxes(mat_b, -1, -2), ends),
    mat_b=lambda grad, mat_a, ends: _groups(swapaxes(mat_a, -1, -2), grad, ends),
)
def _grouped(mat_a: V, mat_b: V, ends: Any) -> V:
    return _groups(mat_a, mat_b, ends)


def grouped_mm(
    mat_a: V, mat_b: V, *, offs: V | None = None, bias: V | None = None, out_dtype: Any = None
) -> V:  # fmt: skip
    """A matrix product for each group: the experts of a mixture, which see different numbers of rows.

    Shapes, with the groups' ends along S in the int32 tensor `offs` of shape ``(G,)``: ``(S, K), (G, K, N) -> (S, N)``;
    ``(G, M, K), (K, S) -> (M, S)``; ``(M, S), (S, N) -> (G, M, N)``; without `offs` ``(G, M, K), (G, K, N) -> (G, M, N)``.
    float32, float16 and bfloat16. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.grouped_mm.html.

    >>> import pullback as torch
    >>> ends = torch.tensor([1, 3], dtype=torch.int32)
    >>> torch.nn.functional.grouped_mm(torch.ones(3, 2), torch.tensor([[[1.], [2.]], [[3.], [4.]]]), offs=ends)
    tensor([[3.],
            [7.],
            [7.]])
    """
    _check(mat_a, mat_b, offs, bias, out_dtype)
    ends = None if offs is None else [int(end) for end in np.asarray(offs._array)]
    return _grouped(mat_a, mat_b, ends)


def _grouped_mm(self: V, mat2: V, offs: V | None = None, bias: V | None = None, out_dtype: Any = None) -> V:
    """`grouped_mm` as PyTorch's library has it."""
    return grouped_mm(self, mat2, offs=offs, bias=bias, out_dtype=out_dtype)


def _check(mat_a: V, mat_b: V, offs: V | None, bias: V | None, out_dtype: Any) -> None:
    for name, each in (("mat_a", mat_a), ("mat_b", mat_b)):
        if each.dtype.kind not in "fV" or each.dtype.itemsize > 4:
            raise RuntimeError(
                f"Expected {name} to be Float32, BFloat16 or Float16 matrix, got {spoken(each._array.dtype)}"
            )
    for name, each in (("mat_a", mat_a), ("mat_b", mat_b)):
        if each.ndim not in (2, 3):
            raise RuntimeError(f"{name} has to be 2 or 3d")
    flat = (mat_a.ndim == 2) + (mat_b.ndim == 2)
    if flat < 2 and mat_a.shape[-1] != mat_b.shape[-2]:
        raise RuntimeError("contraction dimension of mat_a and mat_b must match")
    if (offs is None) != (flat == 0):
        raise RuntimeError("Have to provide offsets if there is a 2d matrix, or no offset if both matrices are 3d")
    if offs is not None and (offs.ndim != 1 or offs._array.dtype != np.int32):
        raise RuntimeError("Offsets have to be int32" if offs.ndim == 1 else "offs has to be 1D")
    if bias is not None:
        raise RuntimeError("Bias not supported yet")
    if out_dtype not in (None, mat_a.dtype):
        raise RuntimeError("Grouped gemm output dtype must match `mat_a` dtype")
    groups = [each.shape[0] for each in (mat_a, mat_b) if each.ndim == 3]
    if len({*groups, *([] if offs is None else [len(offs)])}) > 1:
        raise RuntimeError("matrix batch sizes have to match")
