"""What every creation function accepts: dtype, device, layout, requires_grad, out."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.promotion import default
from pullback.device import check_device
from pullback.graph import out as out_argument
from pullback.graph.modes import INFERENCE, get_mode
from pullback.graph.tensor_base import TensorBase, wrap

FLOATING = "only Tensors of floating point and complex dtype can require gradients"


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """The NumPy dtype of `dtype`; `None` means the default floating dtype."""
    if dtype is None:
        return default.real
    if isinstance(dtype, dtypes.dtype):
        return dtype.numpy
    if dtype in _PYTHON_TYPES:
        return _PYTHON_TYPES[dtype]().numpy
    raise TypeError(f"dtype must be torch.dtype, not {type(dtype).__name__}")


_PYTHON_TYPES: dict[Any, Any] = {
    float: lambda: dtypes.float64,
    int: lambda: dtypes.int64,
    bool: lambda: dtypes.bool,
    complex: lambda: dtypes.complex128,
}


def finish(array: Any, *, device: Any = None, requires_grad: bool = False, out: Any = None, name: str = "") -> Any:
    """Wrap a new array as a leaf, or store it in `out`."""
    if device is not None:
        check_device(device)
    if requires_grad and array.dtype.kind in "biu":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    if out is not None:
        return out_argument.store(name, out, wrap(array))
    tensor = wrap(array, requires_grad)
    if get_mode() & INFERENCE:
        tensor._inference = True
    return tensor


def size_of(args: tuple[Any, ...], size: Any, name: str) -> tuple[int, ...]:
    """A shape from ``f(2, 3)``, ``f((2, 3))`` or ``f(size=(2, 3))``. Raises for negative lengths."""
    if size is not None:
        args = (size,)
    if len(args) == 1 and not _is_length(args[0]):
        args = args[0]
        if not isinstance(args, (tuple, list)):
            raise TypeError(f"{name}(): argument 'size' must be tuple of ints, not {type(args).__name__}")
    shape = []
    for position, length in enumerate(args):
        if not _is_length(length):
            raise TypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, but found element of type "
                f"{type(length).__name__} at pos {position}"
            )
        if length < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {int(length)}: {[int(n) for n in args]}"
            )
        shape.append(int(length))
    return tuple(shape)


def _is_length(value: Any) -> bool:
    if isinstance(value, TensorBase):
        return value._array.ndim == 0 and value._array.dtype.kind in "iu"
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
