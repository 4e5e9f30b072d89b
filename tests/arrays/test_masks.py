"""Choosing by a mask: small, large, scalar, strided; exact whatever is masked out."""

from __future__ import annotations

import numpy as np
import pytest

from pullback.arrays.masks import choose, drop, keep

DTYPES = ("f2", "f4", "f8", "c8", "c16", "i4", "i8", "u1")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(7,), (90, 100)])
def test_equals_where(dtype: str, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    a, b = ((random.standard_normal(shape) * 20).astype(dtype) for _ in range(2))
    mask = random.random(shape) < 0.5
    for x, y, m in ((a, b, mask), (a.T, b.T, mask.T), (a[::2], b[::2], mask[::2]), (a, b, mask.copy(order="F"))):
        for found, expected in (
            (keep(x, m), np.where(m, x, 0)),
            (drop(x, m), np.where(m, 0, x)),
            (choose(m, x, y), np.where(m, x, y)),
        ):
            assert found.dtype == x.dtype
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("count", [3, 9000])
def test_what_is_masked_out_may_be_anything(count: int) -> None:
    a = np.resize(np.array([np.inf, np.nan, 2.0], np.float32), count)
    mask = np.resize(np.array([False, False, True]), count)
    assert keep(a, mask)[:3].tolist() == [0.0, 0.0, 2.0]
    assert drop(a, ~mask)[:3].tolist() == [0.0, 0.0, 2.0]
    assert choose(mask, a, np.ones_like(a))[:3].tolist() == [1.0, 1.0, 2.0]


def test_scalars_stay_scalars() -> None:
    x = np.float32(3)
    assert keep(x, np.False_) == 0 and isinstance(keep(x, np.False_), np.float32)
    assert drop(x, np.False_) is x
    assert choose(np.True_, x, np.float32(4)) is x
