"""Scalars go the short way round; constants keep the dtype of what they stand beside."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pullback.arrays.bounds import lowered, raised
from pullback.arrays.constants import constant
from pullback.arrays.quotients import truncated_quotient
from pullback.arrays.signs import sign_of


@pytest.mark.parametrize(("x", "bound"), [(1.0, 2.0), (3.0, 2.0), (math.nan, 2.0), (1.0, math.nan), (2.0, 2.0)])
def test_bounds_of_scalars_are_those_of_arrays(x: float, bound: float) -> None:
    a, b = np.float64(x), np.float64(bound)
    np.testing.assert_array_equal(raised(a, b), np.maximum(a, b))
    np.testing.assert_array_equal(lowered(a, b), np.minimum(a, b))


def test_constant_takes_the_dtype_and_keeps_the_sign_of_zero() -> None:
    like = np.ones(2, np.float16)
    assert constant(0.5, like).dtype == np.float16
    assert constant(0.5, np.float32(1)) == 0.5 and isinstance(constant(0.5, np.float32(1)), float)
    assert math.copysign(1, constant(0.0, like)) == 1 and math.copysign(1, constant(-0.0, like)) == -1


def test_sign_of_nan_is_zero() -> None:
    assert sign_of(np.array([np.nan, -2.0])).tolist() == [0.0, -1.0]
    assert sign_of(np.array([3 + 4j, 0])).tolist() == [pytest.approx(0.6 + 0.8j), 0]
    assert sign_of(np.array([3, 0], np.uint8)).dtype == np.uint8


def test_truncated_quotient_is_cs() -> None:
    a, b = np.array([-7, 7, -8, 7]), np.array([2, -2, 4, 2])
    assert truncated_quotient(a, b).tolist() == [-3, -3, -2, 3]
    assert truncated_quotient(a / 1.0, b).tolist() == [-3, -3, -2, 3]
