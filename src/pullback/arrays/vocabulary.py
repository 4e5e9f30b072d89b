"""The words that operators use and NumPy lacks, or says slowly. They dispatch as NumPy's own functions do.

A rule may be handed a NumPy array, a tensor, or any array that implements ``__array_ufunc__`` and
``__array_function__``. NumPy's ufuncs and functions go to the right implementation by themselves; a function here
does the same: on a NumPy array it runs at once, on anything else it asks ``__array_function__``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import prod
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def dispatched(function: F) -> F:
    """Make `function` ask its first array argument's ``__array_function__`` where that is not NumPy's own."""

    @wraps(function)
    def dispatch(array: Any, *args: Any, **kwargs: Any) -> Any:
        if array.__class__ in _FOREIGN:
            found = array
        elif array.__class__ in _KNOWN:
            for other in args:
                if other.__class__ not in _KNOWN and (found := _foreign_in(other)) is not None:
                    break
            else:
                return function(array, *args, **kwargs)
        else:
            found = _foreign_among((array, *args))
            if found is None:
                return function(array, *args, **kwargs)
        return found.__array_function__(dispatch, (type(found),), (array, *args), kwargs)

    return dispatch  # type: ignore[return-value]


_KNOWN: set[type] = {np.ndarray}
"""Types met as arguments that are no foreign arrays; asking for an attribute that is not there takes 100 ns."""
_FOREIGN: set[Any] = set()
"""Types met that are."""


def _is_foreign(value: Any) -> bool:
    """Whether `value` is an array that is not NumPy's."""
    kind = value.__class__
    if kind in _KNOWN:
        return False
    if kind in _FOREIGN:
        return True
    if not isinstance(value, (np.ndarray, np.generic)) and hasattr(value, "__array_function__"):
        _FOREIGN.add(kind)
        return True
    if not isinstance(value, (list, tuple)):
        _KNOWN.add(kind)
    return False


def _foreign_in(value: Any) -> Any:
    """`value` if it is a foreign array, or the first one in it if it is a list or tuple of arrays; else `None`."""
    if value.__class__ is tuple or value.__class__ is list:
        if not value or value[0].__class__ is int:
            return None
        return next((each for each in value if each.__class__ not in _KNOWN and _is_foreign(each)), None)
    return value if _is_foreign(value) else None


def _foreign_among(values: Any) -> Any:
    """The first foreign array among `values`, or in a list among them."""
    for value in values:
        if _is_foreign(value):
            return value
        if isinstance(value, (list, tuple)):
            found = next((each for each in value if _is_foreign(each)), None)
            if found is not None:
                return found
    return None


@dispatched
def cast(array: Any, dtype: Any) -> Any:
    """The array in another dtype; complex to real takes the real part."""
    if array.dtype.kind in "cW" and np.dtype(dtype).kind not in "cWb":
        array = (array if array.dtype.kind == "c" else array.astype(np.complex64)).real  # W: two half floats
        return array.astype(dtype)  # the real part of its own width would be the same memory
    return array.astype(dtype, copy=False)


def reshape(array: Any, shape: tuple[int, ...]) -> Any:
    """`numpy.reshape`, five times faster on a small NumPy array."""
    if array.__class__ is np.ndarray:
        return array.reshape(shape)
    return _ask(np.reshape, array, shape)


def transpose(array: Any, axes: tuple[int, ...]) -> Any:
    """`numpy.transpose` with explicit axes."""
    if array.__class__ is np.ndarray:
        return array.transpose(axes)
    return _ask(np.transpose, array, axes)


def swapaxes(array: Any, first: int, second: int) -> Any:
    """`numpy.swapaxes`."""
    if array.__class__ is np.ndarray:
        return array.swapaxes(first, second)
    return _ask(np.swapaxes, array, first, second)


def _ask(function: Any, array: Any, *args: Any) -> Any:
    """NumPy's `function`, without NumPy's own search for whom to ask where that is known."""
    if array.__class__ in _FOREIGN or _is_foreign(array):
        return array.__array_function__(function, (array.__class__,), (array, *args), {})
    return function(array, *args)


_FILLED = 4096


@dispatched
def expand(array: Any, shape: tuple[int, ...]) -> Any:
    """The array seen with `shape`, repeating axes of length 1 without a copy (`numpy.broadcast_to`).

    A single number is written out instead where the result is small, which takes a tenth of the time.
    """
    extra = len(shape) - array.ndim
    if array.ndim == 0 and extra and prod(shape) <= _FILLED:
        return filled(array, shape)
    if extra < 0 or any(have not in (1, want) for have, want in zip(array.shape, shape[extra:])):
        raise ValueError(f"cannot broadcast shape {array.shape} to {shape}")
    strides = (0,) * extra + tuple(
        0 if have != want else stride for have, want, stride in zip(array.shape, shape[extra:], array.strides)
    )
    return strided(array, shape, strides)


def filled(number: Any, shape: tuple[int, ...]) -> np.ndarray:
    """An array of `shape` that repeats a NumPy number: written out where it is small, else by strides of zero."""
    if prod(shape) > _FILLED:
        return strided(np.array(number), shape, (0,) * len(shape))
    array = np.empty(shape, number.dtype)
    array.fill(number)
    return array


def strided(array: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """A window with `strides` in bytes on the memory of a NumPy array, starting at its first element."""
    if array.flags.c_contiguous and array.flags.writeable and array.dtype.kind != "V":
        return np.ndarray(shape, array.dtype, array, 0, strides)  # four times faster than as_strided
    kind: str = array.dtype.kind
    if kind == "W":  # two half floats, of which NumPy does not know
        return np.lib.stride_tricks.as_strided(array.view(np.uint32), shape, strides).view(array.dtype)
    return np.lib.stride_tricks.as_strided(array, shape, strides)


def unbroadcast(array: Any, shape: tuple[int, ...]) -> Any:
    """Sum `array` over the axes along which `shape` was broadcast: the transpose of `expand`."""
    have = array.shape
    if have == shape:
        return array
    extra = len(have) - len(shape)
    if have[extra:] == shape:
        return add_reduce(array, 0 if extra == 1 else tuple(range(extra)))
    if shape == (1,) * len(have):
        return add_reduce(array, None, True)
    axes = [*range(extra), *[extra + i for i, n in enumerate(shape) if n == 1 and have[extra + i] != 1]]
    found = add_reduce(array, tuple(axes), not extra)
    return reshape(found, shape) if extra else found


def add_reduce(array: Any, axes: tuple[int, ...] | int | None, keepdims: bool = False) -> Any:
    """Sum over `axes`, accumulating half precision in single as PyTorch does."""
    if array.dtype.itemsize == 2 and array.dtype.kind not in "iu":
        return cast(np.add.reduce(cast(array, np.dtype("f4")), axis=axes, keepdims=keepdims), array.dtype)
    return np.add.reduce(array, axis=axes, keepdims=keepdims)


@dispatched
def zeros_like(array: Any, shape: tuple[int, ...] | None = None) -> Any:
    """Zeros of the kind and dtype of `array`, of its shape unless `shape` says otherwise."""
    return np.zeros(array.shape if shape is None else shape, array.dtype)


@dispatched
def join(real: Any, imag: Any) -> Any:
    """The complex number of two real ones; exact for infinities and NaN, where ``real + 1j * imag`` is not."""
    real, imag = np.broadcast_arrays(real, imag)
    joined = np.empty(real.shape, np.result_type(real, np.complex64))
    joined.real, joined.imag = real, imag
    return joined


def conj(array: Any) -> Any:
    """The complex conjugate; a real array as it is."""
    return np.conjugate(array) if array.dtype.kind in "cW" else array
