"""NumPy's words for reading and writing by position, and ours, on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import along as along_words, scatter
from pullback.graph.tensor_base import wrap
from pullback.ops.index import advanced, along, reducing, rows, search, written
from pullback.ops.index.take import take as take_flat
from pullback.ops.shape.reshape import reshape


def _take(array: Any, indices: Any, axis: int | None = None) -> Any:
    """`numpy.take`: the index may have any number of axes, which stand in the place of `axis`."""
    if not hasattr(indices, "_array"):
        indices = wrap(np.asarray(indices))
    if axis is None:
        return take_flat(array, indices)
    return advanced.index(array, [indices], (axis % array.ndim,))


def _take_along_axis(array: Any, indices: Any, axis: int | None = -1) -> Any:
    if not hasattr(indices, "_array"):
        indices = wrap(np.asarray(indices))
    if axis is None:
        return along.take_along_dim(array, indices)
    return along.take_along_dim(array, indices, axis)


def _sparsely(values: Any, indices: Any, shape: tuple[int, ...]) -> Any:
    from pullback.arrays.sparse import COO  # sparse programs only
    from pullback.sparse.places import with_values

    return with_values(wrap(COO(indices, values._array, shape)), values)


FUNCTIONS: dict[Any, Any] = {
    scatter.sparsely: _sparsely,
    scatter.pick: advanced._index,
    scatter.spread: written.spread,
    scatter.put: written.put,
    scatter.replaced: written.replaced,
    scatter.replaced_at: written.replaced_at,
    scatter.frequencies: lambda indices: wrap(scatter.frequencies(indices._array)),
    scatter.distinct: lambda indices: wrap(scatter.distinct(indices._array)),
    along_words.pick_along: along.gather_tensor,
    along_words.spread_along: along.spread_tensor,
    along_words.replaced_along: written.replaced_along,
    along_words.reduced_along: reducing.reduce_tensor,
    along_words.once_only: reducing.once_only_tensor,
    np.take: _take,
    np.take_along_axis: _take_along_axis,
    np.argwhere: search.argwhere,
    np.nonzero: lambda a: search.nonzero(a, as_tuple=True),
    np.flatnonzero: lambda a: reshape(search.nonzero(reshape(a, -1)), -1),
    np.compress: lambda condition, a, axis=0: rows.index_select(
        a, axis, reshape(search.nonzero(wrap(np.asarray(condition))), -1)
    ),
}
