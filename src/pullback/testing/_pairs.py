"""Two values side by side: how each kind is compared, and what is said where they differ.

A pair is made by a function that gives `None` for values of another kind. `Mismatch` carries what differs; the place
in nested containers is added where it is known.
"""

from __future__ import annotations

import cmath
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

import pullback
from pullback.tensor import Tensor

PRECISIONS: dict[Any, tuple[float, float]] = {
    pullback.float16: (1e-3, 1e-5),
    pullback.bfloat16: (1.6e-2, 1e-5),
    pullback.float32: (1.3e-6, 1e-5),
    pullback.float64: (1e-7, 1e-7),
    pullback.complex64: (1.3e-6, 1e-5),
    pullback.complex128: (1e-7, 1e-7),
}
"""Relative and absolute tolerance of each dtype; integers and booleans have none."""
_DTYPE_OF_NUMBER: dict[type, Any] = {int: pullback.int64, float: pullback.float64, complex: pullback.complex128}


class Mismatch(Exception):
    """What differs between two values, as the type and the text of an error, and where they stand."""

    def __init__(self, kind: type[Exception], text: str, place: tuple[Any, ...] = ()) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.place = place

    def error(self, msg: Any = None) -> Exception:
        """The error to raise; `msg` replaces its text, or is a function that does."""
        text = self.text
        if self.place:
            text += f"\n\nThe failure occurred for item {''.join(f'[{entry!r}]' for entry in self.place)}"
        if callable(msg):
            text = msg(text)
        return self.kind(msg if isinstance(msg, str) and msg else text)


@dataclass(frozen=True)
class Options:
    """How to compare."""

    rtol: float | None = None
    atol: float | None = None
    equal_nan: bool = False
    check_device: bool = True
    check_dtype: bool = True
    check_layout: bool = True
    check_stride: bool = False
    allow_subclasses: bool = True

    def tolerances(self, *dtypes: Any) -> tuple[float, float]:
        """Relative and absolute tolerance for values of these dtypes."""
        if self.rtol is not None and self.atol is not None:
            return self.rtol, self.atol
        return widest(PRECISIONS, dtypes)


def widest(precisions: dict[Any, tuple[float, float]], dtypes: tuple[Any, ...]) -> tuple[float, float]:
    """The largest tolerances of several dtypes."""
    found = [precisions.get(dtype, (0.0, 0.0)) for dtype in dtypes]
    return max(rtol for rtol, _ in found), max(atol for _, atol in found)


@dataclass
class Pair:
    """Two values, and where they stand in nested containers."""

    id: tuple[Any, ...]
    actual: Any
    expected: Any
    options: Options

    def compare(self) -> None:
        """Raise `Mismatch` where the values differ."""
        raise NotImplementedError

    def fail(self, text: str) -> Mismatch:
        """A difference between these two."""
        return Mismatch(AssertionError, text, self.id)

    def __repr__(self) -> str:
        shown = {"id": self.id, "actual": self.actual, "expected": self.expected}
        rtol, atol = self.options.tolerances() if self.options.rtol is not None else (None, None)
        shown |= {field.name: getattr(self.options, field.name) for field in fields(Options)[2:-1]}
        order = ["id", "actual", "expected", "rtol", "atol", *(field.name for field in fields(Options)[2:-1])]
        shown |= {"rtol": rtol, "atol": atol}
        return f"{type(self).__name__}(\n" + "".join(f"    {name}={shown[name]!r},\n" for name in order) + ")"


class NonePair(Pair):
    """One of the values is `None`: the other must be, too."""

    def compare(self) -> None:
        if not self.actual is self.expected is None:
            raise self.fail(f"None mismatch: {self.actual} is not {self.expected}")


class BooleanPair(Pair):
    """Two booleans."""

    def compare(self) -> None:
        actual, expected = bool(self.actual), bool(self.expected)
        if actual is not expected:
            raise self.fail(f"Booleans mismatch: {actual} is not {expected}")


class NumberPair(Pair):
    """Two numbers."""

    def compare(self) -> None:
        actual, expected = (
            each.item() if isinstance(each, np.number) else each for each in (self.actual, self.expected)
        )
        kinds = type(actual), type(expected)
        if self.options.check_dtype and kinds[0] is not kinds[1]:
            raise self.fail(f"The (d)types do not match: {kinds[0]} != {kinds[1]}.")
        rtol, atol = self.options.tolerances(*(_DTYPE_OF_NUMBER[kind] for kind in kinds))
        if actual == expected or (self.options.equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
            return
        difference = abs(actual - expected)
        if cmath.isfinite(difference) and difference <= atol + rtol * abs(expected):
            return
        relative = difference / abs(expected) if expected else float("inf")
        raise self.fail(_scalar_text(actual, expected, difference, relative, rtol, atol))


def _scalar_text(actual: Any, expected: Any, difference: Any, relative: Any, rtol: float, atol: float) -> str:
    exact = rtol == 0 and atol == 0
    ends = ("", "") if exact else (f" (up to {atol} allowed)", f" (up to {rtol} allowed)")
    return (
        f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}.\n"
        f"Absolute difference: {difference}{ends[0]}\nRelative difference: {relative}{ends[1]}"
    )


class TensorLikePair(Pair):
    """Two tensors, or two values that tensors can be made of."""

    def compare(self) -> None:
        actual, expected = self.actual, self.expected
        self._compare_attributes(actual, expected)
        rtol, atol = self.options.tolerances(actual.dtype, expected.dtype)
        if actual.dtype is not expected.dtype:
            common = pullback.promote_types(actual.dtype, expected.dtype)
            actual, expected = actual.to(common), expected.to(common)
        matches = pullback.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=self.options.equal_nan)
        if not matches.all():
            raise self.fail(_text(actual, expected, matches, rtol, atol))

    def _compare_attributes(self, actual: Tensor, expected: Tensor) -> None:
        options = self.options
        for name, checked in (
            ("shape", True),
            ("layout", options.check_layout),
            ("device", options.check_device),
            ("dtype", options.check_dtype),
        ):
            ours, theirs = getattr(actual, name), getattr(expected, name)
            if checked and ours != theirs:
                raise self.fail(f"The values for attribute '{name}' do not match: {ours} != {theirs}.")
        if options.check_stride and actual.stride() != expected.stride():
            raise self.fail(
                f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}."
            )


def _text(actual: Tensor, expected: Tensor, matches: Tensor, rtol: float, atol: float) -> str:
    """What is said of tensors: how many elements differ, and the greatest differences."""
    if actual.dtype in (pullback.bool, *_INTEGERS):
        actual, expected = actual.to(pullback.int64), expected.to(pullback.int64)
    differences = (actual - expected).abs()
    relative = differences / expected.abs()
    if not actual.ndim:
        return _scalar_text(*(each.item() for each in (actual, expected, differences, relative)), rtol, atol)
    exact = rtol == 0 and atol == 0
    count, missed = matches.numel(), int((~matches).sum())
    lines = [
        f"Tensor-likes are not {'equal' if exact else 'close'}!\n",
        f"Mismatched elements: {missed} / {count} ({missed / count:.1%})",
    ]
    for name, values, allowed in (("absolute", differences, atol), ("relative", relative, rtol)):
        flat = values.flatten()
        flat[matches.flatten()] = 0
        value, position = pullback.max(flat, 0)
        index = tuple(int(i) for i in np.unravel_index(int(position), tuple(values.shape)))
        end = "" if exact else f" (up to {allowed} allowed)"
        lines.append(f"Greatest {name} difference: {value.item()} at index {index}{end}")
    return "\n".join(lines)


_INTEGERS = (
    pullback.uint8, pullback.uint16, pullback.uint32, pullback.uint64, pullback.int8, pullback.int16, pullback.int32,
)  # fmt: skip


def pair_of(actual: Any, expected: Any, place: tuple[Any, ...], options: Options) -> Pair:
    """The pair for two values that are no containers.

    Raises:
        Mismatch: with a ``TypeError`` for kinds that are not compared.
    """
    if actual is None or expected is None:
        return NonePair(place, actual, expected, options)
    both = (actual, expected)
    if all(isinstance(each, (bool, np.bool_)) for each in both):
        return BooleanPair(place, actual, expected, options)
    if all(isinstance(each, (int, float, complex, np.number)) for each in both):
        return NumberPair(place, actual, expected, options)
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if related and (options.allow_subclasses or type(actual) is type(expected)):
        tensors = [_as_tensor(each) for each in both]
        if None not in [type(each) if each is not None else None for each in tensors]:
            return TensorLikePair(place, *tensors, options)
    raise Mismatch(
        TypeError, f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.", place
    )


def _as_tensor(value: Any) -> Tensor | None:
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, str):
        return None
    try:
        return pullback.as_tensor(value)
    except Exception:
        return None
