"""Checkpoints: the same numbers, run twice; what differs is reported."""

from __future__ import annotations

import gc
import weakref
from contextlib import contextmanager
from typing import Any

import pytest

import pullback as torch
from pullback import nn
from pullback.utils import checkpoint as module
from pullback.utils.checkpoint import CheckpointError, GraphExecGroup, checkpoint, checkpoint_sequential

BOTH = pytest.mark.parametrize("use_reentrant", [True, False])


def leaf(*values: float) -> torch.Tensor:
    return torch.tensor(list(values or (0.5, -1.0, 2.0)), requires_grad=True)


@BOTH
def test_gradients_are_those_of_the_plain_function(use_reentrant: bool) -> None:
    calls: list[int] = []

    def function(x: Any) -> Any:
        calls.append(1)
        return x.exp() * x.sin()

    x, y = leaf(), leaf()
    found = checkpoint(function, x, use_reentrant=use_reentrant)
    assert len(calls) == 1
    found.sum().backward()
    assert len(calls) == 2
    function(y).sum().backward()
    assert found.tolist() == (y.exp() * y.sin()).tolist() and x.grad.tolist() == y.grad.tolist()


@BOTH
def test_random_numbers_come_again(use_reentrant: bool) -> None:
    torch.manual_seed(0)
    x = torch.ones(64, requires_grad=True)
    y = checkpoint(lambda x: nn.functional.dropout(x.exp(), 0.5), x, use_reentrant=use_reentrant)
    after = torch.rand(1)
    y.sum().backward()
    assert ((x.grad == 0) == (y == 0)).all()
    torch.manual_seed(0)
    nn.functional.dropout(torch.ones(64), 0.5)
    assert torch.rand(1).tolist() == after.tolist()


@BOTH
def test_arguments_that_are_no_tensors_and_results_in_tuples(use_reentrant: bool) -> None:
    x = leaf(3.0)
    a, b, c = checkpoint(lambda x, n, d: (x * n, x * d["k"], 5), x, 2, {"k": 4}, use_reentrant=use_reentrant)
    (a + b).sum().backward()
    assert x.grad.tolist() == [6.0] and c == 5


def test_use_reentrant_should_be_said() -> None:
    with pytest.warns(UserWarning, match="the use_reentrant parameter should be passed explicitly"):
        checkpoint(lambda x: x * 2, leaf())


def test_reentrant_warns_and_refuses() -> None:
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        checkpoint(lambda x: x * 2, leaf().detach(), use_reentrant=True)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: k"):
        checkpoint(lambda x: x, leaf(), k=3, use_reentrant=True)
    with pytest.raises(ValueError, match="Passing `context_fn` or `debug` is only supported when use_reentrant=False"):
        checkpoint(lambda x: x, leaf(), use_reentrant=True, debug=True)
    x = leaf()
    with pytest.raises(RuntimeError, match="torch.utils.checkpoint is incompatible with .grad"):
        torch.autograd.grad(checkpoint(lambda x: x.exp(), x, use_reentrant=True).sum(), x)


def test_higher_derivatives_keywords_and_closures() -> None:
    x, w = leaf(2.0), leaf(5.0)
    y = checkpoint(lambda x, power: w * x**power, x, power=3, use_reentrant=False)
    (gradient,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert gradient.tolist() == [60.0]
    assert torch.autograd.grad(gradient.sum(), (x, w))[0].tolist() == [60.0]


def test_nothing_is_kept_between_the_runs() -> None:
    gc.disable()
    try:
        seen: list[Any] = []

        def function(x: Any) -> Any:
            hidden = x.exp()
            if not seen:
                seen.append(weakref.ref(hidden))
            return hidden.sin()

        y = checkpoint(function, leaf(), use_reentrant=False)
        assert seen[0]() is None
        y.sum().backward()
    finally:
        gc.enable()


def test_the_second_run_stops_where_nothing_is_left_to_fill() -> None:
    counts = [0]

    def function(x: Any) -> Any:
        y = x.sin().cos()
        counts[0] += 1
        return y + 1

    checkpoint(function, leaf(), use_reentrant=False).sum().backward()
    assert counts == [1]
    with module.set_checkpoint_early_stop(False):
        y = checkpoint(function, leaf(), use_reentrant=False)
    y.sum().backward()
    assert counts == [3]


def test_saved_values_can_be_asked_for_until_they_are_let_go_of() -> None:
    counts: list[int] = []

    def function(x: Any) -> Any:
        counts.append(1)
        return torch.exp(x)

    y = checkpoint(function, leaf(0.0), use_reentrant=False)
    assert y.grad_fn._saved_result.tolist() == [1.0] == y.grad_fn._saved_result.tolist()
    assert len(counts) == 3
    y.sum().backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.sum().backward()


def test_a_value_that_two_rules_need_is_unpacked_once() -> None:
    counts: list[int] = []

    def function(x: Any) -> Any:
        counts.append(1)
        return x / (x + 1) * x.tanh()

    checkpoint(function, leaf(), use_reentrant=False).sum().backward()
    assert len(counts) == 2


@BOTH
def test_nested(use_reentrant: bool) -> None:
    counts = [0, 0]

    def inner(x: Any) -> Any:
        counts[0] += 1
        return x.sin().exp()

    def outer(x: Any) -> Any:
        counts[1] += 1
        return checkpoint(inner, x.cos(), use_reentrant=use_reentrant) * 2

    x, y = leaf(), leaf()
    if use_reentrant:
        with pytest.warns(UserWarning, match="None of the inputs"):
            found = checkpoint(outer, x, use_reentrant=True)
    else:
        found = checkpoint(outer, x, use_reentrant=False)
    found.sum().backward()
    (y.cos().sin().exp() * 2).sum().backward()
    assert torch.allclose(x.grad, y.grad) and counts == [3 if use_reentrant else 2, 2]


@pytest.mark.parametrize("early_stop", [True, False])
def test_gradients_inside_and_around(early_stop: bool) -> None:
    def gradient(function: Any) -> Any:
        def wrapped(x: Any) -> Any:
            with torch.enable_grad():
                return torch.autograd.grad(function(x).sum(), x, create_graph=True)[0]

        return wrapped

    def hidden(function: Any) -> Any:
        return lambda x: checkpoint(function, x, use_reentrant=False)

    def function(x: Any) -> Any:
        return x.sin().exp().sin()

    x = leaf(0.3)
    expected = gradient(gradient(function))(x)
    with module.set_checkpoint_early_stop(early_stop):
        for candidate in (
            gradient(gradient(hidden(function))),
            gradient(hidden(gradient(function))),
            hidden(gradient(gradient(function))),
            gradient(hidden(gradient(hidden(function)))),
        ):
            assert torch.allclose(candidate(x), expected)


def test_runs_that_differ() -> None:
    def fickle(first: Any, later: Any) -> Any:
        calls: list[int] = []
        return lambda x: (calls.append(1), first(x) if len(calls) == 1 else later(x))[1]

    with pytest.raises(CheckpointError, match="A different number of tensors was saved") as caught:
        function = fickle(lambda x: x.exp().sin().cos(), lambda x: x.exp())
        checkpoint(function, leaf(), use_reentrant=False).sum().backward()
    assert "during forward: 3\nNumber of tensors saved during recomputation: 1." in str(caught.value)
    with pytest.raises(CheckpointError, match="have different metadata.*\ntensor at position 1"):
        function = fickle(lambda x: x.exp().sin(), lambda x: x.exp()[:2].sin())
        checkpoint(function, leaf(), use_reentrant=False).sum().backward()
    with pytest.raises(CheckpointError, match="(?s)dumping logs of latest computation.*3 of 3.*cos.*1 of 1.*exp"):
        function = fickle(lambda x: x.exp().sin().cos(), lambda x: x.exp())
        checkpoint(function, leaf(), use_reentrant=False, debug=True).sum().backward()
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        checkpoint(torch.exp, leaf(), use_reentrant=False, determinism_check="perhaps")


def test_contexts_of_both_runs() -> None:
    log: list[str] = []

    @contextmanager
    def noting(name: str) -> Any:
        log.append(name)
        yield

    y = checkpoint(torch.exp, leaf(), use_reentrant=False, context_fn=lambda: (noting("first"), noting("second")))
    log.append("backward")
    y.sum().backward()
    assert log == ["first", "backward", "second"]


@BOTH
def test_sequential(use_reentrant: bool) -> None:
    model = nn.Sequential(*[nn.Tanh() for _ in range(5)])
    x, y = leaf(), leaf()
    checkpoint_sequential(model, 2, x, use_reentrant=use_reentrant).sum().backward()
    model(y).sum().backward()
    assert x.grad.tolist() == y.grad.tolist()
    with pytest.raises(ValueError, match="Unexpected keyword arguments: foo"):
        checkpoint_sequential(model, 2, x, use_reentrant=use_reentrant, foo=1)


@BOTH
def test_parameters_of_a_module(use_reentrant: bool) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    x = torch.ones(2, 3, requires_grad=True)
    model(x).sum().backward()
    expected = model[0].weight.grad.clone()
    model.zero_grad()
    checkpoint(model, x, use_reentrant=use_reentrant).sum().backward()
    assert torch.equal(model[0].weight.grad, expected)


def test_selective_checkpoint_keeps_what_the_policy_chooses() -> None:
    ran: list[str] = []
    asked: list[bool] = []

    def policy(ctx: Any, op: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(ctx.is_recompute)
        return module.CheckpointPolicy.MUST_SAVE if op == torch.mm else module.CheckpointPolicy.PREFER_RECOMPUTE

    forward = torch.mm.operator.forward

    def counted(*args: Any) -> Any:
        ran.append("mm")
        return forward(*args)

    def function(x: Any) -> Any:
        return torch.mm(x.sin(), x).cos()

    x, y = torch.eye(2).requires_grad_(), torch.eye(2).requires_grad_()
    function(y).sum().backward()
    torch.mm.__globals__["forward"] = counted
    try:
        contexts = lambda: module.create_selective_checkpoint_contexts(policy)  # noqa: E731
        checkpoint(function, x, use_reentrant=False, context_fn=contexts).sum().backward()
    finally:
        torch.mm.__globals__["forward"] = forward
    assert ran == ["mm"] and asked and torch.equal(x.grad, y.grad)


def test_detach_variable_and_validity() -> None:
    x = leaf()
    made, other = module.detach_variable((x, 3))
    assert made.is_leaf and made.requires_grad and other == 3
    with pytest.raises(RuntimeError, match="Only tuple of tensors is supported"):
        module.detach_variable([x])


def test_a_group_of_passes_runs_the_function_again_once() -> None:
    runs: list[Any] = []

    def function(x: Any, z: Any) -> Any:
        runs.append(x)
        return x.sin().exp(), z.cos().exp()

    x, z = (torch.ones(2, requires_grad=True) for _ in range(2))
    a, b = checkpoint(function, x, z, use_reentrant=False)
    with GraphExecGroup() as group:
        (first,) = torch.autograd.grad(a.sum(), x, retain_graph=True)
        (second,) = torch.autograd.grad(b.sum(), z, retain_graph=True)
        assert len(runs) == 2
        with pytest.raises(RuntimeError, match="already unpacked once"):
            torch.autograd.grad(a.sum(), x, retain_graph=True)
        with pytest.raises(RuntimeError, match=f"cannot be nested. Already inside group {group}"), GraphExecGroup():
            pass
    assert first.tolist() == pytest.approx([0.540302 * 2.319777] * 2)
    assert second.tolist() == pytest.approx([-0.841471 * 1.716526] * 2)
    torch.autograd.grad(a.sum(), x)
    assert len(runs) == 3
