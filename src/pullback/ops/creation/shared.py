"""Tensors that share memory with what holds it: NumPy arrays, buffers, DLPack."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.device import check_device, strided
from pullback.graph.once import warn_once
from pullback.graph.record import LARGE
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.ops.creation.options import finish, large, numpy_dtype
from pullback.ops.creation.values import check_layout


def from_numpy(ndarray: Any) -> Any:
    """A tensor that shares the memory of a NumPy array. ``TypeError`` for other types and unsupported dtypes.

    >>> import numpy as np, pullback as torch
    >>> a = np.zeros(2, "f4"); t = torch.from_numpy(a); a[0] = 7; t
    tensor([7., 0.])
    """
    if not isinstance(ndarray, np.ndarray):
        kind = "numpy." * isinstance(ndarray, np.generic) + type(ndarray).__name__
        raise TypeError(f"expected np.ndarray (got {kind})")
    dtypes.from_numpy(ndarray.dtype)
    check_layout(ndarray)
    if not ndarray.flags.writeable:
        import warnings

        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its "
            "data or make it writable before converting it to a tensor.",
            UserWarning,
            stacklevel=2,
        )
    if ndarray.size > LARGE:
        large.look_at_sizes()
    return wrap(ndarray.view(np.ndarray) if type(ndarray) is not np.ndarray else ndarray)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A 1-d tensor that shares the memory of an object with the buffer protocol.

    Takes `count` elements (all by default) after `offset` bytes. Raises ``ValueError`` where the buffer has not so many.
    """
    kind = numpy_dtype(dtype, "frombuffer")
    try:
        length = memoryview(buffer).nbytes
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    size = kind.itemsize
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({size})"
        )
    if count > 0 and offset + count * size > length:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({length} bytes)"
        )
    if memoryview(buffer).readonly:
        warn_once(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write "
            "to the underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to "
            "protect its data or make it writable before converting it to a tensor. This type of warning will be "
            "suppressed for the rest of this program.",
            stacklevel=2,
        )
    return finish(np.frombuffer(buffer, kind, count, offset), requires_grad=requires_grad, name="frombuffer")


_NO_CAPSULE = (
    "from_dlpack received an invalid capsule. Note that DLTensor capsules can be consumed only once, so you might have "
    "already constructed a tensor from it once."
)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shares the memory of any object with ``__dlpack__`` on the CPU."""
    check_device(device)
    if isinstance(ext_tensor, TensorBase):
        if ext_tensor.requires_grad:  # type: ignore[attr-defined]
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        if ext_tensor.is_conj():  # type: ignore[attr-defined]
            raise BufferError("Can't export tensors with the conjugate bit set")
        if ext_tensor.layout is not strided:  # type: ignore[attr-defined]
            raise BufferError("Can't export tensors with layout other than torch.strided")
        return wrap(solid(ext_tensor).copy() if copy else solid(ext_tensor))
    if not hasattr(ext_tensor, "__dlpack__") and type(ext_tensor).__name__ != "PyCapsule":
        raise RuntimeError(_NO_CAPSULE)
    if (
        type(ext_tensor).__name__ == "PyCapsule"
    ):  # taken from its owner already; NumPy calls what it finds in one read-only
        owner = SimpleNamespace(__dlpack__=lambda **_: ext_tensor, __dlpack_device__=lambda: (1, 0))
        try:
            found = np.from_dlpack(owner)  # type: ignore[arg-type]
        except ValueError:
            raise RuntimeError(_NO_CAPSULE) from None
        facts = {**found.__array_interface__, "data": (found.ctypes.data, False)}
        array = np.asarray(SimpleNamespace(__array_interface__=facts, owner=found))
    else:
        array = np.from_dlpack(ext_tensor)
    if not array.flags.writeable:
        array = array.copy()
    return wrap(array.copy() if copy else array)
