"""The graph that an operator leaves is PyTorch's: the same nodes under the same names, over the whole op table."""

from __future__ import annotations

from typing import Any

import pytest

import pullback
from tests.op_table import Draw, Row, all_rows
from tests.op_table.calls import Call

ROWS = [row for row in all_rows() if row.differentiable]


def name_of(tensor: Any) -> str | None:
    return None if tensor.grad_fn is None else tensor.grad_fn.name()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_results_name_pytorchs_nodes(row: Row) -> None:
    torch = pytest.importorskip("torch")
    for number, sample in enumerate(row.samples(Draw(row.id))):
        found = [name_of(each) for each in Call(pullback, row, sample, grad=True).run()]
        expected = [name_of(each) for each in Call(torch, row, sample, grad=True).run()]
        assert found == expected, f"sample {number}"
