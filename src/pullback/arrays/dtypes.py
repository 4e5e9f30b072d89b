"""PyTorch's dtypes, each a name for a NumPy dtype.

Values agree with https://docs.pytorch.org/docs/2.13/tensor_attributes.html#torch-dtype. A dtype object is a
singleton: it compares by identity, pickles by name and prints as ``torch.float32``.

bfloat16 is NumPy's by way of ml_dtypes, which takes 16 ms to load: it is loaded when somebody first asks for it, and
whoever keeps a table of NumPy's dtypes gets it then (`numpy_dtypes`, `when_loaded`).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np


class dtype:
    """The type of a tensor's elements, such as ``pullback.float32``.

    >>> import pullback as torch
    >>> torch.float32, torch.float32.itemsize, torch.float32.is_floating_point
    (torch.float32, 4, True)
    """

    __slots__ = ("category", "is_complex", "is_floating_point", "is_signed", "itemsize", "kind", "name", "numpy")

    name: str
    numpy: np.dtype[Any]
    itemsize: int
    is_floating_point: bool
    is_complex: bool
    is_signed: bool
    kind: str
    """NumPy's letter for the kind of number, so that rules may ask arrays and tensors alike."""
    category: int
    """0 bool, 1 integer, 2 floating point, 3 complex: the ladder of type promotion."""

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _by_name, (self.name,)

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo: Any) -> dtype:
        return self

    def to_complex(self) -> dtype:
        """The complex dtype of the same precision."""
        if self.name not in _TO_COMPLEX:
            raise RuntimeError(f"Unknown Complex ScalarType for {_SPOKEN.get(self.name) or self.name.capitalize()}")
        return _TO_COMPLEX[self.name]

    def to_real(self) -> dtype:
        """The real dtype of the same precision."""
        return _TO_REAL.get(self.name, self)


class _Late(dtype):
    """A dtype whose NumPy dtype is not loaded yet."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name != "numpy":
            raise AttributeError(f"'torch.dtype' object has no attribute {name!r}")
        return _load_bfloat16()


BY_NAME: dict[str, dtype] = {}
FROM_NUMPY: dict[np.dtype[Any], dtype] = {}


def _declare(name: str, numpy_type: Any, category: Any, signed: Any) -> dtype:
    new: dtype = object.__new__(dtype if numpy_type else _Late)
    new.name = name
    new.category = category
    new.is_floating_point = category == 2
    new.is_complex = category == 3
    new.is_signed = signed
    new.itemsize, new.kind = 2, "V"
    if numpy_type:
        new.numpy = np.dtype(numpy_type)
        new.itemsize, new.kind = new.numpy.itemsize, new.numpy.kind
        FROM_NUMPY[new.numpy] = new
    BY_NAME[name] = new
    return new


def _by_name(name: str) -> dtype:
    if name not in BY_NAME:
        rare: dict[str, dtype] = import_module("pullback.arrays.rare_dtypes").RARE
        return rare[name]
    return BY_NAME[name]


bool = _declare("bool", np.bool_, 0, False)
uint8 = _declare("uint8", np.uint8, 1, False)
uint16 = _declare("uint16", np.uint16, 1, False)
uint32 = _declare("uint32", np.uint32, 1, False)
uint64 = _declare("uint64", np.uint64, 1, False)
int8 = _declare("int8", np.int8, 1, True)
int16 = _declare("int16", np.int16, 1, True)
int32 = _declare("int32", np.int32, 1, True)
int64 = _declare("int64", np.int64, 1, True)
float16 = _declare("float16", np.float16, 2, True)
bfloat16 = _declare("bfloat16", None, 2, True)
float32 = _declare("float32", np.float32, 2, True)
float64 = _declare("float64", np.float64, 2, True)
complex64 = _declare("complex64", np.complex64, 3, True)
complex128 = _declare("complex128", np.complex128, 3, True)

short, int, long = int16, int32, int64
half, float, double = float16, float32, float64
cfloat, cdouble = complex64, complex128

_waiting: list[Callable[[np.dtype[Any]], object]] = []


def _load_bfloat16() -> np.dtype[Any]:
    import ml_dtypes

    found = np.dtype(ml_dtypes.bfloat16)
    if found not in FROM_NUMPY:
        bfloat16.numpy = found
        bfloat16.__class__ = dtype
        FROM_NUMPY[found] = bfloat16
        while _waiting:
            _waiting.pop(0)(found)
    return found


def when_loaded(action: Callable[[np.dtype[Any]], object]) -> None:
    """Call `action` with bfloat16's NumPy dtype, as soon as that is loaded."""
    if type(bfloat16) is dtype:
        action(bfloat16.numpy)
    else:
        _waiting.append(action)


def numpy_dtypes(chosen: Callable[[dtype], Any]) -> set[np.dtype[Any]]:
    """The NumPy dtypes of those `chosen`; bfloat16's joins the set when it is loaded.

    >>> sorted(map(str, numpy_dtypes(lambda each: each.is_complex and each.itemsize > 4)))
    ['complex128', 'complex64']
    """
    found = {each.numpy for each in (*BY_NAME.values(), *_joined) if each is not bfloat16 and chosen(each)}
    if chosen(bfloat16):
        when_loaded(found.add)
    _sets.append((chosen, found))
    return found


_sets: list[tuple[Callable[[dtype], Any], set[np.dtype[Any]]]] = []
_joined: list[dtype] = []


def join(new: dtype) -> None:
    """Let a rare dtype, now that somebody asked for it, be one of those with arrays."""
    FROM_NUMPY[new.numpy] = new
    _joined.append(new)
    for chosen, found in _sets:
        if chosen(new):
            found.add(new.numpy)
    for action in _actions:
        action(new.numpy)


_actions: list[Callable[[np.dtype[Any]], object]] = []


def when_joined(action: Callable[[np.dtype[Any]], object]) -> None:
    """Call `action` with the NumPy dtype of each rare dtype, as soon as it is asked for."""
    for each in _joined:
        action(each.numpy)
    _actions.append(action)


def is_half(each: dtype) -> Any:
    """Whether `each` is float16 or bfloat16."""
    return each.category == 2 == each.itemsize


def is_bfloat16(numpy_dtype: Any) -> Any:
    """Whether a NumPy dtype is bfloat16's."""
    return FROM_NUMPY.get(numpy_dtype) is bfloat16


_TO_COMPLEX = {
    "float16": complex64,  # NumPy has no complex of two half floats
    "bfloat16": complex64,
    "float32": complex64,
    "float64": complex128,
    "complex64": complex64,
    "complex128": complex128,
}
_TO_REAL = {"complex32": float16, "complex64": float32, "complex128": float64}


def from_numpy(numpy_dtype: Any) -> dtype:
    """The torch dtype of a NumPy dtype; ``TypeError`` where PyTorch has none.

    >>> from_numpy(np.dtype("f4"))
    torch.float32
    """
    found = FROM_NUMPY.get(numpy_dtype)
    if found is None:
        wanted = np.dtype(numpy_dtype)
        if wanted.name == "bfloat16":  # made by ml_dtypes before anybody here asked for it
            _load_bfloat16()
        found = FROM_NUMPY.get(wanted.newbyteorder("="))
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{wanted.type.__name__}. The only supported types are: float64, float32, "
            "float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found


_SPOKEN = {
    "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double",
    "complex32": "ComplexHalf", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
}  # fmt: skip


def spoken(numpy_dtype: Any) -> str:
    """PyTorch's word for a NumPy dtype in messages: ``Float`` for float32.

    >>> spoken(np.dtype("i8"))
    'Long'
    """
    name = from_numpy(numpy_dtype).name
    return _SPOKEN.get(name) or name.capitalize()
