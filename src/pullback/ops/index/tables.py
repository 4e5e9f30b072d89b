"""Rows of a table by number: `embedding`, `embedding_bag`, `one_hot`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.arrays.scatter import frequencies, pick, spread
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operator import linear
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.graph.versions import bump
from pullback.later import later
from pullback.ops.index.kinds import INT64
from pullback.ops.index.rows import check_positions
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

if TYPE_CHECKING:
    from pullback.arrays.sparse import rows
else:
    (rows,) = later("pullback.arrays.sparse", "rows")

_NAMES = ("int64", "int32")


def _embedding_rule(grad: V, indices: V, padding_idx: int, scale_grad_by_freq: bool, weight_shape: Any) -> V:
    if padding_idx >= 0:
        grad = drop(grad, (indices == padding_idx)[..., None])
    if scale_grad_by_freq:
        grad = grad * cast(1 / frequencies(indices), grad.dtype)[..., None]
    return spread(grad, [indices], (0,), weight_shape)


@linear(node="EmbeddingBackward0", weight=_embedding_rule)
def _embedding(weight: V, indices: V, padding_idx: int, scale_grad_by_freq: bool) -> V:
    return pick(weight, [indices], (0,))


def _rows_rule(grad: V, indices: V, padding_idx: int, weight_shape: Any) -> V:
    return rows.sparse_rows(grad, indices, padding_idx, weight_shape)


@linear(node="EmbeddingBackward0", weight=_rows_rule)
def _embedding_rows(weight: V, indices: V, padding_idx: int) -> V:
    return pick(weight, [indices], (0,))


def check_indices(indices: Any, name: str) -> None:
    """Raise unless `indices` is a tensor of int64 or int32."""
    if not isinstance(indices, TensorBase):
        raise TypeError(f"{name}(): argument 'indices' (position 2) must be Tensor, not {type(indices).__name__}")
    if indices._array.dtype.name not in _NAMES:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{spoken(indices._array.dtype)}Tensor instead (while checking arguments for {name})"
        )


def embedding(
    weight: V, indices: V, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> V:
    """The rows of `weight` that `indices` name; see `pullback.nn.functional.embedding`."""
    if weight._array.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    check_indices(indices, "embedding")
    check_positions(indices, weight._array.shape[0], IndexError, "index out of range in self")
    if sparse:
        return _sparsely(weight, indices, padding_idx, scale_grad_by_freq)
    return _embedding(weight, indices, padding_idx, scale_grad_by_freq)


def _sparsely(weight: V, indices: V, padding_idx: int, scale_grad_by_freq: bool) -> V:
    if scale_grad_by_freq and weight._requires_grad:
        raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
    return _embedding_rows(weight, indices, padding_idx)


def embedding_renorm_(weight: V, indices: V, max_norm: float, norm_type: float) -> V:
    """Scale the rows that `indices` name to a norm of at most `max_norm`, in place; no gradient sees it."""
    memory = solid(weight)
    rows = np.unique(np.asarray(indices._array).reshape(-1))
    norms = np.linalg.norm(memory[rows], norm_type, axis=1)
    longer = norms > max_norm
    memory[rows[longer]] *= (max_norm / (norms[longer] + 1e-7)).astype(memory.dtype)[:, None]
    bump(weight)
    return weight


@asks_for_tensors
def table_embedding(
    input: V,
    weight: V,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> V:
    """The rows of `weight` (``(V, D)``) that `input` names: ``(*) -> (*, D)``.

    Args:
        padding_idx: a row whose gradient stays zero; negative counts from the end.
        max_norm: rows that are named and longer (in the `norm_type` norm) are shortened in place first.
        scale_grad_by_freq: divide the gradient of a row by how often it is named.
        sparse: make the gradient of `weight` sparse: the rows that are named, as often as they are.

    Raises ``IndexError`` for an index out of range.

    >>> import pullback as torch
    >>> table = torch.tensor([[1., 2.], [3., 4.]])
    >>> torch.nn.functional.embedding(torch.tensor([1, 0, 1]), table)
    tensor([[3., 4.],
            [1., 2.],
            [3., 4.]])
    """
    if weight._array.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    rows = weight._array.shape[0]
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx = padding_idx + rows if padding_idx < 0 else padding_idx
    if max_norm is not None:
        check_positions(input, rows, IndexError, "index out of range in self")
        embedding_renorm_(weight, input, max_norm, norm_type)
    return embedding(weight, input, -1 if padding_idx is None else padding_idx, scale_grad_by_freq, sparse)


table_embedding.__name__ = "embedding"


def one_hot(tensor: V, num_classes: int = -1) -> V:
    """Zeros with a one at the index: int64 ``(*) -> (*, num_classes)``, by default one more than the largest index.

    Raises ``RuntimeError`` for an index that is negative or not below `num_classes`.

    >>> import pullback as torch
    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    array = tensor._array
    if array.dtype != INT64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not array.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return wrap(np.zeros((*array.shape, num_classes), np.int64))
    if (array < 0).any():
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(array.max()) + 1
    elif (array >= num_classes).any():
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((array[..., None] == np.arange(num_classes)).astype(np.int64))
