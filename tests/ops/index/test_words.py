"""The writing words are the transposes of the reading ones, whatever path the sums take."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from pullback.arrays import along, scatter
from pullback.arrays.diagonals import diagonal, on_diagonal
from pullback.arrays.unfolding import overlap_add, windows

RNG = np.random.default_rng(7)
I = np.array  # noqa: E741


def inner(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sum(a * b))


PAIRS: dict[str, tuple[tuple[int, ...], Any, Any]] = {
    "basic": ((3, 4), lambda x: x[1:, ::2], lambda g, s: scatter.put(g, (slice(1, None), slice(None, None, 2)), s)),
    "rows": (
        (3, 4),
        lambda x: scatter.pick(x, [I([0, 2, 2])], (0,)),
        lambda g, s: scatter.spread(g, [I([0, 2, 2])], (0,), s),
    ),
    "negative rows": (
        (3, 4),
        lambda x: scatter.pick(x, [I([-1, 2, 0])], (0,)),
        lambda g, s: scatter.spread(g, [I([-1, 2, 0])], (0,), s),
    ),
    "many rows": (
        (9, 40),
        lambda x: scatter.pick(x, [np.arange(60) % 9 - 4], (0,)),
        lambda g, s: scatter.spread(g, [np.arange(60) % 9 - 4], (0,), s),
    ),
    "wide rows": (
        (3, 600),
        lambda x: scatter.pick(x, [I([0, 2, 2])], (0,)),
        lambda g, s: scatter.spread(g, [I([0, 2, 2])], (0,), s),
    ),
    "inner axis": (
        (2, 5, 30),
        lambda x: scatter.pick(x, [I([[0, 4], [4, -1]])], (1,)),
        lambda g, s: scatter.spread(g, [I([[0, 4], [4, -1]])], (1,), s),
    ),
    "two indices": (
        (3, 4, 2),
        lambda x: scatter.pick(x, [I([0, 2, 2]), I([1, 1, 1])], (0, 2)),
        lambda g, s: scatter.spread(g, [I([0, 2, 2]), I([1, 1, 1])], (0, 2), s),
    ),
    "mask": (
        (3, 4),
        lambda x: scatter.pick(x, [I([True, False, True])], (0,)),
        lambda g, s: scatter.spread(g, [I([True, False, True])], (0,), s),
    ),
    "along": (
        (3, 4),
        lambda x: along.pick_along(x, I([[0, 0, 3], [1, 1, 1]]), 1),
        lambda g, s: along.spread_along(g, I([[0, 0, 3], [1, 1, 1]]), 1, s),
    ),
    "diagonal": ((3, 4), lambda x: diagonal(x, 1, 0, 1), lambda g, s: on_diagonal(g, 1, 0, 1, s)),
    "windows": ((2, 9), lambda x: windows(x, 1, 4, 2), lambda g, s: overlap_add(g, 1, 4, 2, s)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_write_is_the_transpose_of_read(name: str) -> None:
    shape, read, write = PAIRS[name]
    x = RNG.standard_normal(shape)
    taken = read(x)
    g = RNG.standard_normal(taken.shape)
    given = write(g, shape)
    assert given.shape == shape
    assert inner(given, x) == pytest.approx(inner(g, taken), rel=1e-12)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "i4", "i8", "u1", ml_dtypes.bfloat16])
@pytest.mark.parametrize("width", [1, 3, 40, 600])
def test_rows_add_up_in_every_dtype(dtype: Any, width: int) -> None:
    index = np.arange(30) % 4
    found = scatter.spread(np.ones((30, width), dtype), [index], (0,), (5, width))
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found.astype("f8" if np.dtype(dtype).kind != "c" else "c8")[:, 0], [8, 8, 7, 7, 0])


@pytest.mark.parametrize(
    ("how", "include_self", "expected"),
    [
        ("sum", True, [1.0, 12.0, 3.0]),
        ("sum", False, [1.0, 10.0, 3.0]),
        ("prod", True, [1.0, 48.0, 3.0]),
        ("prod", False, [1.0, 24.0, 3.0]),
        ("mean", True, [1.0, 4.0, 3.0]),
        ("mean", False, [1.0, 5.0, 3.0]),
        ("amax", True, [1.0, 6.0, 3.0]),
        ("amin", True, [1.0, 2.0, 3.0]),
        ("amin", False, [1.0, 4.0, 3.0]),
    ],
)
def test_reductions_into_places(how: str, include_self: bool, expected: list[float]) -> None:
    found = along.reduced_along(I([1.0, 2.0, 3.0]), I([1, 1]), 0, I([4.0, 6.0]), how, include_self)
    assert found.tolist() == expected


def test_mean_of_integers_rounds_down() -> None:
    assert along.reduced_along(I([0, 0]), I([0, 0]), 0, I([-3, 0]), "mean", False).tolist() == [-2, 0]


def test_index_out_of_bounds_is_told_in_pytorchs_words() -> None:
    with pytest.raises(IndexError, match="index 5 is out of bounds for dimension 0 with size 2"):
        scatter.pick(np.zeros((3, 2)), [I([0, 5])], (1,))
    with pytest.raises(IndexError, match="index -3 is out of bounds for dimension 1 with size 2"):
        scatter.pick(np.zeros((3, 4, 2)), [I([0, 1]), I([0, -3])], (0, 2))
    with pytest.raises(IndexError, match="^index is out of bounds for dimension with size 0"):
        scatter.pick(np.zeros((3, 0)), [I([0])], (1,))
    with pytest.raises(IndexError, match=r"could not be broadcast together with shapes \[3\], \[2\]"):
        scatter.pick(np.zeros((3, 3)), [I([0, 1, 2]), I([0, 1])], (0, 1))


def test_inverse_permutation_undoes() -> None:
    axes = (2, 0, 3, 1)
    inverse = scatter.inverse_permutation(axes)
    assert [axes[inverse[n]] for n in range(4)] == [0, 1, 2, 3]
