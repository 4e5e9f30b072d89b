"""Ufuncs on batched arrays: axes meet from the last one on, as those of one example would.

An operand of fewer axes gets axes of length 1 behind its batch; one without the level broadcasts by itself. ::

    payload (B, 5)  and  (3, 5)        →   (B, 1, 5)  and  (3, 5)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.batched import errors
from pullback.arrays.batched.array import BatchedArray, ranked
from pullback.arrays.batched.products import matmul, outer, vecdot

_MANY = 1 << 12


def on_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``__array_ufunc__`` answers."""
    out = kwargs.pop("out", None)
    if method == "__call__":
        if ufunc.signature is None:
            found = _call(ufunc, inputs, kwargs)
        elif ufunc is np.matmul:
            found = matmul(*inputs)
        elif ufunc is np.vecdot:
            found = vecdot(*inputs, **kwargs)
        else:
            return NotImplemented
    elif method == "reduce":
        found = _reduce(ufunc, *inputs, **kwargs)
    elif method == "accumulate":
        found = _accumulate(ufunc, *inputs, **kwargs)
    elif method == "outer":
        first, second = inputs
        found = ufunc(first[(..., *(None,) * np.ndim(second))], second)
    else:
        return NotImplemented
    return found if out is None else _stored(found, out[0] if isinstance(out, tuple) else out)


def level_of(values: Any) -> int:
    """The innermost level among `values`, or -1."""
    level = -1
    for each in values:
        if each.__class__ is BatchedArray and each.level > level:
            level = each.level
    return level


def aligned(values: Any, level: int) -> list[Any]:
    """The payloads at `level`, with the axes of one example aligned; operands that lack the level as they are."""
    ndim = max([np.ndim(each) if each.__class__ is not BatchedArray else each.ndim for each in values])
    return [
        ranked(each.payload, ndim) if each.__class__ is BatchedArray and each.level == level else each
        for each in values
    ]


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if len(inputs) == 1:
        (array,) = inputs
        found, level = ufunc(array.payload, **kwargs), array.level
        return (
            BatchedArray(found, level)
            if found.__class__ is not tuple
            else tuple([BatchedArray(x, level) for x in found])
        )
    level = level_of(inputs)
    operands = aligned(inputs, level)
    if ufunc is np.multiply and not kwargs and _is_outer(*operands):
        return BatchedArray(outer(*operands), level)
    found = ufunc(*operands, **kwargs)
    if isinstance(found, tuple):
        return tuple([BatchedArray(each, level) for each in found])
    return BatchedArray(found, level)


def _is_outer(a: Any, b: Any) -> bool:
    """Whether columns meet rows, of enough examples."""
    if not a.__class__ is b.__class__ is np.ndarray or not a.ndim == 3 == b.ndim:
        return False
    return a.shape[2] == 1 == b.shape[1] and a.dtype is b.dtype and a.size * b.shape[2] > _MANY  # type: ignore[no-any-return]


def shifted(axis: int, ndim: int) -> int:
    """An axis of one example of `ndim` axes, counted on the payload.

    >>> shifted(0, 2), shifted(-1, 2)
    (1, 2)
    """
    if not -ndim <= axis < ndim:
        raise np.exceptions.AxisError(axis, ndim)
    return axis % ndim + 1


def shifted_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction over `axis` (an int, several, or `None` for all) runs over on the payload."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, (tuple, list)):
        return tuple([shifted(each, ndim) for each in axis])
    return (shifted(axis, ndim),) if ndim else ()


def _reduce(
    ufunc: np.ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    **kwargs: Any,
) -> Any:
    payload = array.payload
    if dtype is not None:
        kwargs["dtype"] = dtype
    axes = shifted_axes(axis, payload.ndim - 1)
    return BatchedArray(
        ufunc.reduce(payload, axis=axes[0] if len(axes) == 1 else axes, keepdims=keepdims, **kwargs), array.level
    )


def _accumulate(ufunc: np.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    return BatchedArray(ufunc.accumulate(array.payload, axis=shifted(axis, array.ndim), dtype=dtype), array.level)


def _stored(found: Any, out: Any) -> Any:
    """The result of a call that was allowed to reuse the memory of `out`: it does so where all examples fit there."""
    if out is None or found.__class__ is not BatchedArray:
        return found
    if out.__class__ is BatchedArray and out.level == found.level and out.shape == found.shape:
        out.payload[...] = found.payload
        return out
    return found


def refuse_wider(value: Any, level: int) -> None:
    """Raise if `value` differs between examples of `level`, and memory does not."""
    if value.__class__ is BatchedArray and value.level > level:
        raise errors.WiderWrite(errors.WRITE)
