"""Methods that read and write by position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.later import later
from pullback.ops.index import advanced, brackets, fill, masks

if TYPE_CHECKING:
    from pullback.ops.index import along, elements, reducing, rows, search, take as taking
else:
    along, elements, reducing, rows, search, taking = later(
        "pullback.ops.index", "along elements reducing rows search take"
    )


class IndexMethods:
    """Reading and writing by position."""

    __slots__ = ()

    __getitem__, __setitem__, __delitem__ = brackets.getitem, brackets.setitem, brackets.delitem
    __len__, __iter__, __contains__ = brackets.length, brackets.items, brackets.contains
    __reversed__ = brackets.reversed_items

    index_put, index_put_ = advanced.index_put, advanced.index_put_
    index_select = rows.index_select
    index_add, index_add_ = rows.index_add, rows.index_add_
    index_copy, index_copy_ = rows.index_copy, rows.index_copy_
    index_fill, index_fill_ = rows.index_fill, rows.index_fill_
    index_reduce, index_reduce_ = reducing.index_reduce, reducing.index_reduce_

    gather, take_along_dim = along.gather, along.take_along_dim
    scatter, scatter_ = along.scatter, along.scatter_
    scatter_add, scatter_add_ = along.scatter_add, along.scatter_add_
    scatter_reduce, scatter_reduce_ = reducing.scatter_reduce, reducing.scatter_reduce_

    take = taking.take
    put, put_ = taking.put, taking.put_
    masked_fill, masked_fill_ = masks.masked_fill, masks.masked_fill_
    masked_scatter, masked_scatter_ = masks.masked_scatter, masks.masked_scatter_
    masked_select = masks.masked_select
    nonzero, argwhere, nonzero_static = search.nonzero, search.argwhere, search.nonzero_static

    copy_, fill_, zero_ = fill.copy_, fill.fill_, fill.zero_
    fill_diagonal_ = elements.fill_diagonal_
    apply_, map_, map2_ = elements.apply_, elements.map_, elements.map2_
