"""Graphs drawn as text: every node once, beside its forward line."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback.autograd import drawing


def test_tree_names_leaves_and_numbers_shared_nodes() -> None:
    w, b = torch.ones(2, 3, requires_grad=True), torch.ones(3, requires_grad=True)
    h = torch.ones(4, 2) @ w + b
    loss = (h * h).mean() + h.split(2)[1].sum()
    lines = drawing.tree(loss, names={"w": w}).splitlines()
    assert [line[: drawing.WIDTH].rstrip() for line in lines] == [
        "AddBackward0 ()",
        "├─ MeanBackward0 ()",
        "│  └─ MulBackward0 (4, 3)",
        "│     ├─ #1 AddBackward0 (4, 3)",
        "│     │  ├─ MmBackward0 (4, 3)",
        "│     │  │  └─ w (2, 3)",
        "│     │  └─ leaf (3,)",
        "│     └─ #1",
        "└─ SumBackward0 ()",
        "   └─ SplitBackward0 (2, 3)",
        "      └─ #1",
    ]
    assert lines[0].endswith("loss = (h * h).mean() + h.split(2)[1].sum()") and "test_drawing.py:" in lines[0]
    assert lines[4].endswith("h = torch.ones(4, 2) @ w + b")


def test_dot_has_an_edge_for_each_use() -> None:
    x = torch.ones(2, requires_grad=True)
    lines = drawing.dot((x * x).sum(), names={'a "name"': x}).splitlines()
    assert [line.split(" [")[0] for line in lines] == [
        "digraph {", "  n0", "  n1", "  n2", "  n1 -> n0;", "  n2 -> n1;", "  n2 -> n1;", "}"
    ]  # fmt: skip
    assert lines[3] == r'  n2 [label="a \"name\"\n(2,)", shape=oval];'


def test_several_outputs_leaves_and_long_chains() -> None:
    x = torch.ones((), requires_grad=True)
    y = x
    for _ in range(3000):
        y = y * 1.0
    assert len(drawing.tree(y).splitlines()) == len(drawing.dot(y).splitlines()) / 2 - 0.5 == 3001
    assert drawing.tree(x, names={"x": x}) == "x ()"
    first, second = x * 2, x * 3
    assert [line.split(" (")[0] for line in drawing.tree(first, second).splitlines()] == [
        "MulBackward0", "└─ leaf", "MulBackward0", "└─ leaf"
    ]  # fmt: skip


def test_a_tensor_without_a_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="does not require grad"):
        drawing.tree(torch.ones(2))
