"""Which dtypes operators store in ``out=``."""

from __future__ import annotations

import warnings

import pytest

import pullback as torch


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda out: torch.mm(torch.ones(2, 2), torch.ones(2, 2), out=out), "Expected out tensor to have dtype float"),
        (lambda out: torch.floor(torch.ones(2), out=out), "Found dtype ComplexFloat but expected Float"),
        (lambda out: torch.isposinf(torch.ones(2), out=out), "isposinf does not support non-boolean outputs"),
        (lambda out: torch.nansum(torch.ones(2), out=out), "nansum_cpu"),
    ],
)
def test_some_operators_want_the_dtype_of_the_result(call: object, message: str) -> None:
    out = torch.zeros(0, dtype=torch.complex64)
    with pytest.raises((RuntimeError, NotImplementedError), match=message):
        call(out)  # type: ignore[operator]
    assert out.numel() == 0


def test_others_store_in_any_dtype_to_which_the_result_can_be_cast() -> None:
    out = torch.zeros(2, dtype=torch.complex64)
    assert torch.add(torch.ones(2), 1, out=out) is out
    assert out.tolist() == [2, 2]
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        torch.add(torch.ones(2), 1, out=torch.zeros(2, dtype=torch.int64))


def test_running_sums_are_taken_in_the_dtype_of_out() -> None:
    out = torch.zeros(3, dtype=torch.int64)
    torch.cumsum(torch.tensor([1.9, 1.9, 1.9]), 0, out=out)
    assert out.tolist() == [1, 2, 3]


def test_a_comparison_may_be_stored_where_a_gradient_is_asked_for() -> None:
    out = torch.zeros(2, requires_grad=True)
    torch.eq(torch.ones(2), 1, out=out)
    assert out.tolist() == [1.0, 1.0]


def test_creation_gives_out_its_shape_without_a_warning_and_arithmetic_with_one() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.ones(2, out=torch.zeros(3)).tolist() == [1.0, 1.0]
    with pytest.warns(UserWarning, match="was resized"):
        torch.add(torch.ones(2), 1, out=torch.zeros(3))
