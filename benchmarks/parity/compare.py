"""Two results, one from each library, compared as plain data; knows NumPy only.

`snapshot` reduces a result (tensors nested in lists, tuples and dicts) to arrays, dtype names and shapes;
`difference` says in one line how two snapshots differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """How far values may lie apart: ``absolute · max(1, largest expected) + relative · |expected|``."""

    relative: float
    absolute: float

    def widened(self, factor: float) -> Tolerance:
        return Tolerance(self.relative * factor, self.absolute * factor)


# PyTorch's own tolerances of `testing.assert_close`, by dtype; integers and booleans are exact. In 16 bits the absolute
# one is a rounding of the largest value: PyTorch's kernels differ among themselves in when they round.
TOLERANCES = {
    "float16": Tolerance(1e-3, 1e-3),
    "bfloat16": Tolerance(1.6e-2, 8e-3),
    "float32": Tolerance(1.3e-6, 1e-5),
    "complex64": Tolerance(1.3e-6, 1e-5),
    "float64": Tolerance(1e-7, 1e-7),
    "complex128": Tolerance(1e-7, 1e-7),
}
EXACT = Tolerance(0.0, 0.0)
UNTOLD = (object, BaseException, Exception)  # ancestors that relate any two exceptions


WITHOUT_NUMPY = ("complex32", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz")


class NotSampled(Exception):
    """A sample that cannot be rebuilt for the other library, or compared; the message is the reason."""


@dataclass(frozen=True)
class Array:
    """A tensor as plain data; `values` is None where they are not to be compared."""

    dtype: str
    shape: tuple[int, ...]
    values: np.ndarray | None


ANYTHING = "anything: PyTorch contradicts itself"
"""What PyTorch leaves open; everything agrees with it."""


@dataclass(frozen=True)
class Raised:
    """An exception: its type with its ancestors, by name, and the first line of its message."""

    names: tuple[str, ...]
    message: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        names = tuple(kind.__name__ for kind in type(error).__mro__ if kind not in UNTOLD)
        return cls(names or (type(error).__name__,), (str(error).splitlines() or [""])[0])

    def is_related(self, other: Raised) -> bool:
        """Whether one type is the other, by name, or a subclass of it."""
        return other.names[0] in self.names or self.names[0] in other.names

    def __str__(self) -> str:
        return f"{self.names[0]}: {self.message}"[:200]


def _values(tensor: Any, library: ModuleType) -> np.ndarray:
    plain = tensor.detach().resolve_conj().resolve_neg().clone()
    if plain.dtype is library.bfloat16:
        bits: np.ndarray = plain.contiguous().view(library.int16).numpy().view(np.uint16)
        return (bits.astype(np.uint32) << 16).view(np.float32)
    values: np.ndarray = plain.numpy()
    return values


def snapshot(tree: Any, library: ModuleType, values: bool = True) -> Any:
    """`tree` with tensors of `library` as `Array`s and sequences as lists; `values` False: types only."""
    if isinstance(tree, library.Tensor):
        dtype = str(tree.dtype).rpartition(".")[2]
        if dtype in WITHOUT_NUMPY:
            raise NotSampled(f"NumPy has no {dtype}")
        return Array(dtype, tuple(tree.shape), _values(tree, library) if values else None)
    if isinstance(tree, list | tuple):
        return [snapshot(item, library, values) for item in tree]
    if isinstance(tree, dict):
        return {key: snapshot(item, library, values) for key, item in tree.items()}
    return tree


def _array_difference(ours: Array, theirs: Array, widen: float) -> str | None:
    for name in ("dtype", "shape"):
        if getattr(ours, name) != getattr(theirs, name):
            return f"{name} {getattr(ours, name)}, torch {getattr(theirs, name)}"
    if ours.values is None or theirs.values is None or theirs.values.size == 0:
        return None
    return values_difference(ours.values, theirs.values, TOLERANCES.get(theirs.dtype, EXACT).widened(widen))


def values_difference(ours: np.ndarray, theirs: np.ndarray, tolerance: Tolerance) -> str | None:
    """How many values lie outside `tolerance`, and the first of them; None when none does. NaN equals NaN."""
    finite = np.abs(theirs[np.isfinite(theirs)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    if tolerance == EXACT:
        apart = ours != theirs
    else:
        with np.errstate(all="ignore"):
            apart = ~np.isclose(ours, theirs, tolerance.relative, tolerance.absolute * scale, equal_nan=True)
    if not apart.any():
        return None
    first = np.argwhere(apart)[0] if apart.ndim else ()
    at = tuple(int(i) for i in first)
    place = f" at {list(at)}" if at else ""
    return f"{int(apart.sum())} of {theirs.size} values differ: {ours[at]}{place}, torch {theirs[at]}"


def _or_zeros(value: Any, like: Any) -> Any:
    """`value`, or zeros like the array `like` where there is none."""
    if value is None and isinstance(like, Array) and like.values is not None:
        return Array(like.dtype, like.shape, np.zeros_like(like.values))
    return value


def difference(ours: Any, theirs: Any, widen: float = 1.0, none_is_zero: bool = False) -> str | None:
    """One line that says where two snapshots differ, or None.

    Args:
        widen: factor on the tolerances of `TOLERANCES`.
        none_is_zero: take an absent derivative for zeros, as a sum does.
    """
    if isinstance(theirs, str) and theirs == ANYTHING:
        return None
    if none_is_zero:
        ours, theirs = _or_zeros(ours, theirs), _or_zeros(theirs, ours)
    if isinstance(ours, Array) and isinstance(theirs, Array):
        return _array_difference(ours, theirs, widen)
    if isinstance(ours, Raised) and isinstance(theirs, Raised) and ours.is_related(theirs):
        return None
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return f"keys {list(ours)}, torch {list(theirs)}"
        pairs: Any = ((f"{key!s}: ", ours[key], theirs[key]) for key in theirs)
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{len(ours)} items, torch {len(theirs)}"
        pairs = ((f"[{i}] ", mine, other) for i, (mine, other) in enumerate(zip(ours, theirs)))
    else:
        return _plain_difference(ours, theirs, widen)
    found = ((place, difference(mine, other, widen, none_is_zero)) for place, mine, other in pairs)
    return next((f"{place}{text}" for place, text in found if text), None)


def _plain_difference(ours: Any, theirs: Any, widen: float) -> str | None:
    if type(ours) is type(theirs) and isinstance(ours, float | complex):
        return values_difference(np.array(ours), np.array(theirs), TOLERANCES["float64"].widened(widen))
    if type(ours) is type(theirs) and ours == theirs:
        return None
    return f"{_brief(ours)}, torch {_brief(theirs)}"


def _brief(value: Any) -> str:
    if isinstance(value, Array):
        return f"a tensor {value.shape}"
    if isinstance(value, Raised):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_brief, value))}]"[:80]
    return f"{value!r} ({type(value).__name__})"[:80]
