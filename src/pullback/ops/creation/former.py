"""The constructors that PyTorch had before `torch.tensor`: ``torch.Tensor(…)``, ``FloatTensor(…)``, ``tensor.new(…)``.

Integers are a size, a `torch.Size` is one too, any other sequence is data, a tensor is taken as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.dtypes import spoken
from pullback.arrays.strides import in_storage
from pullback.device import device as device_type
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.creation.options import shape_of
from pullback.ops.creation.values import as_array
from pullback.ops.shape.reshape import alias
from pullback.size import Size

_SIGNATURES = (
    "new() received an invalid combination of arguments - got ({got}), but expected one of:\n"
    " * (*, torch.device device = None)\n"
    " * (torch.Storage storage)\n"
    " * (Tensor other)\n"
    " * (tuple of ints size, *, torch.device device = None)\n"
    " * (object data, *, torch.device device = None)\n"
)


def former_tensor(args: tuple[Any, ...], options: dict[str, Any], dtype: np.dtype[Any], *, cast: bool = False) -> Any:
    """The tensor that a former constructor for elements of `dtype` makes.

    Args:
        args: nothing, lengths, a size, data, a tensor or a storage.
        options: ``device``, and ``size`` or ``data`` by name.
        cast: whether a tensor of another dtype is taken (with its dtype) rather than refused.

    Raises:
        TypeError: for what is none of these, or a tensor of another dtype.
        RuntimeError: for a negative length, or a device other than the CPU.
    """
    _check_device(options.get("device"))
    names = options.keys() - {"device"}
    if len(args) == 1 and not names:
        return _from_one(args[0], dtype, cast)
    if names == {"data"} and not args:
        return wrap(_data(options["data"], dtype))
    if names - {"size"} or (names and args) or (args and isinstance(args[0], TensorBase) and args[0]._array.ndim):
        got = [_kind(each) for each in args] + [f"{name}={_kind(options[name])}" for name in options]
        raise TypeError(_SIGNATURES.format(got=", ".join(got)))
    return _of_size(options.get("size", args), dtype)


def new(self: Any, *args: Any, **options: Any) -> Any:
    """A tensor of this tensor's dtype: of a size (``new(2, 3)``), or with data (``new([2., 3.])``).

    Older than `new_empty` and `new_tensor`, which say which of the two is meant.

    >>> import pullback as torch
    >>> torch.zeros(2, dtype=torch.int64).new([3, 4]), torch.zeros(2).new(1, 5).shape
    (tensor([3, 4]), torch.Size([1, 5]))
    """
    return former_tensor(args, options, self._array.dtype)


_ARGUMENT = " for argument 1 'storage'"


def _from_one(value: Any, dtype: np.dtype[Any], cast: bool) -> Any:
    if isinstance(value, TensorBase):
        if value._array.dtype != dtype and not cast:
            raise TypeError(f"expected {_options(dtype)} (got {_options(value._array.dtype)})")
        return alias(value)
    if hasattr(value, "untyped"):
        return wrap(in_storage(value, dtype, spoken(dtype), _ARGUMENT))
    if isinstance(value, Size) or _is_length(value):
        return _of_size(value if isinstance(value, Size) else (value,), dtype)
    return wrap(_data(value, dtype))


def _of_size(size: Any, dtype: np.dtype[Any]) -> Any:
    return wrap(np.empty(shape_of(size, "new") if size or isinstance(size, Size) else (0,), dtype))


def _data(value: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(value, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(value).__name__}'")
    without_axes = isinstance(value, np.ndarray) and not value.ndim
    if not hasattr(value, "__len__") or isinstance(value, (dict, set, frozenset)) or without_axes:
        raise TypeError(f"new(): data must be a sequence (got {_kind(value)})")
    return as_array(value, dtypes.from_numpy(dtype), copy=True)


def _is_length(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    if isinstance(value, TensorBase):
        return "Tensor"
    module = f"{type(value).__module__}." if isinstance(value, (np.generic, dtypes.dtype)) else ""
    return module.replace("pullback.arrays.dtypes.", "torch.") + type(value).__name__


def _options(dtype: np.dtype[Any]) -> str:
    word = {"float32": "float", "float64": "double", "int64": "long int"}.get(dtype.name, dtype.name)
    return (
        f"TensorOptions(dtype={word}, device=cpu, layout=Strided, requires_grad=false (default), "
        "pinned_memory=false (default), memory_format=(nullopt))"
    )


def _check_device(device: Any) -> None:
    if device is not None and device_type(device).type != "cpu":
        raise RuntimeError(
            f"legacy constructor expects device type: cpu but device type: {device_type(device).type} was passed"
        )
