"""Memory read with a sign turned: the conjugate or the negative of what lies there, worked out when it is read.

``x.conj()`` is a view in PyTorch: a write into either is seen by the other. So its array is a `Mirrored` over the memory
of `x`, which speaks NumPy's two protocols as any foreign array does: computing gives plain arrays, rearranging (an index,
a transpose, a reshape) another `Mirrored`, and writing turns the numbers on their way in.

>>> import numpy as np
>>> memory = np.array([1 + 2j, 3j])
>>> seen = conjugate_view(memory)
>>> seen[1] = 5j
>>> seen * 1, memory
(array([1.-2.j, 0.+5.j]), array([1.+2.j, 0.-5.j]))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_REARRANGING = frozenset(
    (
        "as_complex", "as_pairs", "atleast_1d", "broadcast_to", "diagonal", "expand", "expand_dims", "moveaxis",
        "permute_dims", "ravel", "reshape", "restrided", "roll", "squeeze", "strided", "swapaxes", "transpose",
        "windows",
    )
)  # fmt: skip
"""NumPy's functions, and ours of the same kind, that only move elements: what is mirrored before is so after."""


class Mirrored(np.lib.mixins.NDArrayOperatorsMixin):
    """The array `memory`, conjugated if `conj` and negated if `neg`; at least one of the two."""

    __slots__ = ("conj", "memory", "neg")

    def __init__(self, memory: np.ndarray, conj: bool, neg: bool) -> None:
        self.memory = memory
        self.conj = conj
        self.neg = neg

    shape = property(lambda self: self.memory.shape)
    dtype = property(lambda self: self.memory.dtype)
    ndim = property(lambda self: self.memory.ndim)
    size = property(lambda self: self.memory.size)
    strides = property(lambda self: self.memory.strides)
    itemsize = property(lambda self: self.memory.itemsize)
    nbytes = property(lambda self: self.memory.nbytes)
    flags = property(lambda self: self.memory.flags)
    base = property(lambda self: self.memory.base)
    T = property(lambda self: self.seen(self.memory.T))
    real = property(lambda self: self.resolved().real)
    imag = property(lambda self: self.resolved().imag)

    def turned(self, values: Any) -> Any:
        """Numbers of the memory as they are read here, and the other way round."""
        if self.conj:
            values = np.conjugate(values)
        return np.negative(values) if self.neg else values

    def resolved(self) -> np.ndarray:
        """The numbers in memory of their own."""
        return np.asarray(self.turned(self.memory))

    def seen(self, memory: Any) -> Any:
        """Other memory, read the same way."""
        return Mirrored(memory, self.conj, self.neg)

    def flipped(self, conj: bool = False, neg: bool = False) -> Any:
        """The same memory, conjugated or negated once more."""
        conj, neg = self.conj != conj, self.neg != neg
        return Mirrored(self.memory, conj, neg) if conj or neg else self.memory[...]

    def __len__(self) -> int:
        return len(self.memory)

    def __repr__(self) -> str:
        return f"Mirrored({self.resolved()!r})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("the numbers of a mirrored array lie nowhere: a copy is needed")
        array = self.resolved()
        return array if dtype is None else array.astype(dtype)

    def __getitem__(self, index: Any) -> Any:
        found = self.memory[index]
        return self.seen(found) if isinstance(found, np.ndarray) else self.turned(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        array = np.asarray(value)
        if array.dtype.kind == "c" and self.dtype.kind != "c":
            array = array.real
        self.memory[index] = self.turned(array.astype(self.dtype, copy=False))

    def copy(self, order: str = "C") -> np.ndarray:
        """The numbers in memory of their own, laid out as asked."""
        return np.array(self.resolved(), order=order)  # type: ignore[call-overload,no-any-return]

    def astype(self, dtype: Any, copy: bool = True, **options: Any) -> np.ndarray:
        """The numbers in another dtype."""
        return self.resolved().astype(dtype, copy=copy, **options)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order."""
        return self.seen(self.memory.transpose(*axes))

    def reshape(self, *shape: Any) -> Any:
        """The elements in another shape."""
        return self.seen(self.memory.reshape(*shape))

    def swapaxes(self, first: int, second: int) -> Any:
        """Two axes exchanged."""
        return self.seen(self.memory.swapaxes(first, second))

    def item(self, *position: int) -> Any:
        """One number as Python's."""
        return self.turned(self.memory[position] if position else self.memory.reshape(())).item()

    def tolist(self) -> Any:
        """The numbers as nested lists."""
        return self.resolved().tolist()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "at":
            array = self.copy()
            ufunc.at(array, *map(plain, inputs[1:]))
            self[...] = array
            return None
        targets = kwargs.pop("out", None)
        found = getattr(ufunc, method)(*map(plain, inputs), **kwargs)
        if targets is None:
            return found
        target = targets[0]
        target[...] = found
        return target

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.copyto:
            args[0][...] = plain(args[1])
            return None
        if function is np.may_share_memory or function is np.shares_memory:
            return function(*map(behind, args))
        if function.__name__ in _REARRANGING and args[0] is self:
            return self.seen(function(self.memory, *args[1:], **kwargs))
        return function(*map(_resolved, args), **{name: _resolved(value) for name, value in kwargs.items()})


def plain(array: Any) -> Any:
    """A mirrored array as an ordinary one; anything else as it is."""
    return array.resolved() if array.__class__ is Mirrored else array


def _resolved(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_resolved, value))
    return plain(value)


def conjugate_view(array: Any) -> Any:
    """The memory of a complex `array`, read as its conjugate. A foreign array is conjugated its own way."""
    if array.__class__ is np.ndarray:
        return Mirrored(array, True, False)
    if array.__class__ is Mirrored:
        return array.flipped(conj=True)
    return np.conjugate(array)


def negative_view(array: Any) -> Any:
    """The memory of `array`, read as its negative. A foreign array is negated its own way."""
    if array.__class__ is np.ndarray:
        return Mirrored(array, False, True)
    if array.__class__ is Mirrored:
        return array.flipped(neg=True)
    return np.negative(array)


def reading(array: Any) -> tuple[Any, bool, bool]:
    """How `array` reads its memory: as which dtype, whether conjugated, whether negated."""
    if array.__class__ is Mirrored:
        return array.dtype, array.conj, array.neg
    return array.dtype, False, False


def behind(array: Any) -> Any:
    """The memory behind a mirrored array; anything else as it is."""
    return array.memory if array.__class__ is Mirrored else array


def read_like(array: Any, memory: Any) -> Any:
    """Plain `memory`, read as `array` reads its own."""
    return array.seen(memory) if array.__class__ is Mirrored else memory
