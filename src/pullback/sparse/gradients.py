"""gradcheck for functions of sparse tensors: it sees the values, and puts them back into their places."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from pullback.arrays.sparse import compress
from pullback.arrays.sparse.coordinates import from_dense
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.sparse.places import densely, is_sparse, values_at, with_values


def by_values(
    func: Callable[..., Any], inputs: tuple[Any, ...], masked: bool
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """The same function of the values of sparse inputs, and these values: all that is kept if `masked`, else zeros too."""
    patterns = [_pattern(each, masked) if isinstance(each, TensorBase) and is_sparse(each) else None for each in inputs]
    flat = tuple(each if at is None else _values(each, at) for each, at in zip(inputs, patterns))

    def on_values(*values: Any) -> Any:
        built = [each if at is None else with_values(wrap(at), each) for each, at in zip(values, patterns)]
        found = func(*built)
        return tuple(map(densely, found)) if isinstance(found, (list, tuple)) else densely(found)

    return on_values, flat


def _pattern(tensor: Any, masked: bool) -> Any:
    array = tensor._array.unique()
    if masked:
        return array
    everywhere = from_dense(array.dense() * 0 + 1, array.sparse_dim)
    return everywhere if array.layout == "sparse_coo" else compress(everywhere, array.layout)


def _values(tensor: Any, pattern: Any) -> Any:
    return wrap(values_at(tensor.detach(), wrap(pattern))._array, requires_grad=tensor.requires_grad)


def as_sparse_gradcheck(gradcheck: Callable[..., Any]) -> Callable[..., Any]:
    """`gradcheck` for functions of sparse tensors, which ours is already."""

    @functools.wraps(gradcheck)
    def checked(func: Callable[..., Any], inputs: Any, **options: Any) -> Any:
        given = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
        return gradcheck(*by_values(func, given, bool(options.pop("masked", False))), **options)

    return checked
