"""Patterns that are exchanged, and passes in order."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback import fx
from pullback.fx.passes.infra.pass_base import PassBase, PassResult
from pullback.fx.passes.infra.pass_manager import (
    PassManager,
    _topological_sort_passes,
    pass_result_wrapper,
    this_before_that_pass_constraint,
)
from pullback.fx.subgraph_rewriter import replace_pattern, replace_pattern_with_filters


def test_patterns_have_several_results() -> None:
    def model(x, w):  # type: ignore[no-untyped-def]
        a = torch.mm(x, w)
        return a + 1, a * x

    def pattern(x, w):  # type: ignore[no-untyped-def]
        a = torch.mm(x, w)
        return a, a * x

    def other(x, w):  # type: ignore[no-untyped-def]
        return x - w, x + w

    traced = fx.symbolic_trace(model)
    assert [each.anchor.name for each in replace_pattern(traced, pattern, other)] == ["mm"]
    x, w = torch.eye(2), torch.ones(2, 2)
    assert [each.tolist() for each in traced(x, w)] == [[[1.0, 0.0], [0.0, 1.0]], [[2.0, 1.0], [1.0, 2.0]]]


class _Before(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.sigmoid = torch.nn.Sigmoid()

    def forward(self, x: Any) -> Any:
        return self.sigmoid(x)


class _After(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tanh = torch.nn.Tanh()

    def forward(self, x: Any) -> Any:
        return self.tanh(x)


def test_modules_come_and_go_with_their_calls() -> None:
    traced = fx.symbolic_trace(_Before())
    replace_pattern(traced, _Before(), _After())
    assert [name for name, _ in traced.named_children()] == ["tanh"]
    assert traced(torch.zeros(1)).item() == 0


def test_filters_literals_and_replacements_made_at_the_place() -> None:
    def traced() -> Any:
        return fx.symbolic_trace(lambda x: torch.relu(x + 1) * torch.relu(x + 2))

    def twos(match: Any, graph: Any, pattern: Any) -> bool:
        return any(2 in node.args for node in match.inner)

    module = traced()
    found = replace_pattern_with_filters(
        module, lambda x: torch.relu(x + 7), lambda x: x.neg(), [twos], ignore_literals=True
    )
    assert [node.target for node in found[0].replacements] == ["neg"] and module(torch.ones(1)).item() == -2

    def made(match: Any, graph: Any, pattern: Any) -> Any:
        return fx.symbolic_trace(lambda x: x - 5).graph

    module = traced()
    replace_pattern_with_filters(module, lambda x: torch.relu(x + 2), None, replacement_callback=made)
    assert module(torch.ones(1)).item() == -8
    assert not replace_pattern(traced(), lambda x: torch.relu(x + 7), lambda x: x)


def _to_relu(module: Any) -> PassResult:
    found = [node for node in module.graph.nodes if node.target is torch.sigmoid]
    for node in found:
        node.target = torch.relu
    return PassResult(module, bool(found))


class _Checked(PassBase):
    def call(self, graph_module: Any) -> PassResult:
        return PassResult(graph_module, False)

    def requires(self, graph_module: Any) -> None:
        graph_module.graph.lint()


def test_passes_run_in_their_order() -> None:
    checked = _Checked()
    manager = PassManager([checked, _to_relu], [this_before_that_pass_constraint(_to_relu, checked)], steps=3)
    found = manager(fx.symbolic_trace(lambda x: torch.sigmoid(x)))
    assert manager.passes == [_to_relu, checked] and found.modified
    assert found.graph_module(torch.tensor(-1.0)).item() == 0
    broken = PassManager([lambda module: 3])
    with pytest.raises(Exception, match="An error occurred when running the '<lambda>' pass"):
        broken(found.graph_module)
    assert pass_result_wrapper(lambda module: None)(3) == (3, True)  # type: ignore[misc]
    circle = [this_before_that_pass_constraint(a, b) for a, b in ((_to_relu, checked), (checked, _to_relu))]
    with pytest.raises(RuntimeError, match="Circular dependency detected"):
        _topological_sort_passes([checked, _to_relu], circle)
