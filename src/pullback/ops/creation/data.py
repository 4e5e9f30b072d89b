"""Tensors from data: Python numbers, nested sequences, NumPy arrays, DLPack capsules, buffers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.promotion import default, meet
from pullback.device import check_device
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.ops.creation.options import finish, numpy_dtype

_PYTHON = {bool: np.dtype(np.bool_), int: np.dtype(np.int64)}


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Any:
    """A leaf tensor with a copy of `data`: a number, a nested sequence of numbers, a NumPy array or a tensor.

    Python numbers give bool, int64, the default floating dtype or its complex partner; NumPy data keeps its dtype.
    Raises ``ValueError`` for ragged sequences, ``TypeError`` or ``RuntimeError`` for what is no number.

    >>> import pullback as torch
    >>> torch.tensor([[1, 2], [3, 4.5]])
    tensor([[1.0000, 2.0000],
            [3.0000, 4.5000]])
    """
    if isinstance(data, TensorBase):
        import warnings

        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    return finish(as_array(data, dtype, copy=True), device=device, requires_grad=requires_grad)


def as_array(data: Any, dtype: Any = None, copy: bool = False) -> Any:
    """`data` as an array of PyTorch's dtype for it; a number becomes a NumPy scalar."""
    kind = None if dtype is None else numpy_dtype(dtype)
    if isinstance(data, TensorBase):
        found = data._array
    elif isinstance(data, (np.ndarray, np.generic)):
        dtypes.from_numpy(data.dtype)
        found = data
    elif isinstance(data, (list, tuple)):
        return _from_sequence(data, kind)
    elif hasattr(data, "__array__") or hasattr(data, "__array_interface__"):
        found = np.asarray(data)
        dtypes.from_numpy(found.dtype)
    elif isinstance(data, (bool, int, float, complex)):
        return _from_number(data, kind)
    elif hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, (str, bytes, dict, set)):
        return _from_sequence(list(data), kind)
    elif isinstance(data, str):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    else:
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    wanted = found.dtype.newbyteorder("=") if kind is None else kind
    if found.dtype.kind == "c" and wanted.kind != "c":
        found = found.real
    array = found.astype(wanted, order="C") if copy or found.dtype != wanted else found
    if array.__class__ is np.ndarray and array.ndim and min(array.strides) < 0:
        array = array.copy()
    return array if copy is False or array.ndim else array[()]


def _from_number(value: Any, kind: Any) -> Any:
    natural = _natural(type(value)) if kind is None else kind
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise ValueError("Overflow when unpacking long long")
    if isinstance(value, int) and natural.kind in "iu":
        info = np.iinfo(natural)
        if not info.min <= value <= info.max:
            raise RuntimeError(f"value cannot be converted to type {dtypes.from_numpy(natural).name} without overflow")
    if isinstance(value, complex) and natural.kind != "c":
        raise TypeError("must be real number, not complex")
    return np.array(value).astype(natural)[()]


def _natural(kind: type) -> Any:
    if kind in _PYTHON:
        return _PYTHON[kind]
    if issubclass(kind, bool):
        return _PYTHON[bool]
    if issubclass(kind, float) and not issubclass(kind, np.generic):
        return default.real
    if issubclass(kind, int):
        return _PYTHON[int]
    if issubclass(kind, complex) and not issubclass(kind, np.generic):
        return default.complex
    if issubclass(kind, np.generic):
        return np.dtype(kind)
    if issubclass(kind, str):
        raise TypeError(f"new(): invalid data type '{kind.__name__}'")
    raise RuntimeError(f"Could not infer dtype of {kind.__name__}")


def _from_sequence(data: Any, kind: Any) -> Any:
    found: list[Any] = []
    shape = _measure(data, found, 0)
    if kind is None:
        for each in found:
            kind = each if kind is None else meet(kind, each)
        kind = default.real if kind is None else kind
    plain = _unwrap(data)
    try:
        array = np.array(plain)
        if array.shape != shape or array.dtype == object:
            raise OverflowError
    except (OverflowError, ValueError):
        if kind.kind in "iu":
            raise ValueError("Overflow when unpacking long long") from None
        array = np.array(plain, dtype=kind)
    if array.dtype.kind == "c" and kind.kind != "c":
        raise TypeError("must be real number, not complex")
    if array.dtype.kind in "iu" and kind.kind in "iu" and array.size:
        info = np.iinfo(kind)
        if array.min() < info.min or array.max() > info.max:
            raise RuntimeError(f"value cannot be converted to type {dtypes.from_numpy(kind).name} without overflow")
    return array.astype(kind, copy=False).reshape(shape)


def _measure(data: Any, kinds: list[Any], depth: int) -> tuple[int, ...]:
    """Shape of a nested sequence; collects the dtypes of its items. Raises ``ValueError`` if it is ragged."""
    if isinstance(data, (TensorBase, np.ndarray)):
        array = data._array if isinstance(data, TensorBase) else data
        kinds.append(array.dtype)
        return array.shape
    if not isinstance(data, (list, tuple)):
        kinds.append(_natural(type(data)))
        return ()
    if not data:
        return (0,)
    types = set(map(type, data))
    if not any(issubclass(t, (list, tuple, TensorBase, np.ndarray)) for t in types):
        kinds.extend(map(_natural, types))
        return (len(data),)
    shapes = [_measure(item, kinds, depth + 1) for item in data]
    for shape in shapes:
        if shape != shapes[0]:
            if len(shape) != len(shapes[0]):
                raise TypeError("not a sequence") if () in (shape, shapes[0]) else _ragged(shapes[0], shape, depth)
            raise _ragged(shapes[0], shape, depth)
    return (len(data), *shapes[0])


def _ragged(first: tuple[int, ...], other: tuple[int, ...], depth: int) -> ValueError:
    for axis, (a, b) in enumerate(zip(first, other)):
        if a != b:
            return ValueError(f"expected sequence of length {a} at dim {depth + axis + 1} (got {b})")
    return ValueError(f"expected sequences of equal depth, got shapes {first} and {other}")


def _unwrap(data: Any) -> Any:
    if isinstance(data, TensorBase):
        return data._array
    if isinstance(data, (list, tuple)):
        if any(isinstance(item, (TensorBase, list, tuple)) for item in data):
            return [_unwrap(item) for item in data]
        return data
    return data


def new_tensor(self: Any, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """`tensor` with the dtype of this tensor unless `dtype` says otherwise."""
    kind = dtypes.from_numpy(self._array.dtype) if dtype is None else dtype
    return finish(as_array(data, kind, copy=True), device=device, requires_grad=requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor, sharing memory with a NumPy array or returning a tensor as it is where possible."""
    check_device(device)
    if isinstance(data, TensorBase):
        return data if dtype is None else data.to(dtype)  # type: ignore[attr-defined]
    return finish(as_array(data, dtype))


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Any:
    """`obj` as a tensor; shares memory unless `copy` is true. ``ValueError`` if it cannot and `copy` is false."""
    check_device(device)
    if isinstance(obj, TensorBase):
        found = obj if dtype is None else obj.to(dtype)  # type: ignore[attr-defined]
        found = found.clone() if copy else found
        return found.detach().requires_grad_() if requires_grad and not found.requires_grad else found
    array = as_array(obj, dtype, copy=bool(copy))
    return finish(array, requires_grad=requires_grad)


def from_numpy(ndarray: Any) -> Any:
    """A tensor that shares the memory of a NumPy array. ``TypeError`` for other types and unsupported dtypes.

    >>> import numpy as np, pullback as torch
    >>> a = np.zeros(2, "f4"); t = torch.from_numpy(a); a[0] = 7; t
    tensor([7., 0.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.from_numpy(ndarray.dtype)
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is currently not supported."
        )
    if any(s < 0 for s in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. (You can probably work around this by making a copy of your array  with array.copy().) "
        )
    if not ndarray.flags.writeable:
        import warnings

        warnings.warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means "
            "writing to this tensor will result in undefined behavior. You may want to copy the array to protect its "
            "data or make it writable before converting it to a tensor.",
            UserWarning,
            stacklevel=2,
        )
    return wrap(ndarray.view(np.ndarray) if type(ndarray) is not np.ndarray else ndarray)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A 1-d tensor that shares the memory of an object with the buffer protocol."""
    kind = numpy_dtype(dtype)
    try:
        array = np.frombuffer(buffer, kind, count, offset)
    except ValueError as error:
        raise ValueError(f"frombuffer: {error}") from None
    return finish(array, requires_grad=requires_grad)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shares the memory of any object with ``__dlpack__`` on the CPU."""
    check_device(device)
    if isinstance(ext_tensor, TensorBase):
        return wrap(solid(ext_tensor))
    array = np.from_dlpack(ext_tensor)
    if not array.flags.writeable:
        array = array.copy()
    return wrap(array.copy() if copy else array)
