"""Distances between vectors."""

from __future__ import annotations

from typing import Any

from pullback.arrays import norms
from pullback.graph.operator import general
from pullback.ops.neural.scalars import add_number
from pullback.ops.typing import V


def _axis(ndim: int) -> tuple[int, ...] | None:
    return (ndim - 1,) if ndim else None


@general(
    node="NormBackward1",
    input=lambda grad, input, result, p, keepdim: norms.vector_norm_vjp(
        grad, input, result, p, _axis(input.ndim), keepdim
    ),
)
def _norm(input: V, p: float, keepdim: bool) -> V:
    return norms.vector_norm(input, p, _axis(input.ndim), keepdim)


def pairwise_distance(x1: V, x2: V, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> V:
    """The p-norm of ``x1 - x2 + eps`` over the last axis: ``(*, D), (*, D) -> (*)``; shapes broadcast.

    Integers become the default dtype. The derivative where the norm is 0 is 0.

    >>> import pullback as torch
    >>> torch.pairwise_distance(torch.tensor([3., 0.]), torch.tensor([0., 4.]))
    tensor(5.)
    """
    gap: Any = x1 - x2
    return _norm(add_number(gap if gap.dtype.kind not in "biu" else gap.float(), float(eps)), float(p), keepdim)
