"""`torch.embedding_bag`: what `nn.functional.embedding_bag` gives, and how the bags were filled."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.graph.tensor_base import wrap
from pullback.ops.index.bags import embedding_bag as bag_of, largest_rows, ranges
from pullback.ops.typing import V

_MODES = ("sum", "mean", "max")


def embedding_bag(
    weight: V, indices: V, offsets: V, scale_grad_by_freq: bool = False, mode: int = 0, sparse: bool = False,
    per_sample_weights: V | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> tuple[V, V, V, V]:  # fmt: skip
    """The bags of `nn.functional.embedding_bag`; the bag of each index; the bags' sizes; their largest rows.

    `mode` is 0 for the sum, 1 for the mean, 2 for the maximum. What a sum has no need of is empty or zero.

    >>> import pullback as torch
    >>> table = torch.tensor([[1., 2.], [3., 4.], [5., 6.]])
    >>> torch.embedding_bag(table, torch.tensor([0, 2, 1]), torch.tensor([0, 2]), mode=1)[1:]
    (tensor([0, 0, 1]), tensor([2, 1]), tensor([2, 1]))
    """
    if mode not in (0, 1, 2):
        raise RuntimeError("`mode` must be sum, mean, or max.")
    if per_sample_weights is not None and mode:
        raise RuntimeError("embedding_bag: per_sample_weights only supported with mode='sum'")
    found = bag_of(
        indices, weight, offsets, scale_grad_by_freq=scale_grad_by_freq, mode=_MODES[mode], sparse=sparse,
        per_sample_weights=per_sample_weights, include_last_offset=include_last_offset, padding_idx=padding_idx,
    )  # fmt: skip
    rows = np.asarray(indices._array)
    bags, count = ranges(indices, offsets, include_last_offset)
    counted = rows != (-1 if padding_idx is None else padding_idx % len(weight))
    sizes = np.bincount(bags[counted], minlength=count)[:count] if mode else np.zeros(count, int)
    largest = largest_rows(np.asarray(weight._array), rows[counted], bags[counted], count)[0] if mode == 2 else sizes
    named = bags if mode or padding_idx is not None else bags[:0]
    return (found, *(wrap(part.astype(rows.dtype)) for part in (named, sizes, largest)))


def embedding_bag_padded(
    weight: V, indices: V, offsets: V, scale_grad_by_freq: bool = False, mode: int = 0, sparse: bool = False,
    per_sample_weights: V | None = None, include_last_offset: bool = False, padding_idx: int = -1,
) -> tuple[V, V, V, V]:  # fmt: skip
    """`embedding_bag` as PyTorch's library has it, where -1 is no padding (``torch._embedding_bag``)."""
    padding: Any = None if padding_idx < 0 else padding_idx
    return embedding_bag(
        weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, padding
    )
