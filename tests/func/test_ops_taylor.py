"""Every operator of the table on Taylor series equals `jvp` of `jvp`, or says by its name that none is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.func import jet, jvp
from tests.func.batches import arrays_in, filled
from tests.op_table import Draw, Row, all_rows
from tests.op_table.calls import find, tensors_in

ROWS = [row for row in all_rows() if row.differentiable]

UNKNOWN = {
    "nn.functional.embedding_bag-max": "places are looked up in memory",
}
"""Rows that may fail, and why; all others have a series, or raise ``NotImplementedError``."""


def function_of(row: Row, sample: Any) -> tuple[Any, list[np.ndarray]]:
    """The operator as a function of its float64 arrays, and these."""
    arrays = arrays_in((sample.args, sample.kwargs))
    places = [n for n, each in enumerate(arrays) if each.dtype == np.float64]

    def function(*values: Any) -> tuple[Any, ...]:
        tensors = [torch.tensor(each) for each in arrays]
        for place, value in zip(places, values):
            tensors[place] = value * 1  # some write into it
        args, kwargs = filled((sample.args, sample.kwargs), iter(tensors))
        found = tensors_in(find(torch, row.name)(*args, **kwargs))
        return tuple(each for each in found if each.is_floating_point() or each.is_complex())

    return function, [arrays[n] for n in places]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_second_derivatives_along_a_line(row: Row) -> None:
    draw = np.random.default_rng(0)
    for sample in list(row.samples(Draw(row.id)))[:2]:
        function, arrays = function_of(row, sample)
        if not arrays:
            continue
        x = tuple(torch.tensor(each) for each in arrays)
        v = tuple(torch.tensor(draw.normal(size=each.shape)) for each in arrays)
        try:
            value, found = jet(function, x, [[each, torch.zeros_like(each)] for each in v])
        except NotImplementedError as error:
            assert str(error).startswith("jet: no Taylor series is known for ")  # noqa: PT017
            continue
        except (RuntimeError, TypeError):
            assert row.id in UNKNOWN
            continue
        along = lambda *x: jvp(function, x, v)[1]  # noqa: B023, E731
        for one, first, second, terms in zip(value, *jvp(along, x, v), found, strict=True):
            assert one.shape == terms[0].shape == terms[1].shape
            np.testing.assert_allclose(terms[0]._array, first._array, 1e-6, 1e-8, equal_nan=True)
            np.testing.assert_allclose(terms[1]._array, second._array, 1e-5, 1e-7, equal_nan=True)
