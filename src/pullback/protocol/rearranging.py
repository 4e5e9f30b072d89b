"""NumPy's functions that choose, order, split, join, pad and fill, on tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.creation.casts import convert
from pullback.ops.reduction import sorting
from pullback.ops.shape import axes, grids, reshape, splitting
from pullback.protocol.lifting import floating, given, tensor


def _places(values: Any) -> Any:
    """An index that NumPy computed, as a tensor."""
    return wrap(np.asarray(values, dtype=np.int64))


def _sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    given("sort", order=order)
    a, axis = (a.reshape(-1), -1) if axis is None else (a, axis)
    return sorting.sort(a, axis)[0]


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    arr, values = tensor(arr), tensor(values)
    if axis is None:
        arr, values, axis = arr.reshape(-1), values.reshape(-1), 0
    return np.concatenate([arr, values], axis)


def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    arr, axis = (arr.reshape(-1), 0) if axis is None else (arr, axis)
    return np.take(arr, _places(np.delete(np.arange(arr.shape[axis]), _bare(obj))), axis)


def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    arr, values = tensor(arr), tensor(values).to(tensor(arr).dtype)
    arr, axis = (arr.reshape(-1), 0) if axis is None else (arr, axis % arr.ndim)
    n, obj = arr.shape[axis], _bare(obj)
    values = values.reshape((1,) * (arr.ndim - values.ndim) + tuple(values.shape))
    if np.ndim(obj) == 0 and not isinstance(obj, slice):
        values = values.movedim(0, axis)
        count = values.shape[axis]
        obj = [obj] * count
    else:
        count = len(np.arange(n)[obj]) if isinstance(obj, slice) else np.size(obj)
    new = values.expand([count if place == axis else length for place, length in enumerate(arr.shape)])
    order = np.insert(np.arange(n), obj, n + np.arange(count))
    return np.take(np.concatenate([arr, new], axis), _places(order), axis)


def _bare(value: Any) -> Any:
    return np.asarray(value._array) if isinstance(value, TensorBase) else value


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if isinstance(indices_or_sections, (int, np.integer)) and ary.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, indices_or_sections, axis)


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    cut = _bare(indices_or_sections)
    return list(
        splitting.tensor_split(ary, cut if isinstance(cut, int) else [int(n) for n in np.atleast_1d(cut)], axis)
    )


def _pad(array: Any, pad_width: Any, mode: str = "constant", **settings: Any) -> Any:
    """Every mode that repeats elements takes them by their positions; a constant has a margin of its own."""
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2))
    if mode == "constant":
        values = settings.pop("constant_values", 0)
        margins = np.broadcast_to(np.empty(0) if values is None else np.asarray(_bare(values)), (array.ndim, 2))
        for axis, ((before, after), (first, last)) in enumerate(zip(widths, margins)):
            shape = list(array.shape)
            parts = []
            for width, value in ((before, first), (after, last)):
                shape[axis] = int(width)
                parts.append(array.new_full(shape, value.item()))
            array = np.concatenate([parts[0], array, parts[1]], axis)
    elif mode in ("edge", "reflect", "symmetric", "wrap") and settings.get("reflect_type", "even") == "even":
        for axis, (before, after) in enumerate(widths):
            order = np.pad(np.arange(array.shape[axis]), (before, after), mode=mode)  # type: ignore[call-overload]
            array = np.take(array, _places(order), axis)
        settings.pop("reflect_type", None)
    else:
        raise NotImplementedError(f"numpy.pad of a tensor does not take mode={mode!r}")
    given("pad", **settings)
    return array


def _resize(a: Any, new_shape: Any) -> Any:
    shape = (new_shape,) if isinstance(new_shape, (int, np.integer)) else tuple(new_shape)
    flat, length = a.reshape(-1), int(np.prod(shape))
    return np.take(flat, _places(np.arange(length) % max(len(flat), 1)), 0).reshape(shape)


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return axes.movedim(a, axis, start - 1 if start > axis else start)


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    found = grids.meshgrid(*[tensor(each).reshape(-1) for each in xi], indexing=indexing)
    if not sparse:
        return found
    order = [1, 0, *range(2, len(xi))] if indexing == "xy" and len(xi) > 1 else range(len(xi))
    return tuple(
        tensor(each).reshape([-1 if axis == place else 1 for axis in range(len(xi))]) for place, each in zip(order, xi)
    )


def _block(arrays: Any) -> Any:
    def depth(value: Any) -> int:
        return 1 + max(map(depth, value)) if isinstance(value, list) else 0

    def joined(value: Any, axis: int) -> Any:
        if not isinstance(value, list):
            return tensor(value)
        parts = [joined(each, axis + 1) for each in value]
        ndim = max(-axis, *(each.ndim for each in parts))
        return np.concatenate([each.reshape((1,) * (ndim - each.ndim) + tuple(each.shape)) for each in parts], axis)

    return joined(arrays, -depth(arrays))


def _extract(condition: Any, arr: Any) -> Any:
    return tensor(arr).reshape(-1)[tensor(condition).reshape(-1).bool()]


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    given("choose", out=out)
    place = np.asarray(_bare(a))
    if mode == "raise" and ((place < 0) | (place >= len(choices))).any():
        raise ValueError("invalid entry in choice array")
    place = np.clip(place, 0, len(choices) - 1) if mode == "clip" else place % len(choices)
    stacked = np.stack(np.broadcast_arrays(*[tensor(each) for each in choices], _places(place))[:-1])
    return np.take_along_axis(stacked, _places(np.broadcast_to(place, stacked.shape[1:])[None]), 0)[0]


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    found = tensor(default)
    for condition, choice in zip(condlist[::-1], choicelist[::-1]):
        found = np.where(tensor(condition), tensor(choice), found)
    return found


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    conditions = [tensor(each).bool() for each in (condlist if isinstance(condlist, (list, tuple)) else [condlist])]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.logical_or.reduce(np.stack(conditions), 0))
    elif len(funclist) != len(conditions):
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} functions are expected"
        )
    found = x * 0
    for condition, function in zip(conditions, funclist):
        value = function(x[condition], *args, **kw) if callable(function) else x.new_full((), function)
        spread = value.expand([int(condition.sum())])
        found = found.masked_scatter(condition.expand(x.shape), spread.to(x.dtype))
    return found


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    rows = arr.movedim(axis, -1)
    found = [tensor(func1d(row, *args, **kwargs)) for row in rows.reshape(-1, rows.shape[-1])]
    whole: Any = np.stack(found).reshape(*rows.shape[:-1], *found[0].shape)
    inner = found[0].ndim
    return (
        whole
        if not inner
        else whole.movedim(tuple(range(-inner, 0)), tuple(range(axis % arr.ndim, axis % arr.ndim + inner)))
    )


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    src = tensor(src)
    dst.copy_(src if where is True else np.where(tensor(where), src.to(dst.dtype), dst))


def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> None:
    indices = tensor(indices)
    if axis is None:
        arr.view(-1)[indices] = values
        return
    grid = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    grid[axis] = indices  # type: ignore[call-overload]
    arr[tuple(tensor(each) for each in grid)] = values


def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    given("put", mode=mode if mode != "raise" else None)
    places = _places(_bare(ind)).reshape(-1)
    reshape.view(a, -1)[places] = _resize(tensor(v).to(a.dtype), len(places))


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    given("fill_diagonal", wrap=wrap)
    if a.ndim != 2:
        raise NotImplementedError("numpy.fill_diagonal of a tensor takes a matrix")
    a.diagonal().copy_(tensor(val).to(a.dtype))


def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    places = np.asarray(_bare(x))
    if weights is None:
        return wrap(np.bincount(places, minlength=minlength))
    weights = tensor(weights).double()
    length = max(minlength, int(places.max()) + 1 if places.size else 0)
    return weights.new_zeros(length).index_add(0, _places(places), weights)


def _unique(ar: Any, *args: Any, **settings: Any) -> Any:
    given("unique", axis=settings.get("axis"))
    asked = np.unique(_bare(ar), return_index=True)[1]
    values = ar.reshape(-1)[_places(asked)]
    if not args and not any(settings.get(name) for name in ("return_index", "return_inverse", "return_counts")):
        return values
    return (values, *(wrap(np.asarray(each)) for each in np.unique(_bare(ar), *args, **settings)[1:]))


def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None
) -> Any:
    like = np.zeros_like(a, dtype=dtype, shape=shape)
    return like + tensor(fill_value).to(like.dtype)


def _between(spread: Any, turned: Any = None) -> Any:
    """The adapter of ``linspace`` and its kin: `spread` of evenly spaced values between the `turned` ends."""

    def adapter(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *args: Any, **settings: Any) -> Any:
        dtype, axis = settings.pop("dtype", None), settings.pop("axis", 0)
        retstep = settings.pop("retstep", False)
        first, last = (tensor(each) if turned is None else turned(tensor(each)) for each in (start, stop))
        first, last = (floating(each) for each in (first, last))
        parts = max(num - 1 if endpoint else num, 1)
        at = wrap(np.arange(num) / parts).to(first.dtype).reshape([-1] + [1] * max(first.ndim, last.ndim))
        found = spread(first + (last - first) * at, *args, **settings).movedim(0, axis)
        found = found if dtype is None else convert(found, tensor(np.empty(0, dtype)).dtype)
        return (found, (last - first) / parts) if retstep else found

    return adapter


def _cumulative(function: Any, start: float) -> Any:
    def adapter(
        x: Any, *, axis: int | None = None, dtype: Any = None, out: Any = None, include_initial: bool = False
    ) -> Any:
        given("cumulative", out=out)
        if axis is None and x.ndim > 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
        found = function(x, axis or 0, dtype=dtype)
        if not include_initial:
            return found
        return np.concatenate([np.take(found, _places([0]), axis or 0) * 0 + start, found], axis or 0)

    return adapter


FUNCTIONS: dict[Any, Any] = {
    np.append: _append,
    np.apply_along_axis: _apply_along_axis,
    np.around: lambda a, decimals=0: np.round(a, decimals),
    np.array_split: _array_split,
    np.bincount: _bincount,
    np.block: _block,
    np.choose: _choose,
    np.copyto: _copyto,
    np.cumulative_sum if hasattr(np, "cumulative_sum") else None: _cumulative(np.cumsum, 0.0),
    np.cumulative_prod if hasattr(np, "cumulative_prod") else None: _cumulative(np.cumprod, 1.0),
    np.delete: _delete,
    np.dsplit: lambda ary, sections: _split(ary, sections, 2),
    np.empty_like: lambda a, dtype=None, order="K", subok=True, shape=None: np.zeros_like(a, dtype=dtype, shape=shape),
    np.extract: _extract,
    np.fill_diagonal: _fill_diagonal,
    np.fix: np.trunc,
    np.full_like: _full_like,
    np.geomspace: _between(lambda logs: np.exp(logs), np.log),
    np.hsplit: lambda ary, sections: _split(ary, sections, 0 if ary.ndim == 1 else 1),
    np.insert: _insert,
    np.linspace: _between(lambda values: values),
    np.logspace: _between(lambda values, base=10.0: base**values),
    np.matrix_transpose: lambda x: axes.transpose(x, -1, -2),
    np.meshgrid: _meshgrid,
    np.pad: _pad,
    np.partition: lambda a, kth, axis=-1, **_: _sort(a, axis),
    np.piecewise: _piecewise,
    np.put: _put,
    np.put_along_axis: _put_along_axis,
    np.putmask: lambda a, mask, values: _copyto(a, _resize(tensor(values), tuple(a.shape)), where=mask),
    np.resize: _resize,
    np.rollaxis: _rollaxis,
    np.select: _select,
    np.sort: _sort,
    np.split: _split,
    np.unique: _unique,
    np.unstack if hasattr(np, "unstack") else None: lambda x, axis=0: splitting.unbind(x, axis),
    np.vsplit: lambda ary, sections: _split(ary, sections, 0),
}
FUNCTIONS.pop(None, None)
