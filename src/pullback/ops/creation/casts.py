"""The same values in another dtype, and copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes, shells
from pullback.arrays.promotion import default
from pullback.arrays.vocabulary import cast
from pullback.device import check_device, device as device_type
from pullback.graph.once import warn_of_lost_parts
from pullback.graph.operator import linear, nondifferentiable
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.creation.options import _PYTHON_TYPES
from pullback.ops.formats import suggested_format
from pullback.ops.shape.memory import copied, format_name
from pullback.ops.typing import V


@linear(node="ToCopyBackward0", input=lambda grad: grad)
def _to_copy(input: V, dtype: Any) -> V:
    return cast(input, dtype)


@nondifferentiable()
def _to_integers(input: V, dtype: Any) -> V:
    return cast(input, dtype)


@linear(node="ToCopyBackward0", input=lambda grad: grad)
def _laid_out(input: V, dtype: Any, memory_format: str) -> V:
    return copied(cast(input, dtype), memory_format)


@nondifferentiable()
def _integers_laid_out(input: V, dtype: Any, memory_format: str) -> V:
    return copied(cast(input, dtype), memory_format)


def in_format(input: Any, dtype: dtypes.dtype | None, memory_format: Any, copy: bool = False) -> Any:
    """`input` in `dtype`, laid out in a memory format; the tensor itself if it is so already, unless `copy`."""
    kind = input._array.dtype if dtype is None else dtype.numpy
    name = "preserve_format" if memory_format is None else format_name(memory_format)
    if kind == input._array.dtype and not copy and name in ("preserve_format", suggested_format(input._array)):
        return input
    return (_laid_out if kind.kind not in "biu" else _integers_laid_out)(input, kind, name)


def convert(input: Any, dtype: dtypes.dtype) -> Any:
    """`input` in `dtype`; the tensor itself if it has that dtype."""
    kind = dtype.numpy
    if input._array.dtype == kind:
        return input
    return _to_copy(input, kind) if kind.kind not in "biu" else _to_integers(input, kind)


def _told(tensor: Any, dtype: dtypes.dtype) -> Any:
    """`convert` as users ask for it: warns where imaginary parts are lost."""
    if tensor._array.dtype.kind == "c" and dtype.category < 3 and dtype.category:
        warn_of_lost_parts(3)
    return convert(tensor, dtype)


def to(self: Any, *args: Any, **kwargs: Any) -> Any:
    """The tensor with another dtype or device: ``t.to(dtype)``, ``t.to(device, dtype)``, ``t.to(other)``.

    Returns the tensor itself if nothing changes, unless ``copy=True``. Also accepts ``non_blocking`` and
    ``memory_format``. Matches https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.to.html.

    >>> import pullback as torch
    >>> torch.tensor([1, 2]).to(torch.float64)
    tensor([1., 2.], dtype=torch.float64)
    """
    dtype = kwargs.pop("dtype", None)
    other = kwargs.pop("other", None)
    copy = kwargs.pop("copy", False)
    kwargs.pop("non_blocking", None)
    memory_format = kwargs.pop("memory_format", None)
    places = [kwargs.pop("device", None)]
    if kwargs:
        raise TypeError(f"to() got an unexpected keyword argument '{next(iter(kwargs))}'")
    flags: list[Any] = []
    for argument in args:
        if isinstance(argument, TensorBase):
            other = argument
        elif isinstance(argument, dtypes.dtype) or argument in (int, float, bool, complex):
            dtype = argument
        elif isinstance(argument, bool):
            flags.append(argument)
        elif isinstance(argument, (str, device_type, int)):
            places.append(argument)
        elif argument is not None:
            raise TypeError(
                "to() received an invalid combination of arguments - got "
                f"({type(argument).__name__}), but expected one of dtype, device or Tensor"
            )
    place: Any = None
    for each in places:
        place = place if each is None else check_device(each)
    if len(flags) > 1:
        copy = flags[1]
    if other is not None:
        dtype, place = dtypes.from_numpy(other._array.dtype), other.device  # type: ignore[attr-defined]
    if place is not None and place is not self.device:
        self = _moved(self, place)
    if dtype is not None and not isinstance(dtype, dtypes.dtype):
        dtype = _PYTHON_TYPES[dtype]
    if copy or memory_format is not None:
        return in_format(self, dtype, memory_format, copy)
    return self if dtype is None else _told(self, dtype)


def _moved(tensor: Any, place: Any) -> Any:
    """The tensor without its values; there is no way back. Nothing is recorded."""
    array = tensor._array
    if shells.is_meta(array):
        if place.type == "cpu":
            shells.no_data()
        return tensor
    return tensor if place.type == "cpu" else wrap(shells.Shell(np.zeros_like(array)), tensor._requires_grad)


def _cast_method(name: str, dtype: dtypes.dtype) -> Any:
    def method(self: Any, memory_format: Any = None) -> Any:
        return _told(self, dtype) if memory_format is None else in_format(self, dtype, memory_format)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"The values as {dtype!r}; the tensor itself if it has that dtype."
    return method


double, half, bfloat16 = (
    _cast_method("double", dtypes.float64),
    _cast_method("half", dtypes.float16),
    _cast_method("bfloat16", dtypes.bfloat16),
)
float_, long, int_ = (
    _cast_method("float", dtypes.float32),
    _cast_method("long", dtypes.int64),
    _cast_method("int", dtypes.int32),
)
short, char, byte, bool_ = (
    _cast_method("short", dtypes.int16),
    _cast_method("char", dtypes.int8),
    _cast_method("byte", dtypes.uint8),
    _cast_method("bool", dtypes.bool),
)
cfloat, cdouble = _cast_method("cfloat", dtypes.complex64), _cast_method("cdouble", dtypes.complex128)


def chalf(self: Any, memory_format: Any = None) -> Any:
    """The values as complex32; the tensor itself if it has that dtype."""
    from pullback.arrays.rare_dtypes import complex32

    return in_format(self, complex32, memory_format)


def type_as(self: Any, other: Any) -> Any:
    """The values in the dtype of `other`."""
    return _told(self, dtypes.from_numpy(other._array.dtype))


_TYPE_NAMES = {
    "torch.FloatTensor": dtypes.float32, "torch.DoubleTensor": dtypes.float64, "torch.HalfTensor": dtypes.float16,
    "torch.BFloat16Tensor": dtypes.bfloat16, "torch.ByteTensor": dtypes.uint8, "torch.CharTensor": dtypes.int8,
    "torch.ShortTensor": dtypes.int16, "torch.IntTensor": dtypes.int32, "torch.LongTensor": dtypes.int64,
    "torch.BoolTensor": dtypes.bool, "torch.ComplexFloatTensor": dtypes.complex64,
    "torch.ComplexDoubleTensor": dtypes.complex128,
}  # fmt: skip
_NAME_OF = {dtype: name for name, dtype in _TYPE_NAMES.items()}


def type_(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Without an argument, the name of the tensor's type; else the values as that type."""
    if dtype is None:
        own = dtypes.from_numpy(self._array.dtype)
        name = _NAME_OF.get(own) or f"torch.{dtypes.spoken(own.numpy)}Tensor"
        where = "meta." * shells.is_meta(self._array) + "sparse." * (self.layout.name != "strided")
        return name.replace("torch.", "torch." + where) if where else name
    return _told(self, _named_type(dtype))


def _named_type(kind: Any) -> dtypes.dtype:
    """The dtype that a dtype, a former type, its name or a Python type stands for; ``torch.Tensor`` is the default one."""
    if kind is TensorBase.result_class or kind == "torch.Tensor":
        return dtypes.from_numpy(default.real)
    if isinstance(kind, str):
        if kind not in _TYPE_NAMES:
            raise ValueError(f"invalid type: '{kind}'")
        return _TYPE_NAMES[kind]
    found = kind if isinstance(kind, dtypes.dtype) else getattr(kind, "dtype", None)
    if isinstance(found, dtypes.dtype):
        return found
    if isinstance(kind, type):
        if kind.__module__.endswith("cuda"):
            raise TypeError(f"type torch.cuda.{kind.__name__} not available. Torch not compiled with CUDA enabled.")
        raise ValueError(f"invalid type: '{kind.__name__}'")
    raise TypeError("dtype must be a type, str, or dtype object")


def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
    """The tensor itself, which is dense, in `dtype` if one is given."""
    return self if dtype is None else convert(self, dtype)


def cpu(self: Any, memory_format: Any = None) -> Any:
    """The tensor itself: it lives on the CPU."""
    if shells.is_meta(self._array):
        shells.no_data()
    return self if memory_format is None else in_format(self, None, memory_format)


def cuda(self: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Any:
    """Raises: there is no CUDA here."""
    check_device("cuda")


def pin_memory(self: Any, device: Any = None) -> Any:
    """Raises: page-locked memory serves transfers to devices, and there is none."""
    if str(device).startswith("cpu"):
        raise RuntimeError("CPU device type not an accelerator.")
    raise RuntimeError("Cannot access accelerator device when none is available.")
