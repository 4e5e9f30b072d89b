"""What works element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import along, masks, quotients, reductions, signs, special, spectral, vocabulary
from pullback.arrays.batched.array import BatchedArray, payload_at
from pullback.arrays.batched.looping import sizes_in
from pullback.arrays.batched.rules import alone, batched, elementwise
from pullback.arrays.batched.ufuncs import refuse_wider

_WORDS = (
    special.sigmoid, special.erf, special.erfc, special.erfcx, special.erfinv, special.ndtri, special.lgamma,
    special.digamma, special.i0, special.i0e, special.i1, special.i1e, special.j0, special.j1, special.y0, special.y1,
    special.k0, special.k1, special.k0e, special.k1e, special.airy_ai, special.polygamma, signs.sign_of, vocabulary.cast,
    np.real, np.imag, np.copy, np.nan_to_num, np.isposinf, np.isneginf, np.isreal, np.i0, np.sinc, np.angle, np.round,
)  # fmt: skip
_SEVERAL = (
    np.where, np.clip, np.isclose, masks.keep, masks.drop, masks.hardtanh_backward, masks.threshold_backward, quotients.truncated_quotient, vocabulary.join,
    reductions.matches, special.zeta, special.gammainc, special.gammaincc,
)  # fmt: skip


def _like(make: Any) -> Any:
    """``zeros_like`` and its kin: as many examples as the prototype has."""

    def rule(level: int, array: Any, *args: Any, shape: Any = None, **kwargs: Any) -> Any:
        if shape is None:
            return BatchedArray(make(array.payload, *args, **kwargs), level)
        wanted = (shape,) if isinstance(shape, int) else tuple(shape)
        return BatchedArray(make(array.payload, *args, shape=(array.batch_size, *wanted), **kwargs), level)

    return rule


def _zeros_like(level: int, array: Any, shape: Any = None) -> Any:
    wanted = array.shape if shape is None else tuple(shape)
    return BatchedArray(vocabulary.zeros_like(array.payload, (array.batch_size, *wanted)), level)


def _full_like(level: int, array: Any, fill_value: Any, dtype: Any = None, shape: Any = None, **_: Any) -> Any:
    size, shape = sizes_in((array, fill_value), level), array.shape if shape is None else tuple(shape)
    value = payload_at(fill_value, level)
    column = fill_value if value is None else np.reshape(value, (size,) + (1,) * len(shape))
    like = array if (own := payload_at(array, level)) is None else own
    return BatchedArray(np.full_like(like, column, dtype, shape=(size, *shape)), level)


def _copyto(level: int, target: Any, source: Any, **kwargs: Any) -> None:
    if target.__class__ is not BatchedArray:
        refuse_wider(source, -1)
    target[...] = source


def _once_only(level: int, array: Any, mask: Any) -> Any:
    return array


def _phase_checked(level: int, value: Any, phase: Any, message: str) -> Any:
    inside = [each.payload if each.__class__ is BatchedArray else each for each in (value, phase)]
    found = spectral.phase_checked(*inside, message)  # type: ignore[call-arg]
    return batched(found, level) if value.__class__ is BatchedArray else found


RULES: dict[Any, Any] = {word: alone(word) for word in _WORDS} | {word: elementwise(word) for word in _SEVERAL}
RULES |= {
    np.zeros_like: _like(np.zeros_like),
    np.ones_like: _like(np.ones_like),
    np.empty_like: _like(np.empty_like),
    np.full_like: _full_like,
    np.copyto: _copyto,
    np.result_type: lambda level, *args: np.result_type(
        *[each.dtype if each.__class__ is BatchedArray else each for each in args]
    ),
    np.iscomplexobj: lambda level, array: array.dtype.kind == "c",
    np.shape: lambda level, array: array.shape,
    np.ndim: lambda level, array: array.ndim,
    np.size: lambda level, array: array.size,
    vocabulary.zeros_like: _zeros_like,
    along.once_only: _once_only,
    spectral.phase_checked: _phase_checked,
}
