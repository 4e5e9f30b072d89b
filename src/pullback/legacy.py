"""Legacy tensor types: constructors such as `FloatTensor`, which are also asked by `isinstance`."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.device import strided
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.former import former_tensor


class _LegacyType(type):
    """A type whose instances are the tensors of one dtype."""

    dtype: dtypes.dtype
    layout = strided
    is_cuda = is_sparse = False

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TensorBase) and instance._array.dtype == cls.dtype.numpy

    def __call__(cls, *args: Any, **options: Any) -> Any:
        return former_tensor(args, options, cls.dtype.numpy)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


def _legacy(name: str, dtype: dtypes.dtype) -> Any:
    return _LegacyType(name, (), {"dtype": dtype, "__doc__": f"Tensors of dtype {dtype!r}.", "__module__": "torch"})


FloatTensor, DoubleTensor, HalfTensor = (
    _legacy("FloatTensor", dtypes.float32),
    _legacy("DoubleTensor", dtypes.float64),
    _legacy("HalfTensor", dtypes.float16),
)
BFloat16Tensor = _legacy("BFloat16Tensor", dtypes.bfloat16)
ByteTensor, CharTensor, ShortTensor = (
    _legacy("ByteTensor", dtypes.uint8),
    _legacy("CharTensor", dtypes.int8),
    _legacy("ShortTensor", dtypes.int16),
)
IntTensor, LongTensor, BoolTensor = (
    _legacy("IntTensor", dtypes.int32),
    _legacy("LongTensor", dtypes.int64),
    _legacy("BoolTensor", dtypes.bool),
)
