"""With the garbage collector off, a graph is gone when nobody holds it: no cycle of ours is left behind."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import pullback as torch
from pullback.graph.node import Node
from pullback.graph.tensor_base import TensorBase
from tests.fuzz.draw import draw_program
from tests.fuzz.observe import Run


def keeps_what_was_overwritten(node: Node) -> bool:
    """Whether a node saved a tensor that was written to since: if from what the node made, the tensor's history leads to
    the node that holds the tensor, in PyTorch too. Its backward pass is an error."""
    for name in node.saved_names:
        value = getattr(node, f"s_{name}", None)
        counter = value._counter if isinstance(value, TensorBase) else None
        if counter is not None and counter.version() != counter.version((node._versions or {}).get(name, 0)):
            return True
    return False


@pytest.fixture
def left_behind() -> Iterator[Callable[[], Counter[str]]]:
    """Counts the objects of pullback's classes that only the collector frees."""
    gc.collect()
    gc.disable()

    def count() -> Counter[str]:
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        ours = [each for each in gc.garbage if type(each).__module__.startswith("pullback")]
        found = Counter(type(each).__name__ for each in ours)
        if any(isinstance(each, Node) and keeps_what_was_overwritten(each) for each in ours):
            found.clear()
        ours.clear()
        gc.garbage.clear()
        gc.set_debug(0)
        gc.collect()
        return found

    yield count
    gc.enable()


def views_and_writes() -> None:
    leaf = torch.ones(3, 4, requires_grad=True)
    x = leaf * 1
    rows, columns = x[1:], x.t()
    rows.mul_(leaf[1:])
    columns[0].add_(1)
    rows[0, 1:].exp_()
    a, b = (x * 2).split(2, 1)
    assert columns.grad_fn is not None and rows.grad_fn is not None
    (columns.sum() + (a * b).sum()).backward()
    rows.detach().zero_()


def hooks() -> None:
    leaf = torch.ones(3, requires_grad=True)
    seen: list[Any] = []
    x = leaf * 2
    x.retain_grad()
    x.register_hook(seen.append)
    leaf.register_hook(lambda grad: grad * 2)
    leaf.register_post_accumulate_grad_hook(lambda tensor: seen.append(tensor.grad))
    x.grad_fn.register_hook(lambda inputs, outputs: None)
    x.mul_(leaf)
    x[0] = 1.0
    x.sum().backward(retain_graph=True)
    x.sum().backward()
    assert len(seen) == 4


def derivatives_of_derivatives() -> None:
    leaf = torch.ones(3, requires_grad=True)
    x = leaf * 1
    x[1:].mul_(leaf[:2])
    (first,) = torch.autograd.grad((x**3).sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad((first * leaf).sum(), leaf, create_graph=True)
    second.sum().backward()


def outside_the_graph() -> None:
    leaf = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        view = leaf[1:]
    with torch.inference_mode():
        leaf.view(3, 1).sin().mul_(2)
    (view * 2).sum().backward()


def errors() -> None:
    leaf = torch.ones(3, requires_grad=True)
    y = (leaf * 1).exp()
    y.add_(1)
    for fails in (leaf.zero_, leaf[1:].zero_, leaf.split(1)[0].zero_, y.sum().backward):
        with suppress(RuntimeError):
            fails()
            raise AssertionError("no error")


@pytest.mark.parametrize("program", [views_and_writes, hooks, derivatives_of_derivatives, outside_the_graph, errors])
def test_graph_is_freed_by_reference_counts(program: Any, left_behind: Callable[[], Counter[str]]) -> None:
    program()
    assert not left_behind()


def test_random_programs_leave_nothing_behind(left_behind: Callable[[], Counter[str]]) -> None:
    """But ``backward(create_graph=True)`` makes a cycle through ``.grad``, as in PyTorch, which warns of it, and swapping
    a leaf with what was computed from it makes one too."""
    for seed in range(60):
        program, _ = draw_program(seed)
        if any("swap" in step.text or ("create_graph" in step.text and "backward" in step.text) for step in program):
            continue
        run = Run(torch)
        for step in program:
            run.step(step)
        run.look()
        run.close()
        run.names.clear()  # functions there hold the dictionary that holds them
        assert not left_behind(), f"program {seed}"
