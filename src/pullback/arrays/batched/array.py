"""The array itself: a payload with the batch in front, a level, and NumPy's two protocols."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NoReturn

import numpy as np

from pullback.arrays.batched import errors
from pullback.arrays.vocabulary import reshape

ndarray = np.ndarray
_NUMBERS = (int, float, bool, complex, np.generic)
_FRIENDS: tuple[type, ...] = (ndarray, *_NUMBERS)
"""Operands that are no arrays of somebody else's kind."""


def _operator(ufunc: np.ufunc, turned: bool = False) -> Callable[[Any, Any], Any]:
    """An operator by its ufunc; equal ranks and numbers, which are nearly all operands, are settled here."""

    def apply(self: BatchedArray, other: Any) -> Any:
        payload, level = self.payload, self.level
        if other.__class__ is BatchedArray:
            if other.level != level or other.payload.ndim != payload.ndim:
                pair = (other, self) if turned else (self, other)
                return self.__array_ufunc__(ufunc, "__call__", *pair)
            other = other.payload
        elif not isinstance(other, _FRIENDS):
            return NotImplemented
        elif isinstance(other, ndarray) and other.ndim >= payload.ndim:
            pair = (other, self) if turned else (self, other)
            return self.__array_ufunc__(ufunc, "__call__", *pair)
        return BatchedArray(ufunc(other, payload) if turned else ufunc(payload, other), level)

    return apply


class BatchedArray:
    """`payload` seen as one example of its first axis, at a `level`.

    >>> x = BatchedArray(np.arange(6.).reshape(2, 3), level=1)
    >>> x.shape, (x * 2 + x).payload[1]
    ((3,), array([ 9., 12., 15.]))
    """

    __slots__ = ("level", "payload")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, payload: Any, level: int) -> None:
        self.payload = payload
        self.level = level

    # ------------------------------------------------------------------------------------------------- facts

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example."""
        return self.payload.shape[1:]  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes of one example."""
        return self.payload.ndim - 1  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of elements of one example."""
        return prod(self.payload.shape[1:])

    @property
    def dtype(self) -> Any:
        """The type of the elements."""
        return self.payload.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.payload.dtype.itemsize  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """Bytes of one example."""
        return self.size * self.itemsize

    @property
    def batch_size(self) -> int:
        """The number of examples."""
        return self.payload.shape[0]  # type: ignore[no-any-return]

    @property
    def strides(self) -> tuple[int, ...]:
        """The steps in bytes between elements of one example."""
        return self.payload.strides[1:]  # type: ignore[no-any-return]

    @property
    def base(self) -> Any:
        """What owns the memory."""
        return self.payload.base

    @property
    def flags(self) -> NoReturn:
        """Raises: the memory is that of all examples."""
        raise errors.NeedsValues(self.level, errors.MEMORY)

    @property
    def real(self) -> Any:
        """The real part."""
        return BatchedArray(self.payload.real, self.level)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return BatchedArray(self.payload.imag, self.level)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        return self.payload.shape[1]  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"BatchedArray(level={self.level}, {self.payload!r})"

    # ---------------------------------------------------------------------------------------------- protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        for each in inputs:
            if not isinstance(each, _KNOWN):
                return NotImplemented
        if len(inputs) == 1 == ufunc.nout and method == "__call__" and not kwargs:
            return BatchedArray(ufunc(self.payload), self.level)
        return _parts["ufunc"](ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        for each in types:
            if not issubclass(each, _KNOWN):
                return NotImplemented
        return _parts["function"](function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise errors.NeedsValues(self.level, errors.ITEM)

    def __getitem__(self, index: Any) -> Any:
        return _parts["read"](self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        _parts["write"](self, index, value)

    # ---------------------------------------------------------------------------------------------- operators

    __add__, __radd__ = _operator(np.add), _operator(np.add, True)
    __sub__, __rsub__ = _operator(np.subtract), _operator(np.subtract, True)
    __mul__, __rmul__ = _operator(np.multiply), _operator(np.multiply, True)
    __truediv__, __rtruediv__ = _operator(np.true_divide), _operator(np.true_divide, True)
    __floordiv__, __rfloordiv__ = _operator(np.floor_divide), _operator(np.floor_divide, True)
    __mod__, __rmod__ = _operator(np.remainder), _operator(np.remainder, True)
    __pow__, __rpow__ = _operator(np.power), _operator(np.power, True)
    __and__, __rand__ = _operator(np.bitwise_and), _operator(np.bitwise_and, True)
    __or__, __ror__ = _operator(np.bitwise_or), _operator(np.bitwise_or, True)
    __xor__, __rxor__ = _operator(np.bitwise_xor), _operator(np.bitwise_xor, True)
    __lshift__, __rlshift__ = _operator(np.left_shift), _operator(np.left_shift, True)
    __rshift__, __rrshift__ = _operator(np.right_shift), _operator(np.right_shift, True)
    __lt__, __le__ = _operator(np.less), _operator(np.less_equal)
    __gt__, __ge__ = _operator(np.greater), _operator(np.greater_equal)
    __eq__, __ne__ = _operator(np.equal), _operator(np.not_equal)  # type: ignore[assignment]

    def __neg__(self) -> Any:
        return BatchedArray(np.negative(self.payload), self.level)

    def __pos__(self) -> Any:
        return BatchedArray(np.positive(self.payload), self.level)

    def __abs__(self) -> Any:
        return BatchedArray(np.absolute(self.payload), self.level)

    def __invert__(self) -> Any:
        return BatchedArray(np.invert(self.payload), self.level)

    def __matmul__(self, other: Any) -> Any:
        if not isinstance(other, (BatchedArray, ndarray)):
            return NotImplemented
        return self.__array_ufunc__(np.matmul, "__call__", self, other)

    def __rmatmul__(self, other: Any) -> Any:
        if not isinstance(other, ndarray):
            return NotImplemented
        return self.__array_ufunc__(np.matmul, "__call__", other, self)

    # ------------------------------------------------------------------------------ methods that raw code calls

    def copy(self, order: str = "C") -> BatchedArray:
        """A copy of all examples."""
        return BatchedArray(self.payload.copy(), self.level)

    def astype(self, dtype: Any, order: Any = "K", copy: bool = True) -> Any:
        """The array in another dtype, in the layout it has."""
        return BatchedArray(self.payload.astype(dtype, copy=copy), self.level)

    def reshape(self, *shape: Any) -> Any:
        """The examples with another shape."""
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        return np.reshape(self, wanted)  # type: ignore[call-overload]

    def transpose(self, *axes: Any) -> Any:
        """The examples with their axes in another order."""
        wanted = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return np.transpose(self, wanted)  # type: ignore[call-overload]

    def swapaxes(self, first: int, second: int) -> Any:
        """The examples with two axes exchanged."""
        return np.swapaxes(self, first, second)  # type: ignore[call-overload]

    def take(self, indices: Any, axis: int | None = None) -> Any:
        """Elements along an axis."""
        return np.take(self, indices, axis)  # type: ignore[call-overload]

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over axes."""
        return np.add.reduce(self, axis=axis, keepdims=keepdims)  # type: ignore[call-overload]

    def all(self) -> bool:
        """Whether every element of every example is true: for checks of values."""
        return bool(self.payload.all())

    def any(self) -> bool:
        """Whether any element of any example is true: for checks of values."""
        return bool(self.payload.any())

    def view(self, dtype: Any = None) -> Any:
        """The bits as another dtype of that size. Without one, somebody wants the memory: raises."""
        if dtype is None:
            raise errors.NeedsValues(self.level, errors.MEMORY)
        return BatchedArray(self.payload.view(dtype), self.level)

    # ------------------------------------------------------------------------------- what only one example has

    def item(self, *_: Any, **__: Any) -> NoReturn:
        """Raises: every example has a value of its own."""
        raise errors.NeedsValues(self.level, errors.ITEM)

    min = max = item  # extremes serve as numbers

    def tolist(self) -> NoReturn:
        """Raises: the memory is that of all examples."""
        raise errors.NeedsValues(self.level, errors.MEMORY)

    def __bool__(self) -> NoReturn:
        raise errors.NeedsValues(self.level, errors.CONTROL_FLOW)

    def __float__(self) -> NoReturn:
        raise errors.NeedsValues(self.level, errors.ITEM)

    __int__ = __complex__ = __index__ = __float__  # type: ignore[assignment]


_KNOWN: tuple[type, ...] = (BatchedArray, list, tuple, *_FRIENDS)
_parts: dict[str, Callable[..., Any]] = {}


def complete(**parts: Callable[..., Any]) -> None:
    """Tell the class how it meets ufuncs, functions and brackets, which are written in terms of it."""
    _parts.update(parts)


def payload_at(value: Any, level: int) -> Any:
    """The payload of `value` at `level`; `None` if all examples of that level share it.

    Arrays of outer levels are no concern; those of inner levels do not occur, as levels are settled from inside out.
    """
    return value.payload if value.__class__ is BatchedArray and value.level == level else None


def ranked(payload: Any, ndim: int) -> Any:
    """`payload` with axes of length 1 behind the batch, so that one example has `ndim` axes."""
    missing = ndim + 1 - payload.ndim
    if missing <= 0:
        return payload
    shape = payload.shape
    return reshape(payload, (shape[0], *(1,) * missing, *shape[1:]))
