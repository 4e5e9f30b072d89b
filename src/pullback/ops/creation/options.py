"""What every creation function accepts: dtype, device, layout, pin_memory, requires_grad, out."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.promotion import default
from pullback.arrays.shells import Shell, is_meta
from pullback.device import CPU, META, check_device, chosen, elsewhere, layout as layout_class, strided
from pullback.graph import out as out_argument, versions
from pullback.graph.modes import INFERENCE, get_mode
from pullback.graph.record import LARGE
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.later import later

(large,) = later("pullback.graph", "large")


if TYPE_CHECKING:
    from pullback.arrays.sparse import compressed
else:
    (compressed,) = later("pullback.arrays.sparse", "compressed")


def numpy_dtype(dtype: Any, name: str = "") -> np.dtype[Any]:
    """The NumPy dtype of `dtype`; `None` means the default floating dtype. ``TypeError`` for what is none."""
    if dtype is None:
        return default.real
    if isinstance(dtype, dtypes.dtype):
        return dtype.numpy
    found = _PYTHON_TYPES.get(dtype) if isinstance(dtype, type) else None
    if found is None:
        what = f"{name}(): argument 'dtype'" if name else "dtype"
        raise TypeError(f"{what} must be torch.dtype, not {type(dtype).__name__}")
    return found.numpy


_PYTHON_TYPES: dict[type, Any] = {
    float: dtypes.float64,
    int: dtypes.int64,
    bool: dtypes.bool,
    complex: dtypes.complex128,
}


def check_options(name: str, device: Any, layout: Any, pin_memory: Any, requires_grad: Any) -> None:
    """Raise PyTorch's error for an option of a wrong type, or one that only other devices and layouts have."""
    for word, value in (("pin_memory", pin_memory), ("requires_grad", requires_grad)):
        if value is not None and not isinstance(value, bool):
            raise TypeError(f"{name}(): argument '{word}' must be bool, not {type(value).__name__}")
    if layout is not None and layout is not strided:
        if not isinstance(layout, layout_class):
            raise TypeError(f"{name}(): argument 'layout' must be torch.layout, not {type(layout).__name__}")
        raise NotImplementedError(
            f"Could not run 'aten::{name}' with arguments from the 'SparseCPU' backend: tensors of pullback are dense; "
            f"leave out layout={layout}"
        )
    if device is not None:
        check_device(device)
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on "
            "this system."
        )


def finish(
    array: Any, *, device: Any = None, layout: Any = None, pin_memory: Any = False, requires_grad: Any = False,
    out: Any = None, name: str = "",
) -> Any:  # fmt: skip
    """Wrap a new array as a leaf, or store it in `out`."""
    if layout is not None and layout is not strided and name.startswith(("zeros", "empty", "new_zeros", "new_empty")):
        if isinstance(layout, layout_class) and out is None:
            array, layout = compressed.zeros(array.shape, array.dtype, layout.name), None
    if device is not None or layout is not None or pin_memory is not False or requires_grad is not False:
        check_options(name, device, layout, pin_memory, requires_grad)
        if requires_grad and array.dtype.kind in "biu":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    if out is not None:
        return out_argument.store(name, out, wrap(array))
    if device is not None or elsewhere:
        array = _placed(array, device, name)
    if array.size > LARGE:
        large.look_at_sizes()
    tensor = wrap(array, bool(requires_grad))
    if get_mode() & INFERENCE:
        tensor._counter = versions.INFERENCE
    return tensor


def _placed(array: Any, device: Any, name: str) -> Any:
    """The array where `device` says; by default like another tensor, or where new tensors live."""
    if device is None:
        wanted = CPU if name.startswith(("new_", "from")) or name.endswith("_like") else chosen()
        if is_meta(array):
            wanted = META
    else:
        wanted = check_device(device)
    if wanted.type == "meta":
        return array if is_meta(array) else Shell(np.asarray(array))
    return np.zeros(array.shape, array.dtype) if is_meta(array) else array


def size_of(args: tuple[Any, ...], size: Any, name: str) -> tuple[int, ...]:
    """A shape from ``f(2, 3)``, ``f((2, 3))`` or ``f(size=(2, 3))``.

    Raises ``TypeError`` for what is no sequence of integers, ``RuntimeError`` for negative lengths.
    """
    if size is not None:
        if args:
            raise TypeError(f"{name}() got multiple values for argument 'size'")
        return shape_of(size, name, place="")
    if not args:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    return shape_of(args[0] if len(args) == 1 and not _is_length(args[0]) else args, name)


def shape_of(size: Any, name: str, place: str = " (position 1)") -> tuple[int, ...]:
    """A shape given as one sequence; raises as `size_of` does."""
    if not isinstance(size, (tuple, list)):
        kind = "Tensor" if isinstance(size, TensorBase) else type(size).__name__
        raise TypeError(f"{name}(): argument 'size'{place} must be tuple of ints, not {kind}")
    shape = []
    for position, length in enumerate(size):
        if not _is_length(length) and not (position and isinstance(length, bool)):  # so does PyTorch
            raise _no_length(name, place, position, type(length).__name__)
        if length < 0:
            if name == "zeros":
                raise RuntimeError("zeros: Dimension size must be non-negative.")
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {int(length)}: {[int(n) for n in size]}"
            )
        shape.append(int(length))
    if shape and max(shape) >= 2**31 and prod(shape) >= 2**60:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={shape}")
    return tuple(shape)


def _no_length(name: str, place: str, position: int, kind: str) -> TypeError:
    if position:
        return TypeError(
            f"{name}(): argument 'size' failed to unpack the object at pos {position + 1} with error \"type must be "
            f'tuple of ints,but got {kind}"'
        )
    return TypeError(
        f"{name}(): argument 'size'{place} must be tuple of ints, but found element of type {kind} at pos 0"
    )


def _is_length(value: Any) -> bool:
    if isinstance(value, TensorBase):
        return value._array.ndim == 0 and value._array.dtype.kind in "iu"
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def plain_number(value: Any, name: str, argument: str, position: int) -> Any:
    """A number, or a tensor that holds one and requires no gradient, as a Python number; else ``TypeError``."""
    if isinstance(value, TensorBase) and not value._array.ndim and not value._requires_grad:
        return value._array.item()
    if isinstance(value, (int, float, complex)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    kind = "Tensor" if isinstance(value, TensorBase) else type(value).__name__
    raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Number, not {kind}")


def whole(value: Any, name: str, argument: str, position: int) -> int:
    """An integer, or a tensor that holds one, as a Python int. Raises ``TypeError`` for anything else."""
    if not _is_length(value):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be int, not {type(value).__name__}"
        )
    return int(value)
