"""Pickles with PyTorch's names in them, and storages outside of them.

Tensors are written as PyTorch writes them: a function that makes them again, and a reference to the storage, whose
bytes stand elsewhere in the file. Several tensors on one storage refer to it once.
"""

from __future__ import annotations

import pickle
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from pullback import _tensor, _utils
from pullback.arrays.dtypes import dtype
from pullback.arrays.mirrored import behind
from pullback.arrays.shells import NO_DATA
from pullback.arrays.strides import offset_in_memory
from pullback.device import layout, memory_format, strided
from pullback.graph.tensor_base import TensorBase, solid
from pullback.nn.parameter import Parameter
from pullback.ops.random.generator import Generator
from pullback.serialization.locations import location_tag
from pullback.serialization.names import find, torch_name
from pullback.serialization.restricted import _get_layout, modern
from pullback.storage import LEGACY_STORAGES, STORAGE_NAMES, TypedStorage, UntypedStorage, storage_of
from pullback.tensor import Tensor
from pullback.utils.hooks import warn_if_has_hooks


class Storages:
    """The storages that a pickle refers to, numbered in the order in which it meets them."""

    def __init__(self) -> None:
        self.keys: dict[tuple[int, int], str] = {}
        self.dtypes: dict[int, dtype] = {}
        self.kept: list[UntypedStorage] = []

    def identity(self, storage: TypedStorage | UntypedStorage) -> tuple[str, Any, str, str, int]:
        """What the pickle says instead of the storage.

        Raises:
            RuntimeError: if its memory was met as another dtype before.
        """
        untyped = storage.untyped()
        if untyped.device.type == "meta":
            raise NotImplementedError(NO_DATA)
        kind: Any = UntypedStorage
        if isinstance(storage, TypedStorage):
            known = self.dtypes.setdefault(untyped.data_ptr(), storage.dtype) if untyped.data_ptr() else storage.dtype
            if known is not storage.dtype:
                raise RuntimeError(
                    "Cannot save multiple tensors or storages that view the same data as different types"
                )
            kind = LEGACY_STORAGES[STORAGE_NAMES[storage.dtype]]
        place = (untyped._cdata, untyped.nbytes())
        key = self.keys.get(place)
        if key is None:
            key = self.keys[place] = str(len(self.keys))
            self.kept.append(untyped)  # else its address could be used again before all is written
        return "storage", kind, key, location_tag(untyped), len(storage)


def describe_tensor(tensor: Any) -> tuple[Any, ...]:
    """How a tensor is made again: a function and its arguments, among them the storage."""
    attributes = _state(tensor)
    if isinstance(tensor, Parameter):
        arguments = (tensor.data, tensor.requires_grad, OrderedDict())
        if attributes:
            return _utils._rebuild_parameter_with_state, (*arguments, attributes)
        return _utils._rebuild_parameter, arguments
    warn_if_has_hooks(tensor)
    function, arguments = _describe_data(tensor)
    if attributes or type(tensor) is not Tensor:
        return _tensor._rebuild_from_type_v2, (function, type(tensor), arguments, attributes)
    return function, arguments


def _state(tensor: Any) -> Any:
    """Attributes of its own, or what a class's own ``__getstate__`` says instead."""
    said = getattr(type(tensor), "__getstate__", None)
    if said is not None and said is not getattr(object, "__getstate__", None):
        return said(tensor)
    return {name: value for name, value in tensor.__dict__.items() if not hasattr(TensorBase, name)}


def _describe_data(tensor: Any) -> tuple[Any, tuple[Any, ...]]:
    array = solid(tensor)
    if tensor.layout is not strided:
        from pullback.sparse.saving import data_of  # sparse programs only

        return _utils._rebuild_sparse_tensor, (tensor.layout, data_of(tensor))
    if tensor.is_meta:
        facts = (tensor.dtype, tuple(tensor.shape), tensor.stride(), tensor.requires_grad)
        return _utils._rebuild_meta_tensor_no_storage, facts
    width = array.dtype.itemsize
    turned = {name: True for name in ("conj", "neg") if getattr(array, name, False) is True}
    array = behind(array)
    if any(step < 0 or step % width for step in array.strides):
        array = np.ascontiguousarray(array)  # NumPy's memory, in an order that PyTorch cannot say
        tensor = Tensor._make_subclass(Tensor, tensor)
        tensor._array = array
    storage = storage_of(tensor)
    offset = offset_in_memory(array) if array.size else 0
    strides = tuple(step // width for step in array.strides)
    if not array.size:
        strides = tensor.stride()
    place = (offset, tuple(array.shape), strides, tensor.requires_grad, OrderedDict())
    metadata = (turned,) if turned else ()
    if storage.dtype in STORAGE_NAMES:
        return _utils._rebuild_tensor_v2, (storage, *place, *metadata)
    return _utils._rebuild_tensor_v3, (storage.untyped(), *place, storage.dtype, *metadata)


_PLAIN_REDUCE = {Tensor.__reduce_ex__, Parameter.__reduce_ex__}


def reduce(obj: Any) -> Any:
    """What is written for our own objects; ``NotImplemented`` for all others."""
    if isinstance(obj, TensorBase):
        return describe_tensor(obj) if type(obj).__reduce_ex__ in _PLAIN_REDUCE else NotImplemented
    if isinstance(obj, (dtype, memory_format)):
        return obj.name
    if isinstance(obj, FunctionType) and torch_name(obj) is not None:
        return obj.__qualname__  # a text says: by name
    if isinstance(obj, layout):
        return _get_layout, (repr(obj),)
    if isinstance(obj, Generator):
        return Generator, (obj.device,), (obj.initial_seed(), None, obj.get_state())
    return NotImplemented


def pickler_class(pickle_module: Any) -> Any:
    """A pickler on top of a module's own. The one in Python, as the one in C lets nobody choose names."""
    base = getattr(pickle_module, "_Pickler", pickle_module.Pickler)

    class Pickler(base):  # type: ignore[misc,valid-type]
        def __init__(self, file: Any, protocol: int, storages: Storages) -> None:
            super().__init__(file, protocol=protocol)
            self.storages = storages

        def persistent_id(self, obj: Any) -> Any:
            return self.storages.identity(obj) if isinstance(obj, (TypedStorage, UntypedStorage)) else None

        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, FunctionType) and base is pickle._Pickler:  # type: ignore[attr-defined]
                return obj.__qualname__  # a text says: by name
            return reduce(obj)

        def save_global(self, obj: Any, name: Any = None) -> None:
            known = torch_name(obj)
            if known is None:
                with _told_as_in_c(obj):
                    super().save_global(obj, name)
                return
            module, name = known
            self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
            self.memoize(obj)

    return Pickler


@contextmanager
def _told_as_in_c(obj: Any) -> Iterator[None]:
    """What cannot be found again is refused in the words of Python's pickler in C."""
    name = getattr(obj, "__qualname__", "")
    if "<locals>" in name and sys.version_info < (3, 14):
        raise AttributeError(f"Can't pickle local object {name!r}")
    try:
        yield
    except pickle.PicklingError as error:
        if "not found as" not in str(error) or not name or sys.version_info >= (3, 14):
            raise
        where = f"attribute lookup {name.rpartition('.')[2]} on {obj.__module__} failed"
        raise pickle.PicklingError(f"Can't pickle {obj!r}: {where}") from None


def unpickler_class(pickle_module: Any) -> Any:
    """An unpickler on top of a module's own, which finds our objects under PyTorch's names."""

    class Unpickler(pickle_module.Unpickler):  # type: ignore[misc,name-defined]
        def find_class(self, module: str, name: str) -> Any:
            if module in ("torch.storage", "torch.cuda") and name in LEGACY_STORAGES:
                return LEGACY_STORAGES[name]
            if module == "torch" or module.startswith("torch."):
                return find(*modern(module, name))
            return super().find_class(module, name)

    return Unpickler
