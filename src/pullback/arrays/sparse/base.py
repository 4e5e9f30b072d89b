"""What the sparse arrays have in common: facts, NumPy's two protocols, and a plain refusal of all the rest."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, TypeAlias

import numpy as np

Dense: TypeAlias = "np.ndarray[Any, Any]"

UFUNCS: dict[Any, Callable[..., Any]] = {}
"""What stands for a ufunc among sparse arrays; the files of this folder fill it."""
FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""The same for functions, NumPy's and those of `vocabulary`, by their names."""


PER_VALUE = frozenset(("sign_of", "erf", "erfinv"))
"""Functions of single elements that keep zero at zero; they run on the values."""

_BACKENDS = {"sparse_coo": "SparseCPU", "strided": "CPU"}


def unsupported(name: str, layout: str) -> NotImplementedError:
    """The error for what arrays of a layout cannot do."""
    return NotImplementedError(_refusal(name, layout))


def _refusal(name: str, layout: str) -> str:
    return (
        f"Could not run 'aten::{name}' with arguments from the '{_BACKENDS.get(layout, 'SparseCsrCPU')}' backend: it does "
        f"not exist for tensors of layout torch.{layout}" + (". Use to_dense()." if layout != "strided" else ".")
    )


class NoPart(NotImplementedError, AttributeError):
    """What only dense arrays have; an `AttributeError` for whoever asks by ``hasattr``."""


class Sparse(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of `shape` that keeps `values` for some of its elements; all others are zero.

    ``array[...] = other`` takes over the elements of another sparse array; nothing else can be written.
    """

    __slots__ = ("shape", "values")

    layout: str
    shape: tuple[int, ...]
    values: Dense

    base = None
    strides = property(lambda self: (self.itemsize,) * self.ndim)
    dtype = property(lambda self: self.values.dtype)
    itemsize = property(lambda self: self.values.dtype.itemsize)
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: prod(self.shape))

    def __getattr__(self, name: str) -> Any:
        if name == "layout":
            raise AttributeError(name)  # while it is being made
        raise NoPart(_refusal(name, self.layout))

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Dense:
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")

    def item(self) -> Any:
        """The only element, a Python number."""
        return self.dense().item()

    def like(self, values: Dense) -> Any:
        """Other values in the same places."""
        raise NotImplementedError

    def dense(self) -> Dense:
        """All elements, in an array of NumPy."""
        raise NotImplementedError

    def unique(self) -> Any:
        """The same array with each place kept once."""
        return self

    def astype(self, dtype: Any, copy: bool = True, **options: Any) -> Any:
        """The values in another dtype."""
        return self.like(self.values.astype(dtype, copy=copy))

    def copy(self, order: str = "C") -> Any:
        """Values in memory of their own."""
        return self.like(self.values.copy())

    real = property(lambda self: self.like(self.values.real))

    def __setitem__(self, index: Any, other: Any) -> None:
        if index is Ellipsis and not isinstance(other, Sparse) and np.ndim(other) == 0:
            if self.layout != "sparse_coo" and other != 0:  # the values alone
                self.values = np.full_like(self.values, other)
                return
            if other != 0:
                raise unsupported("fill_.Scalar", self.layout)
            other = FUNCTIONS["zeros_like"](self).astype(self.dtype)
        if index is not Ellipsis or type(other) is not type(self):
            raise unsupported("copy_", self.layout)
        for name in ("shape", "values", *type(self).__slots__):
            setattr(self, name, getattr(other, name))

    def __getitem__(self, index: Any) -> Any:
        return FUNCTIONS["getitem"](self, index)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        if ufunc is np.add and out is not None and isinstance(out[0], np.ndarray) and inputs[0] is out[0]:
            FUNCTIONS["scatter_add"](*inputs)  # in place: only where there are values
            return out[0]
        if method == "reduce" and ufunc is np.add:
            found = FUNCTIONS["sum"](*inputs, **kwargs)
        elif method == "reduce" and ufunc is np.logical_or and kwargs.get("axis", 0) is None:
            found = ufunc.reduce(self.values, axis=None)
        else:
            known = UFUNCS.get(ufunc) if method == "__call__" and not kwargs else None
            if known is None:
                raise unsupported(_ATEN.get(ufunc.__name__, ufunc.__name__), self.layout)
            found = known(*inputs)
        if out is None:
            return found
        target = out[0] if isinstance(out, tuple) else out
        target[...] = found
        return target

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if function.__name__ in PER_VALUE:
            array = args[0].unique()
            return array.like(function(array.values, *args[1:], **kwargs))
        known = FUNCTIONS.get(function.__name__)
        if known is None:
            raise unsupported(function.__name__, self.layout)
        return known(*args, **kwargs)


_ATEN = {"equal": "eq.Tensor", "not_equal": "ne.Tensor", "less": "lt.Tensor", "greater": "gt.Tensor"}


def is_sparse(value: Any) -> bool:
    """Whether `value` is a sparse array."""
    return isinstance(value, Sparse)
