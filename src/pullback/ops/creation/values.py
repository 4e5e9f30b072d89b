"""Python data as arrays: numbers, nested sequences of them, NumPy's arrays, tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.dtypes import spoken
from pullback.arrays.promotion import default, meet
from pullback.arrays.strides import in_storage
from pullback.graph.once import outside, warn_of_lost_parts, warn_once
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.options import numpy_dtype
from pullback.ops.numbers import holds

_PYTHON = {bool: np.dtype(np.bool_), int: np.dtype(np.int64)}


def check_layout(array: np.ndarray[Any, Any]) -> None:
    """Raise ``ValueError`` for an array in foreign byte order or with a negative stride."""
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with array.copy().) "
        )


def as_array(data: Any, dtype: Any = None, copy: bool = False) -> Any:
    """`data` as an array of PyTorch's dtype for it; a number becomes a NumPy scalar."""
    kind = None if dtype is None else numpy_dtype(dtype)
    if isinstance(data, TensorBase):
        found = data._array
    elif isinstance(data, (np.ndarray, np.generic)):
        dtypes.from_numpy(data.dtype)
        if data.__class__ is not np.generic:
            check_layout(data)
        found = data
    elif isinstance(data, (list, tuple)):
        return _from_sequence(data, kind)
    elif hasattr(data, "__array__") or hasattr(data, "__array_interface__"):
        found = np.asarray(data)
        dtypes.from_numpy(found.dtype)
    elif isinstance(data, (bool, int, float, complex)):
        return _from_number(data, kind)
    elif hasattr(data, "untyped"):
        kind = kind or (default.real if hasattr(data, "dtype") else _PYTHON[int])
        found = in_storage(data, kind, spoken(kind), "")
    elif hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, _NO_SEQUENCES):
        return _from_sequence(list(data), kind)
    elif isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    else:
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    wanted = found.dtype.newbyteorder("=") if kind is None else kind
    if found.dtype.kind == "c" and wanted.kind not in "cWb":
        warn_of_lost_parts(4)
        found = found.real
    array = found.astype(wanted, order="C") if copy or found.dtype != wanted else found
    return array if copy is False or array.ndim else array[()]


def _from_number(value: Any, kind: Any) -> Any:
    natural = _natural(type(value)) if kind is None else kind
    if isinstance(value, int) and natural.kind != "f" and not -(2**63) <= value < 2**63 + 2**63 * (natural.kind == "u"):
        raise ValueError("Overflow when unpacking long long")
    if isinstance(value, complex):
        _check_complex(natural)
    if natural.kind in "iu":
        _check_holds(natural, value, value)
        value = np.int64(value) if value < 2**63 else np.uint64(value)
    return (np.array(value) if natural.kind != "f" else np.array(value, np.float64)).astype(natural)[()]


def _check_complex(kind: np.dtype[Any]) -> None:
    """Raise unless `kind` takes complex numbers, as booleans do: all but 0 is true."""
    if kind.kind in "iu":
        raise TypeError("'complex' object cannot be interpreted as an integer")
    if kind.kind not in "cWb":
        raise TypeError("must be real number, not complex")


def _check_holds(kind: np.dtype[Any], least: Any, most: Any) -> None:
    """Raise unless the integer dtype `kind` takes the numbers from `least` to `most`."""
    if isinstance(most, int) and (least < -(2**63) or most >= 2**63 * (1 + (kind.kind == "u"))):
        raise ValueError("Overflow when unpacking long long")
    if not (holds(kind, least) and holds(kind, most)):
        raise RuntimeError(f"value cannot be converted to type {dtypes.from_numpy(kind).name} without overflow")


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
    if issubclass(kind, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{kind.__name__}'")
    raise RuntimeError(f"Could not infer dtype of {kind.__name__}")


def _from_sequence(data: Any, kind: Any) -> Any:
    found: list[Any] = []
    shape = _measure(data, found, 0)
    if kind is None:
        for each in found:
            kind = each if kind is None else meet(kind, each)
        kind = default.real if kind is None else kind
    if 0 in shape:
        return np.empty(shape, kind)
    plain = _unwrap(data)
    try:
        array = np.array(plain)
        if array.shape != shape or array.dtype == object:
            raise OverflowError
    except (OverflowError, ValueError):
        if kind.kind in "iu":
            raise ValueError("Overflow when unpacking long long") from None
        array = np.array(plain, dtype=kind)
    if array.dtype.kind == "c":
        _check_complex(kind)
    if array.dtype.kind in "iuf" and kind.kind in "iu" and array.size:
        _check_holds(kind, array.min().item(), array.max().item())
    return array.astype(kind, copy=False).reshape(shape)


def _measure(data: Any, kinds: list[Any], depth: int) -> tuple[int, ...]:
    """Shape of a nested sequence; collects the dtypes of its items. Raises ``ValueError`` if it is ragged."""
    if isinstance(data, TensorBase):  # stands for a number
        if data._array.size != 1:
            if data._array.dtype.kind in "biu":
                raise TypeError("only integer tensors of a single element can be converted to an index")
            raise ValueError("only one element tensors can be converted to Python scalars")
        kinds.append(data._array.dtype)
        return ()
    if isinstance(data, np.ndarray):
        warn_once(_SLOW, stacklevel=outside())
        kinds.append(data.dtype)
        return data.shape
    if not isinstance(data, (list, tuple)):
        if not _is_sequence(type(data)):
            kinds.append(_natural(type(data)))
            return ()
        data = list(data)
    if not data:
        kinds.append(default.real)
        return (0,)
    if depth > 127:
        raise TypeError("new(): self-referential lists are incompatible")
    if isinstance(data[0], str):
        raise ValueError("too many dimensions 'str'")
    types = set(map(type, data))
    if types <= _NUMBERS or not any(map(_holds_items, types)):
        kinds.extend(map(_natural, types))
        return (len(data),)
    shapes = [_measure(item, kinds, depth + 1) for item in data]
    for item, shape in zip(data, shapes):
        if shape != shapes[0] and 0 not in shapes[0]:  # PyTorch looks into the first item only
            raise _ragged(item, shapes[0], shape, depth)
    return (len(data), *shapes[0])


_SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
    "numpy.ndarray with numpy.array() before converting to a tensor."
)
_NUMBERS = frozenset((bool, int, float, complex))


def _holds_items(kind: type) -> bool:
    return issubclass(kind, (list, tuple, TensorBase, np.ndarray)) or _is_sequence(kind)


def _is_sequence(kind: type) -> bool:
    """Whether values of this class are sequences as C sees them; text and mappings are none."""
    return hasattr(kind, "__len__") and hasattr(kind, "__getitem__") and not issubclass(kind, _NO_SEQUENCES)


_NO_SEQUENCES = (str, bytes, dict, set, np.generic)


def _ragged(item: Any, first: tuple[int, ...], other: tuple[int, ...], depth: int) -> Exception:
    if not other:
        return TypeError("not a sequence")
    if not first:
        return TypeError(f"'{type(item).__name__}' object cannot be interpreted as an integer")
    for axis, (a, b) in enumerate(zip(first, other)):
        if a != b:
            return ValueError(f"expected sequence of length {a} at dim {depth + axis + 1} (got {b})")
    return ValueError(f"expected sequences of equal depth, got shapes {first} and {other}")


def _unwrap(data: Any) -> Any:
    if isinstance(data, TensorBase):
        return data._array.item()
    if isinstance(data, (list, tuple)):
        if any(isinstance(item, (TensorBase, list, tuple)) for item in data):
            return [_unwrap(item) for item in data]
        return data
    return data
