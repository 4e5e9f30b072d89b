"""Methods that read and write by position."""

from __future__ import annotations

from pullback.ops.index import advanced, brackets, fill


class IndexMethods:
    """Reading and writing by position."""

    __slots__ = ()

    __getitem__, __setitem__ = brackets.getitem, brackets.setitem
    __len__, __iter__, __contains__ = brackets.length, brackets.items, brackets.contains

    index_put, index_put_ = advanced.index_put, advanced.index_put_
    copy_, fill_, zero_ = fill.copy_, fill.fill_, fill.zero_
