"""Arrays without values, behind tensors on the ``meta`` device: a shape, a dtype and strides that nobody may look into.

A shell holds memory that is reserved and not read. Elementwise functions, reductions and products find the shape and dtype
of their result; everything else is computed on zeros, and what comes out is a shell again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

NO_DATA = "Cannot copy out of meta tensor; no data!"
_BY_VALUES = {np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.array_equal, np.allclose, np.searchsorted}
"""What has no answer, or no shape, without values."""
_BOOL = np.dtype(bool)
_READERS = frozenset(("data", "dump", "dumps", "nonzero", "tobytes", "tofile", "tolist"))


def no_data(*_: Any, **__: Any) -> NoReturn:
    """Raises what PyTorch raises."""
    raise NotImplementedError(NO_DATA)


def is_meta(array: Any) -> bool:
    """Whether there are no values."""
    return array.__class__ is Shell


def _inside(value: Any) -> Any:
    """The memory of shells in an argument, which may be a list or tuple."""
    if value.__class__ is Shell:
        return value.memory
    if value.__class__ in (list, tuple):
        return value.__class__([_inside(each) for each in value])
    return value


def _around(value: Any) -> Any:
    """Shells around the arrays in a result."""
    if isinstance(value, (np.ndarray, np.generic)):
        return Shell(np.asarray(value))
    if isinstance(value, (list, tuple)):
        found = [_around(each) for each in value]
        return value.__class__(*found) if hasattr(value, "_fields") else value.__class__(found)
    return value


class Shell(NDArrayOperatorsMixin):
    """An array of which only shape, dtype and strides are known.

    >>> x = Shell(np.zeros((2, 3), np.float32))
    >>> (x[0] * 2.0 + x).shape, np.add.reduce(x, axis=1).shape, (x @ x.T).dtype
    ((2, 3), (2,), dtype('float32'))
    """

    __slots__ = ("memory",)
    __hash__ = None  # type: ignore[assignment]
    device = "meta"

    def __init__(self, memory: np.ndarray[Any, Any]) -> None:
        self.memory = memory

    @classmethod
    def of(cls, shape: Any, dtype: Any) -> Shell:
        """A shell of this shape and dtype, row by row."""
        return cls(np.zeros(shape, dtype))

    @property
    def dtype(self) -> Any:
        """The type of the elements."""
        return self.memory.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.memory.shape

    def over_bytes(self) -> Shell:
        """The bytes of the whole memory."""
        whole = self.memory if self.memory.base is None else self.memory.base
        return Shell(np.frombuffer(whole, np.uint8)) if whole.size else Shell(np.empty(0, np.uint8))

    def __reduce__(self) -> Any:
        width = self.memory.dtype.itemsize
        return _laid_out, (self.shape, tuple([step // width for step in self.memory.strides]), self.memory.dtype)

    def __len__(self) -> int:
        return len(self.memory)

    def __repr__(self) -> str:
        return f"Shell({self.shape}, {self.dtype})"

    def __getattr__(self, name: str) -> Any:
        """A fact of the array, or a method whose result is a shell."""
        if name in _READERS:
            return no_data
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.memory, name)
        if not callable(found):
            return _around(found)

        def method(*args: Any, **kwargs: Any) -> Any:
            return _around(found(*map(_inside, args), **kwargs))

        return method

    def __getitem__(self, index: Any) -> Any:
        for each in index if index.__class__ is tuple else (index,):
            if each.__class__ is Shell and each.dtype.kind == "b":
                raise NotImplementedError(
                    "a boolean mask on the meta device has no values to say which elements it picks"
                )
        return _around(self.memory[_inside(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        """Nothing is written."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        no_data()

    def item(self) -> NoReturn:
        """Raises."""
        if self.memory.size != 1:
            raise RuntimeError(f"a Tensor with {self.memory.size} elements cannot be converted to Scalar")
        raise RuntimeError("Tensor.item() cannot be called on meta tensors")

    def _raise(self) -> NoReturn:
        self.item()

    __bool__ = __int__ = __float__ = __complex__ = __index__ = _raise

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is not None:
            if any(each.__class__ is not Shell for each in out if each is not None):
                no_data()
            return out[0] if len(out) == 1 else out
        if method == "at":
            return None if inputs[0].__class__ is Shell else no_data()
        if method == "__call__" and ufunc.signature is None:
            return _elementwise(ufunc, inputs, kwargs)
        if method == "reduce":
            return _reduced(ufunc, inputs[0].memory, *inputs[1:], **kwargs)
        if ufunc is np.matmul:
            return _product(*inputs)
        return _around(getattr(ufunc, method)(*map(_inside, inputs), **kwargs))

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        if function in _BY_VALUES or function.__name__.startswith("distinct") or _picks_by_mask(args):
            raise NotImplementedError(f"{function.__name__} needs values, which tensors on the meta device have not")
        if function is np.empty_like:
            function = np.zeros_like  # an index that nobody wrote must be one that exists
        if function is np.concatenate:
            _check_places(args[0])
        if function is np.copyto:
            return None if args[0].__class__ is Shell else no_data()
        return _around(function(*map(_inside, args), **{name: _inside(each) for name, each in kwargs.items()}))


def _laid_out(shape: Any, strides: Any, dtype: Any) -> Shell:
    """A shell with these strides, in elements."""
    reach = 1 + sum([(n - 1) * step for n, step in zip(shape, strides)]) if all(shape) else 0
    memory = np.zeros(reach, dtype)
    return Shell(np.lib.stride_tricks.as_strided(memory, shape, [step * memory.itemsize for step in strides]))


def _picks_by_mask(args: Any) -> bool:
    """Whether indices among the arguments hold a mask, which only its values would tell the size of."""
    return any(
        value.__class__ in (list, tuple) and any(each.__class__ is Shell and each.dtype.kind == "b" for each in value)
        for value in args[1:2]
    )


def _check_places(inputs: Any) -> None:
    """Raise if an array with values takes part; a number may."""
    if any(isinstance(each, np.ndarray) and each.ndim for each in inputs):
        raise RuntimeError("Tensor on device cpu is not on the expected device meta!")


def _elementwise(ufunc: np.ufunc, inputs: Any, kwargs: Any) -> Any:
    kinds = [getattr(each, "dtype", _BOOL if isinstance(each, bool) else type(each)) for each in inputs]
    found = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout), casting=kwargs.get("casting", "same_kind"))[
        ufunc.nin :
    ]
    shape = np.broadcast_shapes(*[getattr(each, "shape", ()) for each in inputs])
    dtype = kwargs.get("dtype")
    results = tuple([Shell.of(shape, dtype or each) for each in found])
    return results[0] if len(results) == 1 else results


def _reduced(ufunc: np.ufunc, array: Any, axis: Any = 0, **kwargs: Any) -> Any:
    small = ufunc.reduce(np.zeros((1,) * array.ndim, array.dtype), axis=axis, **kwargs)  # tells the dtype
    axes = (
        range(array.ndim) if axis is None else [a % array.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
    )
    keep = kwargs.get("keepdims", False)
    shape = [1 if a in axes else n for a, n in enumerate(array.shape) if keep or a not in axes]
    return Shell.of(shape, small.dtype)


def _product(a: Any, b: Any) -> Any:
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ValueError(f"matmul: sizes {a.shape} and {b.shape} do not fit")
    shape = (*lead, *a.shape[-2:-1], *(b.shape[-1:] if b.ndim > 1 else ()))
    return Shell.of(shape, np.result_type(a.dtype, b.dtype))
