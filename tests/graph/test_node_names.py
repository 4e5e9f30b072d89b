"""The graph that an operator leaves is PyTorch's: the same nodes under the same names, over the whole op table."""

from __future__ import annotations

from typing import Any

import pytest

import pullback
from tests.op_table import Draw, Row, all_rows
from tests.op_table.calls import Call

ROWS = [row for row in all_rows() if row.differentiable]

OTHERWISE = {
    "corrcoef": "divides real and imaginary parts apart, as PyTorch does, and joins them by an addition",
    "nn.functional.fold": "a batch of one is squeezed by a node of its own",
    "nn.functional.unfold": "a batch of one is squeezed by a node of its own",
    "nn.functional.pad": "circular padding concatenates; PyTorch writes into slices",
    "linalg.tensorinv": "the inverse is laid out in C order, so the reshape is a view",
    "cdist": "is one operator, whose result PyTorch views once more",
    "lstm": "a layer is one operator; the states of several layers are joined later",
    "gru": "a layer is one operator, which PyTorch composes of steps",
    "rnn_tanh": "a layer is one operator, which PyTorch composes of steps",
    "rnn_relu": "a layer is one operator, which PyTorch composes of steps",
    "nn.functional.conv1d-complex": "one complex convolution; PyTorch composes real ones",
}
"""Rows whose last node has another name, and why."""


def name_of(tensor: Any) -> str | None:
    return None if tensor.grad_fn is None else tensor.grad_fn.name()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_results_name_pytorchs_nodes(row: Row) -> None:
    torch = pytest.importorskip("torch")
    if row.id in OTHERWISE or row.id.endswith("_copy"):
        pytest.skip(OTHERWISE.get(row.id, "copies of views are a clone of the view"))
    for number, sample in enumerate(row.samples(Draw(row.id))):
        found = [name_of(each) for each in Call(pullback, row, sample, grad=True).run()]
        expected = [name_of(each) for each in Call(torch, row, sample, grad=True).run()]
        assert found == expected, f"sample {number}"
