"""How saved tensors are made again. Files name these functions, under the names that they have in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

import pullback
from pullback.arrays.dtypes import dtype as dtype_type
from pullback.arrays.mirrored import conjugate_view, negative_view
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.nn.parameter import Parameter
from pullback.storage import UntypedStorage
from pullback.switches import get_device_module as _get_device_module  # noqa: F401
from pullback.tensor import Tensor
from pullback.utils._exceptions import ExceptionWrapper as ExceptionWrapper


def _rebuild_tensor(storage: Any, storage_offset: int, size: Sequence[int], stride: Sequence[int]) -> Tensor:
    """The tensor that shows elements of a storage.

    Raises:
        RuntimeError: if an element would lie outside of it.
    """
    return _view(storage.untyped(), storage.dtype, storage_offset, size, stride)


def _view(
    storage: UntypedStorage, dtype: dtype_type, storage_offset: int, size: Sequence[int], stride: Sequence[int]
) -> Tensor:
    memory, width = storage.array, dtype.itemsize
    if storage.device.type == "meta":
        return pullback.empty_strided(size, stride, dtype=dtype, device="meta")
    numbers = (storage_offset, *size, *stride)
    if len(size) != len(stride) or any(type(number) is not int or number < 0 for number in numbers):
        raise RuntimeError(f"no tensor can have size {size}, stride {stride} and storage offset {storage_offset}")
    last = storage_offset + sum((length - 1) * step for length, step in zip(size, stride))
    if prod(size) and (last + 1) * width > memory.nbytes:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {storage_offset}, and itemsize "
            f"{width} requiring a storage size of {(last + 1) * width} are out of bounds for storage of size "
            f"{memory.nbytes}"
        )
    if not prod(size):
        return wrap(np.empty(tuple(size), dtype.numpy))
    strides = tuple(step * width for step in stride)
    return wrap(np.ndarray(tuple(size), dtype.numpy, memory, storage_offset * width, strides))


def _rebuild_tensor_v2(
    storage: Any,
    storage_offset: int,
    size: Sequence[int],
    stride: Sequence[int],
    requires_grad: bool,
    backward_hooks: Any,
    metadata: dict[str, Any] | None = None,
) -> Tensor:
    """A tensor of one of the dtypes that have a storage class."""
    tensor = _rebuild_tensor(storage, storage_offset, size, stride)
    return _finish(tensor, requires_grad, metadata)


def _rebuild_tensor_v3(
    storage: Any,
    storage_offset: int,
    size: Sequence[int],
    stride: Sequence[int],
    requires_grad: bool,
    backward_hooks: Any,
    dtype: dtype_type,
    metadata: dict[str, Any] | None = None,
) -> Tensor:
    """A tensor of any other dtype, on a storage of bytes."""
    return _finish(_view(storage.untyped(), dtype, storage_offset, size, stride), requires_grad, metadata)


def _finish(tensor: Any, requires_grad: bool, metadata: dict[str, Any] | None) -> Tensor:
    # Views whose sign is turned when they are read: in a file of old the numbers come after the tensor.
    if metadata and metadata.get("conj"):
        tensor = wrap(conjugate_view(solid(tensor)))
    if metadata and metadata.get("neg"):
        tensor = wrap(negative_view(solid(tensor)))
    tensor.requires_grad = bool(requires_grad)
    return tensor


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    """A parameter around `data`."""
    return Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data: Tensor, requires_grad: bool, backward_hooks: Any, state: Any) -> Parameter:
    """A parameter with attributes of its own."""
    parameter = Parameter(data, requires_grad)
    return _set_obj_state(parameter, state)


def _set_obj_state(obj: Any, state: Any) -> Any:
    """Give an object attributes: a dictionary, or a pair of one for ``__dict__`` and one for slots.

    Raises:
        RuntimeError: for a state of another form, or one that would change what the object is.
    """
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if isinstance(state, tuple) and len(state) != 2:
        raise RuntimeError(f"Invalid serialized state: {state}")
    for name, value in {**(attributes or {}), **(slots or {})}.items():
        if name.startswith("__") or hasattr(TensorBase, name):
            raise RuntimeError(f"Invalid serialized state: a file cannot set the attribute {name!r}")
        setattr(obj, name, value)
    return obj


def _rebuild_device_tensor_from_numpy(data: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """A tensor that was saved as a NumPy array."""
    return pullback.from_numpy(data).to(dtype=dtype, device=device).requires_grad_(requires_grad)


def _rebuild_device_tensor_from_cpu_tensor(data: Tensor, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """A tensor of an accelerator that was saved as one of the CPU."""
    return data.to(dtype=dtype, device=device).requires_grad_(requires_grad)


def _rebuild_sparse_tensor(layout: Any, data: Any) -> Tensor:
    """A sparse tensor from its indices, values and size, which `load` checks when it has read all numbers."""
    from pullback.sparse.saving import rebuilt  # sparse programs only

    made = rebuilt(layout, data, check=False)
    _sparse_tensors_to_validate.append(made)
    return made  # type: ignore[no-any-return]


_sparse_tensors_to_validate: list[Any] = []


def _validate_loaded_sparse_tensors() -> None:
    """Raise ``RuntimeError`` if an index of a sparse tensor that was made since the last time lies outside of it."""
    made, _sparse_tensors_to_validate[:] = _sparse_tensors_to_validate[:], []
    if made:
        from pullback.sparse.saving import data_of, rebuilt

        for tensor in made:
            rebuilt(tensor.layout, data_of(tensor))


def _rebuild_qtensor(*args: Any) -> Tensor:
    """There are no quantized tensors here."""
    raise NotImplementedError("the file holds a quantized tensor, which pullback does not have")


def _rebuild_meta_tensor_no_storage(dtype: Any, size: Any, stride: Any, requires_grad: bool) -> Tensor:
    """A tensor without values."""
    return pullback.empty_strided(size, stride, dtype=dtype, device="meta", requires_grad=requires_grad)


def _is_privateuse1_backend_available() -> bool:
    """False: nobody adds devices."""
    return False


def _element_size(dtype: dtype_type) -> int:
    """Bytes of one number."""
    return dtype.itemsize
