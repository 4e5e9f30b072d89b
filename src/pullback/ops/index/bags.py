"""`embedding_bag`: the rows that a bag of indices names, summed, averaged or maximised without keeping them all.

Bags lie one after the other in a 1-d list of indices; ``offsets`` says where each begins.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.arrays.along import pick_along, spread_along
from pullback.arrays.masks import keep
from pullback.arrays.scatter import frequencies, pick, spread
from pullback.arrays.vocabulary import add_reduce
from pullback.graph.levels import example_by_example
from pullback.graph.operator import general, linear
from pullback.later import later
from pullback.ops.index.tables import check_indices, embedding_renorm_
from pullback.ops.typing import V

if TYPE_CHECKING:
    from pullback.arrays.sparse import rows as sparse_rows
else:
    (sparse_rows,) = later("pullback.arrays.sparse", "rows")


def _weighted(rows: V, coefficients: Any, per_sample_weights: V) -> V:
    rows = rows * coefficients[:, None]
    return rows if per_sample_weights is None else rows * per_sample_weights[:, None]


def _weight_rule(
    grad: V, indices: V, bags: Any, coefficients: Any, share: Any, per_sample_weights: V, weight_shape: Any
) -> V:
    rows = _weighted(pick(grad, [bags], (0,)), coefficients * share, per_sample_weights)
    return spread(rows, [indices], (0,), weight_shape)


def _sparse_rule(
    grad: V, indices: V, bags: Any, coefficients: Any, per_sample_weights: V, padding: int, weight_shape: Any
) -> V:
    values = _weighted(pick(grad, [bags], (0,)), coefficients, per_sample_weights)
    return sparse_rows.sparse_rows(values, indices, padding, weight_shape)


def _sample_rule(grad: V, weight: V, indices: V, bags: Any, coefficients: Any) -> V:
    rows = pick(grad, [bags], (0,)) * pick(weight, [indices], (0,))
    return add_reduce(rows, 1) * coefficients


@general(node="EmbeddingBagBackward0", weight=_weight_rule, per_sample_weights=_sample_rule)
def _embedding_bag(
    weight: V, indices: V, bags: Any, count: int, coefficients: Any, share: Any, per_sample_weights: V | None
) -> V:
    rows = _weighted(pick(weight, [indices], (0,)), coefficients, per_sample_weights)
    return spread(rows, [bags], (0,), (count, weight.shape[1]))


@general(node="EmbeddingBagBackward0", weight=_sparse_rule, per_sample_weights=_sample_rule)
def _embedding_bag_sparse(
    weight: V, indices: V, bags: Any, count: int, coefficients: Any, padding: int, per_sample_weights: V | None
) -> V:
    return spread(
        _weighted(pick(weight, [indices], (0,)), coefficients, per_sample_weights),
        [bags],
        (0,),
        (count, weight.shape[1]),
    )


@linear(
    node="EmbeddingBagBackward0",
    weight=lambda grad, rows, found, weight_shape: spread_along(keep(grad, found), rows, 0, weight_shape),
)
def _embedding_bag_max(weight: V, rows: Any, found: Any) -> V:
    return keep(pick_along(weight, rows, 0), found)


def largest_rows(
    weight: np.ndarray, indices: np.ndarray, bags: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """The row with the largest element in each bag and column, and whether the bag has one."""
    rows = np.zeros((count, weight.shape[1]), np.intp)
    found = np.zeros((count, 1), bool)
    if len(indices):
        starts = np.flatnonzero(np.concatenate(([True], bags[1:] != bags[:-1])))
        values = weight[indices]
        lengths = np.diff(np.append(starts, len(bags)))
        largest = np.repeat(np.maximum.reduceat(values, starts, axis=0), lengths, axis=0)
        places = np.where(values == largest, np.arange(len(bags))[:, None], len(bags) - 1)
        rows[bags[starts]] = indices[np.minimum.reduceat(places, starts, axis=0)]
        found[bags[starts]] = True
    return rows, np.broadcast_to(found, rows.shape)


def ranges(input: Any, offsets: Any, include_last_offset: bool) -> tuple[np.ndarray, int]:
    """The bag of each index and the number of bags."""
    array = np.asarray(input._array)
    if array.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        return np.repeat(np.arange(array.shape[0]), array.shape[1]), array.shape[0]
    if array.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {array.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    starts = np.asarray(offsets._array)
    if starts.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {starts[0]}"
        )
    if len(starts) and starts[-1] > len(array):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {len(array)} but got offsets[-1] of {starts[-1]}"
        )
    if include_last_offset and not len(starts):
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    count = len(starts) - 1 if include_last_offset else len(starts)
    ends = starts[1:] if include_last_offset else np.append(starts[1:], len(array))[:count]
    return np.repeat(np.arange(count), ends - starts[:count]), count


@example_by_example
def embedding_bag(
    input: V,
    weight: V,
    offsets: V | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: V | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> V:
    """The sum, mean or maximum of the rows of `weight` that each bag of indices names: ``(bags, D)``.

    `input` is 2-d, a bag in each row, or 1-d with the start of each bag in `offsets` (with `include_last_offset` its
    last entry is the end). Rows named `padding_idx` do not count; an empty bag gives zeros. `per_sample_weights`
    multiply the rows in mode ``"sum"``. With `sparse` the gradient of `weight`
    is sparse. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.embedding_bag.html.

    >>> import pullback as torch
    >>> table = torch.tensor([[1., 2.], [3., 4.], [5., 6.]])
    >>> torch.nn.functional.embedding_bag(torch.tensor([0, 2, 1]), table, torch.tensor([0, 2]))
    tensor([[3., 4.],
            [3., 4.]])
    """
    if weight._array.dtype.kind in "iu" and input._array.dtype.kind not in "iu":
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is "
            "deprecated, and should now be `embedding_bag(input, weight, ...)`.",
            stacklevel=2,
        )
        input, weight = weight, input
    _check_mode(mode, input, per_sample_weights, scale_grad_by_freq)
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if per_sample_weights is not None and per_sample_weights._array.dtype != weight._array.dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
            f"'per_sample_weights'; but type {weight.type()} does not equal {per_sample_weights.type()} (while checking "
            "arguments for embedding_bag)"
        )
    bags, count = ranges(input, offsets, include_last_offset)
    check_indices(input, "embedding_bag")
    indices = np.asarray(input._array).reshape(-1)
    padding = _padding(padding_idx, weight._array.shape[0])
    _check_range(indices, weight._array.shape[0])
    if max_norm is not None:
        embedding_renorm_(weight, input, max_norm, norm_type)
    counted = indices != padding
    flat = input if input._array.ndim == 1 else input.reshape(-1)
    weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    if (rest := len(indices) - len(bags)) and count:  # behind the last offset: part of the last bag, but not of its sum
        bags = np.append(bags, np.full(rest, count - 1))
    elif rest:
        indices, counted, flat = indices[:0], counted[:0], flat[:0]
        weights = None if weights is None else weights[:0]
    if mode == "max":
        rows, found = largest_rows(np.asarray(weight._array), indices[counted], bags[counted], count)
        return _embedding_bag_max(weight, rows, found)
    kind = weight._array.dtype
    coefficients = counted.astype(kind)
    if mode == "mean":
        sizes = np.bincount(bags[counted], minlength=max(count, 1))
        coefficients /= np.maximum(sizes, 1)[bags].astype(kind)
    if rest and count:
        coefficients[-rest:] = 0
    share = (1 / frequencies(indices)).astype(kind) if scale_grad_by_freq and len(indices) else 1
    if sparse:
        if scale_grad_by_freq and weight._requires_grad:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        return _embedding_bag_sparse(weight, flat, bags, count, coefficients, padding, weights)
    return _embedding_bag(weight, flat, bags, count, coefficients, share, weights)


def _check_mode(mode: str, input: Any, per_sample_weights: Any, scale_grad_by_freq: bool) -> None:
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if per_sample_weights is not None:
        if per_sample_weights._array.shape != input._array.shape:
            raise ValueError(
                f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
                f"same shape as the input ({input.shape})"
            )
        if mode != "sum":
            raise NotImplementedError(
                "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
                f"(got mode='{mode}'). Please open a feature request on GitHub."
            )
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")


def _padding(padding_idx: int | None, rows: int) -> int:
    if padding_idx is None:
        return -1
    if not -rows <= padding_idx < rows:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, -{rows} through {rows - 1}, but got {padding_idx}"
        )
    return padding_idx + rows if padding_idx < 0 else padding_idx


def _check_range(indices: np.ndarray, rows: int) -> None:
    wrong = np.flatnonzero((indices < 0) | (indices >= rows))
    if len(wrong):
        raise RuntimeError(
            f"Index {wrong[0]} of input takes value {indices[wrong[0]]} which is not in the valid range [0, {rows})"
        )
