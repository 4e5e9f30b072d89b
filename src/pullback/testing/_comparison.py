"""assert_close: comparing tensors, numbers and containers of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pullback
from pullback.tensor import Tensor
from pullback.testing._pairs import (
    PAIRS,
    PRECISIONS,
    BooleanPair as BooleanPair,
    Mismatch,
    Mismatch as ErrorMeta,  # noqa: F401
    NonePair as NonePair,
    NumberPair as NumberPair,
    Pair as Pair,
    TensorLikePair as TensorLikePair,
    UnsupportedInputs as UnsupportedInputs,
    pair_of,
    widest,
)

__all__ = ["assert_allclose", "assert_close"]

_FORMER_PRECISIONS = {
    pullback.float16: (1e-3, 1e-3),
    pullback.float32: (1e-4, 1e-5),
    pullback.float64: (1e-5, 1e-8),
}


def default_tolerances(
    *inputs: Any, dtype_precisions: dict[Any, tuple[float, float]] | None = None
) -> tuple[float, float]:
    """The relative and absolute tolerance for tensors or dtypes: the widest of all.

    >>> default_tolerances(pullback.float16, pullback.ones(2))
    (0.001, 1e-05)
    """
    dtypes = tuple(each.dtype if isinstance(each, Tensor) else each for each in inputs)
    return widest(dtype_precisions or PRECISIONS, dtypes)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise unless two values are close: ``|actual - expected| <= atol + rtol * |expected|`` in every element.

    Args:
        actual: tensors, arrays or numbers, also in sequences and mappings.
        expected: the same, of the same structure.
        allow_subclasses: compare values of a class with such of a subclass.
        rtol: relative tolerance; by default that of the dtype (float32: 1.3e-6). Given with `atol` or not at all.
        atol: absolute tolerance; by default that of the dtype (float32: 1e-5).
        equal_nan: let NaN equal NaN.
        check_device: compare devices too.
        check_dtype: compare dtypes too, and types of numbers.
        check_layout: compare layouts too.
        check_stride: compare strides too.
        msg: a text for the error, or a function that makes one of the text it would have.

    Raises:
        AssertionError: where the values differ.
        TypeError: for values that cannot be compared.
        ValueError: if only one of `rtol` and `atol` is given.

    >>> import pullback as torch
    >>> assert_close(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0000001]))
    >>> assert_close([1, 2], [1, 3])
    Traceback (most recent call last):
    AssertionError: Scalars are not equal!
    <BLANKLINE>
    Expected 3 but got 2.
    Absolute difference: 1
    Relative difference: 0.3333333333333333
    <BLANKLINE>
    The failure occurred for item [1]
    """
    mismatches = not_close_error_metas(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_device=check_device,
        check_dtype=check_dtype, check_layout=check_layout, check_stride=check_stride,
        allow_subclasses=allow_subclasses,
    )  # fmt: skip
    if mismatches:
        raise mismatches[0].to_error(msg)


def not_close_error_metas(
    actual: Any,
    expected: Any,
    *,
    pair_types: Sequence[type[Pair]] = PAIRS,
    sequence_types: tuple[type, ...] = (Sequence,),
    mapping_types: tuple[type, ...] = (Mapping,),
    **options: Any,
) -> list[Mismatch]:
    """The differences of two values; one of structure alone, before any of values.

    Args:
        actual: a value or a container of values.
        expected: the same.
        pair_types: classes of pairs, asked in order.
        sequence_types: what is compared entry by entry.
        mapping_types: what is compared key by key.
        options: for the pairs.
    """
    containers = sequence_types, mapping_types
    try:
        pairs = list(_pairs(actual, expected, (), containers, pair_types, options))
    except Mismatch as mismatch:
        return [mismatch]
    return [found for pair in pairs if (found := _compare(pair)) is not None]


def _compare(pair: Pair) -> Mismatch | None:
    try:
        pair.compare()
    except Mismatch as mismatch:
        return mismatch
    except Exception as error:
        raise RuntimeError(
            f"Comparing\n\n{pair}\n\nresulted in the unexpected exception above. If you are a user and see this "
            "message during normal operation please file an issue at https://github.com/pytorch/pytorch/issues. If "
            "you are a developer and working on the comparison functions, please except the previous error and raise "
            "an expressive `ErrorMeta` instead."
        ) from error
    return None


def _pairs(
    actual: Any, expected: Any, place: tuple[Any, ...], containers: Any, kinds: Any, options: dict[str, Any]
) -> Iterator[Pair]:
    """The pairs of values that stand at the same places."""
    sequences, mappings = containers
    if all(isinstance(each, sequences) and not isinstance(each, str) for each in (actual, expected)):
        if len(actual) != len(expected):
            text = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
            raise Mismatch(AssertionError, text, place)
        for i, (one, other) in enumerate(zip(actual, expected)):
            yield from _pairs(one, other, (*place, i), containers, kinds, options)
    elif isinstance(actual, mappings) and isinstance(expected, mappings):
        missing, additional = set(expected) - set(actual), set(actual) - set(expected)
        if missing or additional:
            text = (
                "The keys of the mappings do not match:\n"
                f"Missing keys in the actual mapping: {sorted(missing)}\n"
                f"Additional keys in the actual mapping: {sorted(additional)}"
            )
            raise Mismatch(AssertionError, text, place)
        for key in _in_order(expected):
            yield from _pairs(actual[key], expected[key], (*place, key), containers, kinds, options)
    else:
        yield pair_of(actual, expected, place, kinds, options)


def _unwrap_dtensor_for_comparison(actual: Any, expected: Any) -> tuple[Any, Any]:
    """The values themselves: there are no distributed tensors here."""
    return actual, expected


def _in_order(keys: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(keys)
    except TypeError:
        return list(keys)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """The former `assert_close`: makes tensors of both values, in the dtype of `actual`, and is less strict."""
    warnings.warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. "
        "Please use `torch.testing.assert_close()` instead. You can find detailed upgrade instructions in "
        "https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
        stacklevel=2,
    )
    if not isinstance(actual, Tensor):
        actual = pullback.tensor(actual)
    if not isinstance(expected, Tensor):
        expected = pullback.tensor(expected, dtype=actual.dtype)
    if rtol is None and atol is None:
        rtol, atol = widest(_FORMER_PRECISIONS, (actual.dtype, expected.dtype))
    assert_close(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_device=True, check_dtype=False, msg=msg or None
    )  # fmt: skip
