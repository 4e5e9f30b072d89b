"""Two values side by side: how each kind is compared, and what is said where they differ.

A pair's class raises `UnsupportedInputs` for values of another kind. `Mismatch` carries what differs; the place in
nested containers is added where it is known. Classes may be derived that take further kinds of values, by
`_process_inputs` and the conversions it calls.
"""

from __future__ import annotations

import cmath
from typing import Any, ClassVar, NoReturn

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


class Mismatch(Exception):
    """What differs between two values, as the type and the text of an error, and where they stand."""

    def __init__(self, kind: type[Exception], text: str, place: tuple[Any, ...] = ()) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.place = place

    def to_error(self, msg: Any = None) -> Exception:
        """The error to raise; `msg` replaces its text, or is a function that does."""
        text = self.text
        if self.place:
            text += f"\n\nThe failure occurred for item {''.join(f'[{entry!r}]' for entry in self.place)}"
        if callable(msg):
            text = msg(text)
        return self.kind(msg if isinstance(msg, str) and msg else text)


class UnsupportedInputs(Exception):
    """A class of pairs does not compare values of these kinds."""


def tolerances(*dtypes: Any, rtol: float | None, atol: float | None, id: tuple[Any, ...] = ()) -> tuple[float, float]:
    """Relative and absolute tolerance for values of these dtypes, unless both are given."""
    if (rtol is None) ^ (atol is None):
        raise Mismatch(
            ValueError,
            "Both 'rtol' and 'atol' must be either specified or omitted, "
            f"but got no {'rtol' if rtol is None else 'atol'}.",
            id,
        )
    return widest(PRECISIONS, dtypes) if rtol is None or atol is None else (rtol, atol)


def widest(precisions: dict[Any, tuple[float, float]], dtypes: tuple[Any, ...]) -> tuple[float, float]:
    """The largest tolerances of several dtypes."""
    found = [precisions.get(dtype, (0.0, 0.0)) for dtype in dtypes]
    return max(rtol for rtol, _ in found), max(atol for _, atol in found)


class Pair:
    """Two values, and where they stand in nested containers. Parameters that a class does not know are passed over."""

    _shown: ClassVar[tuple[str, ...]] = ("id", "actual", "expected")

    def __init__(self, actual: Any, expected: Any, *, id: tuple[Any, ...] = (), **others: Any) -> None:
        self.actual, self.expected, self.id = actual, expected, id

    def compare(self) -> None:
        """Raise `Mismatch` where the values differ."""
        raise NotImplementedError

    @staticmethod
    def _inputs_not_supported() -> NoReturn:
        raise UnsupportedInputs

    @staticmethod
    def _check_inputs_isinstance(*inputs: Any, cls: Any) -> None:
        if not all(isinstance(each, cls) for each in inputs):
            raise UnsupportedInputs

    def _fail(self, type: type[Exception], msg: str, *, id: tuple[Any, ...] = ()) -> NoReturn:
        # The place is asked for before the constructor has set it.
        raise Mismatch(type, msg, id or getattr(self, "id", ()))

    def __repr__(self) -> str:
        shown = "".join(f"    {name}={getattr(self, name)!r},\n" for name in self._shown)
        return f"{type(self).__name__}(\n{shown})"


class NonePair(Pair):
    """One of the values is `None`: the other must be, too."""

    def __init__(self, actual: Any, expected: Any, **others: Any) -> None:
        if actual is not None and expected is not None:
            self._inputs_not_supported()
        super().__init__(actual, expected, **others)

    def compare(self) -> None:
        if not self.actual is self.expected is None:
            self._fail(AssertionError, f"None mismatch: {self.actual} is not {self.expected}")


class BooleanPair(Pair):
    """Two booleans."""

    _supported_types: ClassVar[tuple[type, ...]] = (bool, np.bool_)

    def __init__(self, actual: Any, expected: Any, *, id: tuple[Any, ...] = (), **others: Any) -> None:
        actual, expected = self._process_inputs(actual, expected, id=id)
        super().__init__(actual, expected, id=id, **others)

    def _process_inputs(self, actual: Any, expected: Any, *, id: tuple[Any, ...]) -> Any:
        self._check_inputs_isinstance(actual, expected, cls=self._supported_types)
        return [self._to_bool(each, id=id) for each in (actual, expected)]

    def _to_bool(self, bool_like: Any, *, id: tuple[Any, ...]) -> bool:
        if isinstance(bool_like, self._supported_types):
            return bool(bool_like)
        raise Mismatch(TypeError, f"Unknown boolean type {type(bool_like)}.", id)

    def compare(self) -> None:
        if self.actual is not self.expected:
            self._fail(AssertionError, f"Booleans mismatch: {self.actual} is not {self.expected}")


class NumberPair(Pair):
    """Two numbers."""

    _shown = ("id", "actual", "expected", "rtol", "atol", "equal_nan", "check_dtype")
    _supported_types: ClassVar[tuple[type, ...]] = (int, float, complex, np.number)
    _TYPE_TO_DTYPE: ClassVar[dict[type, Any]] = {
        int: pullback.int64, float: pullback.float64, complex: pullback.complex128,
    }  # fmt: skip

    def __init__(
        self,
        actual: Any,
        expected: Any,
        *,
        id: tuple[Any, ...] = (),
        rtol: float | None = None,
        atol: float | None = None,
        equal_nan: bool = False,
        check_dtype: bool = False,
        **others: Any,
    ) -> None:
        actual, expected = self._process_inputs(actual, expected, id=id)
        super().__init__(actual, expected, id=id, **others)
        dtypes = [self._TYPE_TO_DTYPE[type(each)] for each in (actual, expected)]
        self.rtol, self.atol = tolerances(*dtypes, rtol=rtol, atol=atol, id=id)
        self.equal_nan, self.check_dtype = equal_nan, check_dtype

    def _process_inputs(self, actual: Any, expected: Any, *, id: tuple[Any, ...]) -> Any:
        self._check_inputs_isinstance(actual, expected, cls=self._supported_types)
        return [self._to_number(each, id=id) for each in (actual, expected)]

    def _to_number(self, number_like: Any, *, id: tuple[Any, ...]) -> Any:
        if isinstance(number_like, np.number):
            return number_like.item()
        if isinstance(number_like, self._supported_types):
            return number_like
        raise Mismatch(TypeError, f"Unknown number type {type(number_like)}.", id)

    def compare(self) -> None:
        actual, expected = self.actual, self.expected
        kinds = type(actual), type(expected)
        if self.check_dtype and kinds[0] is not kinds[1]:
            self._fail(AssertionError, f"The (d)types do not match: {kinds[0]} != {kinds[1]}.")
        if actual == expected or (self.equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
            return
        difference = abs(actual - expected)
        if cmath.isfinite(difference) and difference <= self.atol + self.rtol * abs(expected):
            return
        relative = difference / abs(expected) if expected else float("inf")
        self._fail(AssertionError, _scalar_text(actual, expected, difference, relative, self.rtol, self.atol))


def _scalar_text(actual: Any, expected: Any, difference: Any, relative: Any, rtol: float, atol: float) -> str:
    exact = rtol == 0 and atol == 0
    ends = ("", "") if exact else (f" (up to {atol} allowed)", f" (up to {rtol} allowed)")
    return (
        f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}.\n"
        f"Absolute difference: {difference}{ends[0]}\nRelative difference: {relative}{ends[1]}"
    )


class TensorLikePair(Pair):
    """Two tensors, or two values that tensors can be made of."""

    _shown = (
        "id", "actual", "expected", "rtol", "atol", "equal_nan", "check_device", "check_dtype", "check_layout",
        "check_stride",
    )  # fmt: skip

    def __init__(
        self,
        actual: Any,
        expected: Any,
        *,
        id: tuple[Any, ...] = (),
        allow_subclasses: bool = True,
        rtol: float | None = None,
        atol: float | None = None,
        equal_nan: bool = False,
        check_device: bool = True,
        check_dtype: bool = True,
        check_layout: bool = True,
        check_stride: bool = False,
        **others: Any,
    ) -> None:
        actual, expected = self._process_inputs(actual, expected, id=id, allow_subclasses=allow_subclasses)
        super().__init__(actual, expected, id=id, **others)
        self.rtol, self.atol = tolerances(actual.dtype, expected.dtype, rtol=rtol, atol=atol, id=id)
        self.equal_nan, self.check_device, self.check_dtype = equal_nan, check_device, check_dtype
        self.check_layout, self.check_stride = check_layout, check_stride

    def _process_inputs(self, actual: Any, expected: Any, *, id: tuple[Any, ...], allow_subclasses: bool) -> Any:
        related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
        if not related or not (allow_subclasses or type(actual) is type(expected)):
            self._inputs_not_supported()
        actual, expected = (self._to_tensor(each) for each in (actual, expected))
        for tensor in (actual, expected):
            self._check_supported(tensor, id=id)
        return actual, expected

    def _to_tensor(self, tensor_like: Any) -> Any:
        if isinstance(tensor_like, Tensor):
            return tensor_like.detach()
        if isinstance(tensor_like, str):
            self._inputs_not_supported()
        try:
            return pullback.as_tensor(tensor_like)
        except Exception:
            self._inputs_not_supported()

    def _check_supported(self, tensor: Any, *, id: tuple[Any, ...]) -> None:
        if tensor.layout is not pullback.strided and repr(tensor.layout) not in _INDICES:
            raise Mismatch(ValueError, f"Unsupported tensor layout {tensor.layout}", id)

    def compare(self) -> None:
        actual, expected = self.actual, self.expected
        self._compare_attributes(actual, expected)
        if actual.dtype is not expected.dtype:
            common = pullback.promote_types(actual.dtype, expected.dtype)
            actual, expected = actual.to(common), expected.to(common)
        if actual.layout is not expected.layout:
            actual, expected = actual.to_dense(), expected.to_dense()
        if actual.layout is pullback.strided:
            self._compare_values("Tensor-likes", actual, expected, self.rtol, self.atol)
        else:
            self._compare_sparse(actual, expected)

    def _compare_sparse(self, actual: Any, expected: Any) -> None:
        layout = repr(actual.layout)
        name, parts = f"Sparse {layout[-3:].upper()}", _INDICES[layout]
        if actual._nnz() != expected._nnz():
            told = f"{actual._nnz()} != {expected._nnz()}"
            self._fail(AssertionError, f"The number of specified values in s{name[1:]} tensors does not match: {told}")
        for part in parts:
            self._compare_values(f"{name} {part.strip('_')}", getattr(actual, part)(), getattr(expected, part)(), 0, 0)
        read = "_values" if name == "Sparse COO" else "values"
        self._compare_values(f"{name} values", getattr(actual, read)(), getattr(expected, read)(), self.rtol, self.atol)

    def _compare_values(self, name: str, actual: Any, expected: Any, rtol: float, atol: float) -> None:
        matches = pullback.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=self.equal_nan)
        if not matches.all():
            self._fail(AssertionError, _text(actual, expected, matches, rtol, atol, name))

    def _compare_attributes(self, actual: Tensor, expected: Tensor) -> None:
        for name, checked in (
            ("shape", True),
            ("layout", self.check_layout),
            ("device", self.check_device),
            ("dtype", self.check_dtype),
        ):
            ours, theirs = getattr(actual, name), getattr(expected, name)
            if checked and ours != theirs:
                self._fail(AssertionError, f"The values for attribute '{name}' do not match: {ours} != {theirs}.")
        if self.check_stride and actual.stride() != expected.stride():
            self._fail(
                AssertionError,
                f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}.",
            )


_INDICES = {
    "torch.sparse_coo": ("_indices",),
    "torch.sparse_csr": ("crow_indices", "col_indices"),
    "torch.sparse_csc": ("ccol_indices", "row_indices"),
}
"""How the places of values are called in each sparse layout."""


def _text(actual: Tensor, expected: Tensor, matches: Tensor, rtol: float, atol: float, kind: str) -> str:
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
        f"{kind} are not {'equal' if exact else 'close'}!\n",
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


PAIRS: tuple[type[Pair], ...] = (NonePair, BooleanPair, NumberPair, TensorLikePair)


def pair_of(actual: Any, expected: Any, place: tuple[Any, ...], kinds: Any, options: dict[str, Any]) -> Pair:
    """The pair for two values that are no containers, of the first class that takes them.

    Raises:
        Mismatch: with a ``TypeError`` for kinds that are not compared.
    """
    for kind in kinds:
        try:
            return kind(actual, expected, id=place, **options)  # type: ignore[no-any-return]
        except UnsupportedInputs:
            continue
    raise Mismatch(
        TypeError, f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.", place
    )
