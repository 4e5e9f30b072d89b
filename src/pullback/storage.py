"""The memory behind tensors, as PyTorch shows it: bytes that views share, and those bytes as elements of a dtype."""

from __future__ import annotations

from collections.abc import Sequence
from sys import getrefcount
from typing import Any, ClassVar

import numpy as np

from pullback._storage_arguments import (
    LEGACY_FORMS,
    TYPED_FORMS,
    _load_from_bytes as _load_from_bytes,
    as_byte,
    as_number,
    bytes_of,
    check_buffer,
    check_wrapped,
    memory_of_file,
    new_memory,
)
from pullback._storage_conversions import Conversions
from pullback.arrays import dtypes, shells
from pullback.arrays.mirrored import behind
from pullback.arrays.promotion import default
from pullback.arrays.sharing import is_shared
from pullback.arrays.strides import address, memory_of, owner
from pullback.device import CPU, META, check_device, device as device_type
from pullback.graph.tensor_base import solid

__all__ = ["TypedStorage", "UntypedStorage"]


def _text(storage: Any, name: str) -> str:
    meta = storage.device is META
    elements = "..." if meta else " " + "\n ".join(map(str, storage.tolist()))
    return f"{elements}\n[torch.storage.{name} of size {len(storage)}]"


class UntypedStorage(Conversions):
    """The bytes that a tensor and its views share.

    ``UntypedStorage(size)`` is new memory, ``UntypedStorage(sequence)`` holds the given bytes.

    >>> import pullback as torch
    >>> x = torch.arange(6, dtype=torch.int16)
    >>> x[4:].untyped_storage().nbytes(), x[4:].untyped_storage() == x.untyped_storage()
    (12, True)
    """

    __slots__ = ("__weakref__", "array")

    array: Any
    """The memory, a 1-d array of uint8."""

    def __init__(self, data: int | Sequence[int] = 0, *, device: Any = None) -> None:
        check_device(device)
        made = bytes_of(data)
        self.array = shells.Shell(made) if device is not None and device_type(device).type == "meta" else made

    @classmethod
    def over(cls, array: Any) -> UntypedStorage:
        """The storage of the whole memory that `array` lies in."""
        made = cls.__new__(cls)
        if shells.is_meta(array):
            made.array = array.over_bytes()
            return made
        whole = memory_of(owner(array))
        made.array = whole.view(np.uint8) if whole.size else np.empty(0, np.uint8)
        return made

    @classmethod
    def from_buffer(
        cls, buffer: Any, byte_order: str | None = None, count: int = -1, offset: int = 0, dtype: Any = dtypes.uint8
    ) -> UntypedStorage:
        """A copy of elements in a buffer, whose bytes may be in the ``"big"`` order."""
        check_buffer(len(memoryview(buffer).cast("B")), byte_order, count, offset, dtype.itemsize)
        elements = np.frombuffer(buffer, dtype.numpy, count, offset)
        return cls.over(elements.byteswap() if byte_order == "big" else elements.copy())

    @classmethod
    def from_file(cls, filename: Any, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The first bytes of a file; with `shared` they are written back, and the file is made if it is missing."""
        made = cls.__new__(cls)
        made.array = memory_of_file(filename, shared, nbytes)
        return made

    @property
    def filename(self) -> str | None:
        """The file that the memory shows, if `from_file` made it."""
        memory = self.array
        while memory is not None and not isinstance(memory, np.memmap):
            memory = getattr(memory, "base", None)
        return None if memory is None else str(memory.filename)

    def data_ptr(self) -> int:
        """Address of the first byte; 0 if there is none."""
        return address(self.array) if self.array.size and not shells.is_meta(self.array) else 0

    @property
    def _cdata(self) -> int:
        return address(self.array)

    def nbytes(self) -> int:
        """Size in bytes."""
        return self.array.nbytes

    size = __len__ = nbytes

    def element_size(self) -> int:
        """1: the elements are bytes."""
        return 1

    @property
    def device(self) -> device_type:
        """The CPU, or meta."""
        return META if shells.is_meta(self.array) else CPU

    def without_values(self) -> UntypedStorage:
        """As many bytes on the meta device."""
        made = UntypedStorage.__new__(UntypedStorage)
        made.array = shells.Shell(np.empty(len(self), np.uint8))
        return made

    def is_shared(self) -> bool:
        """Whether the memory is shared with processes that this one forks."""
        return is_shared(self.array)

    def resizable(self) -> bool:
        """Whether `resize_` can change the size: not while a tensor shows the memory."""
        return shells.is_meta(self.array) or _alone(self)

    def resize_(self, size: int) -> UntypedStorage:
        """Change the size in bytes, keeping what there is. ``RuntimeError`` if a tensor shows the memory."""
        if size == self.nbytes():
            return self
        if not self.resizable():
            raise RuntimeError("Trying to resize storage that is not resizable")
        made = bytes_of(size)
        if shells.is_meta(self.array):
            self.array = shells.Shell(made)
        else:
            kept = min(size, len(self))
            made[:kept] = self.array[:kept]
            self.array = made
        return self

    def untyped(self) -> UntypedStorage:
        """The storage itself."""
        return self

    def type(self) -> str:
        """The name of the class."""
        return "torch.storage.UntypedStorage"

    def new(self) -> UntypedStorage:
        """A storage without bytes."""
        return UntypedStorage()

    def _to(self, dtype: dtypes.dtype) -> TypedStorage:
        return TypedStorage(wrap_storage=self, dtype=dtypes.uint8)._to(dtype)

    def clone(self) -> UntypedStorage:
        """A copy in memory of its own."""
        return self.over(self.array.copy())

    def copy_(self, source: Any, non_blocking: bool | None = None) -> UntypedStorage:
        """Take over the bytes of another storage of the same size."""
        bytes_ = source.untyped()
        _check_same_size(self, bytes_)
        self.array[...] = bytes_.array
        return self

    def fill_(self, value: int) -> UntypedStorage:
        """Set every byte."""
        self.array[...] = as_byte(value, "fill_ expects int, but got {}")
        return self

    def tolist(self) -> list[int]:
        """The bytes as integers."""
        return _read(self).tolist()  # type: ignore[no-any-return]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            if index.step not in (None, 1):
                raise RuntimeError(f"Trying to slice with a step of {index.step}, but only a step of 1 is supported")
            made = UntypedStorage.__new__(UntypedStorage)
            made.array = self.array[index]
            return made
        return int(_read(self)[_checked(index, self)])

    def __setitem__(self, index: Any, value: Any) -> None:
        number = as_byte(value, "can only set storage content with a int types, but got {} instead")
        self[index].fill_(number) if isinstance(index, slice) else self.array.__setitem__(_checked(index, self), number)

    def __bytes__(self) -> bytes:
        return self.array.tobytes()

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, UntypedStorage) and (self._cdata, len(self)) == (other._cdata, len(other))

    def __hash__(self) -> int:
        return hash(self._cdata)

    def __repr__(self) -> str:
        return _text(self, f"UntypedStorage(device={self.device})")

    def byteswap(self, dtype: dtypes.dtype) -> None:
        """Turn the bytes of each element around, in place."""
        width = 1 if dtype is dtypes.bool else dtype.itemsize // (2 if dtype.is_complex else 1)
        if len(self) % dtype.itemsize:
            raise RuntimeError(f"the length of data is not a multiple of {width}")
        self.array.view(f"u{width}").byteswap(inplace=True)

    def __reduce__(self) -> Any:
        return UntypedStorage.from_buffer, (bytes(self),)

    def __deepcopy__(self, memo: dict[Any, Any]) -> UntypedStorage:
        made = memo.setdefault("torch", {})  # by memory: tensors and storages that share it share the copy, too
        if self._cdata not in made:
            made[self._cdata] = self.clone()
        return made[self._cdata]  # type: ignore[no-any-return]


class TypedStorage(Conversions):
    """The elements of one dtype that a tensor and its views share.

    ``TypedStorage(size)`` is new memory, ``TypedStorage(sequence)`` holds the given numbers, and
    ``TypedStorage(wrap_storage=untyped)`` shows the bytes of another storage.
    """

    __slots__ = ("__weakref__", "_untyped_storage", "dtype")

    dtype: dtypes.dtype
    _untyped_storage: UntypedStorage

    def __init__(
        self,
        *data: int | Sequence[Any],
        wrap_storage: UntypedStorage | None = None,
        dtype: dtypes.dtype | None = None,
        device: Any = None,
    ) -> None:
        check_wrapped(TYPED_FORMS, data, wrap_storage, dtype, device)
        check_device(device)
        self.dtype = dtypes.from_numpy(default.real) if dtype is None else dtype
        if wrap_storage is not None:
            self._untyped_storage = wrap_storage
            return
        given: Any = data[0] if data else 0
        if isinstance(given, (str, bytes)):
            raise TypeError(f"new(): invalid data type '{type(given).__name__}'")
        made = new_memory(given, self.dtype.numpy)
        meta = device is not None and device_type(device).type == "meta"
        self._untyped_storage = UntypedStorage.over(shells.Shell(made) if meta else made)

    @property
    def array(self) -> np.ndarray:
        """The elements, a 1-d array."""
        whole = self._untyped_storage.array
        return whole[: len(self) * self.dtype.itemsize].view(self.dtype.numpy)

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        return self._untyped_storage

    @property
    def device(self) -> device_type:
        """The CPU, or meta."""
        return self._untyped_storage.device

    @property
    def _cdata(self) -> int:
        return self._untyped_storage._cdata

    def data_ptr(self) -> int:
        """Address of the first element; 0 if there is none."""
        return self._untyped_storage.data_ptr()

    def nbytes(self) -> int:
        """Size in bytes."""
        return self._untyped_storage.nbytes()

    def size(self) -> int:
        """Number of elements."""
        return self.nbytes() // self.dtype.itemsize

    __len__ = size

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def is_shared(self) -> bool:
        """Whether the memory is shared between processes."""
        return self._untyped_storage.is_shared()

    @property
    def filename(self) -> str | None:
        """The file that the memory shows, if there is one."""
        return self._untyped_storage.filename

    def pickle_storage_type(self) -> str:
        """The name under which `save` writes this kind of storage, such as ``"FloatStorage"``."""
        if self.dtype not in STORAGE_NAMES:
            raise KeyError(f"dtype {self.dtype} is not recognized")
        return STORAGE_NAMES[self.dtype]

    def type(self, dtype: Any = None) -> Any:
        """The name of the kind of storage, or a copy in another dtype."""
        return f"torch.{self.pickle_storage_type()}" if dtype is None else self._to(dtype)

    def _to(self, dtype: dtypes.dtype) -> TypedStorage:
        return TypedStorage(wrap_storage=UntypedStorage.over(self.array.astype(dtype.numpy)), dtype=dtype)

    def clone(self) -> TypedStorage:
        """A copy in memory of its own."""
        return TypedStorage(wrap_storage=self._untyped_storage.clone(), dtype=self.dtype)

    def cpu(self) -> TypedStorage:
        """The same memory: it is on the CPU."""
        return TypedStorage(wrap_storage=self._untyped_storage.cpu(), dtype=self.dtype)

    def resizable(self) -> bool:
        """Whether `resize_` can change the size: not while a tensor shows the memory."""
        return self._untyped_storage.resizable()

    def resize_(self, size: int) -> None:
        """Change the number of elements, keeping those there are."""
        self._untyped_storage.resize_(size * self.dtype.itemsize)

    def copy_(self, source: Any, non_blocking: bool | None = None) -> TypedStorage:
        """Take over the bytes of another storage of the same size, whatever its dtype."""
        self._untyped_storage.copy_(source)
        return self

    def fill_(self, value: Any) -> TypedStorage:
        """Set every element."""
        self.array[...] = as_number(value, self.dtype)
        return self

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        array = _read(self)
        return array.astype("f4").tolist() if dtypes.is_bfloat16(array.dtype) else array.tolist()

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return _read(self)[_checked(index, self)].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        place = index if isinstance(index, slice) else _checked(index, self)
        self.array[place] = as_number(value, self.dtype)

    def __repr__(self) -> str:
        return _text(self, f"TypedStorage(dtype={self.dtype!r}, device={self.device})")

    def __reduce__(self) -> Any:
        return _typed, (self._untyped_storage, self.dtype)

    def __deepcopy__(self, memo: dict[Any, Any]) -> TypedStorage:
        return TypedStorage(wrap_storage=self._untyped_storage.__deepcopy__(memo), dtype=self.dtype)


def _typed(untyped: UntypedStorage, dtype: dtypes.dtype) -> TypedStorage:
    return TypedStorage(wrap_storage=untyped, dtype=dtype)


def _alone(storage: UntypedStorage) -> bool:
    """Whether no tensor and no other storage holds the memory: two references are the attribute's and the question's."""
    if getrefcount(storage.array) > 2:
        return False
    base = storage.array.base is not None
    return not base or (getattr(storage.array.base, "base", 0) is None and getrefcount(storage.array.base) <= 2)


def _read(storage: Any) -> Any:
    """The memory of a storage that has values."""
    if storage.device is META:
        raise NotImplementedError("Not available for 'meta' device type")
    return storage.array


def _check_same_size(storage: Any, source: Any) -> None:
    if len(storage) != len(source):
        raise RuntimeError(
            f"size does not match, self was {storage.nbytes()} bytes but src was {source.nbytes()} bytes"
        )


def _checked(index: Any, storage: Any) -> int:
    size = len(storage)
    if not hasattr(index, "__index__"):
        if isinstance(storage, TypedStorage):
            raise RuntimeError(f"can't index a <class 'torch.storage.TypedStorage'> with {type(index)}")
        raise TypeError(f"can't index a torch.UntypedStorage with {type(index).__name__}")
    if not -size <= index < size:
        raise IndexError(f"index {index} out of range for storage of size {size}")
    return index


class _LegacyStorageMeta(type):
    """A class of one dtype, whose instances are all typed storages of it."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return type(instance) is cls or (isinstance(instance, TypedStorage) and instance.dtype is cls._dtype)  # type: ignore[attr-defined]

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"


class _LegacyStorage(metaclass=_LegacyStorageMeta):
    """Makes typed storages of one dtype: ``FloatStorage(3)``, ``FloatStorage([1.0, 2.0])``."""

    _dtype: ClassVar[dtypes.dtype]
    dtype: ClassVar[dtypes.dtype]

    def __new__(cls, *data: Any, wrap_storage: Any = None, device: Any = None) -> Any:  # type: ignore[misc]
        check_wrapped(f"{cls!r}{LEGACY_FORMS}", data, wrap_storage, cls._dtype, None)
        return TypedStorage(*data, wrap_storage=wrap_storage, dtype=cls._dtype)

    @classmethod
    def from_buffer(cls, buffer: Any, byte_order: str | None = None, count: int = -1, offset: int = 0) -> Any:
        """A copy of elements in a buffer, whose bytes may be in the ``"big"`` order."""
        return _typed(UntypedStorage.from_buffer(buffer, byte_order, count, offset, cls._dtype), cls._dtype)


def _legacy(name: str, dtype: dtypes.dtype) -> Any:
    members = {
        "_dtype": dtype,
        "dtype": dtype,
        "__module__": __name__,
        "__doc__": f"Typed storages of dtype {dtype!r}.",
    }
    return _LegacyStorageMeta(name, (_LegacyStorage,), members)


FloatStorage, DoubleStorage, HalfStorage, BFloat16Storage = (
    _legacy("FloatStorage", dtypes.float32),
    _legacy("DoubleStorage", dtypes.float64),
    _legacy("HalfStorage", dtypes.float16),
    _legacy("BFloat16Storage", dtypes.bfloat16),
)
ByteStorage, CharStorage, ShortStorage, IntStorage, LongStorage, BoolStorage = (
    _legacy("ByteStorage", dtypes.uint8),
    _legacy("CharStorage", dtypes.int8),
    _legacy("ShortStorage", dtypes.int16),
    _legacy("IntStorage", dtypes.int32),
    _legacy("LongStorage", dtypes.int64),
    _legacy("BoolStorage", dtypes.bool),
)
ComplexFloatStorage, ComplexDoubleStorage = (
    _legacy("ComplexFloatStorage", dtypes.complex64),
    _legacy("ComplexDoubleStorage", dtypes.complex128),
)

LEGACY_STORAGES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        FloatStorage,
        DoubleStorage,
        HalfStorage,
        BFloat16Storage,
        ByteStorage,
        CharStorage,
        ShortStorage,
        IntStorage,
        LongStorage,
        BoolStorage,
        ComplexFloatStorage,
        ComplexDoubleStorage,
    )
}
STORAGE_NAMES: dict[dtypes.dtype, str] = {kind._dtype: name for name, kind in LEGACY_STORAGES.items()}


def storage_of(tensor: Any) -> TypedStorage:
    """The memory behind a tensor as elements of its dtype."""
    array = behind(solid(tensor))
    return TypedStorage(wrap_storage=UntypedStorage.over(array), dtype=dtypes.from_numpy(array.dtype))


def _dtype_to_storage_type_map() -> dict[dtypes.dtype, str]:
    return dict(STORAGE_NAMES)


def _storage_type_to_dtype_map() -> dict[str, dtypes.dtype]:
    return {name: dtype for dtype, name in STORAGE_NAMES.items()}


def class_of(dtype: dtypes.dtype) -> Any:
    """The class that makes storages of `dtype`, or `None`."""
    return LEGACY_STORAGES.get(STORAGE_NAMES.get(dtype, ""))
