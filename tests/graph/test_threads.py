"""Backward passes in many threads, and passes that fail."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import pullback as torch


def in_threads(work: Any, count: int = 4) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("hook", [False, True])
def test_no_update_of_a_shared_leaf_is_lost(hook: bool) -> None:
    x = torch.zeros(64, requires_grad=True)
    if hook:
        x.register_hook(lambda grad: grad * 1)

    def work() -> None:
        for _ in range(25):
            (x * 1.0).sum().backward()

    in_threads(work)
    assert x.grad.tolist() == [100.0] * 64


def test_threads_may_walk_one_graph() -> None:
    x = torch.ones(4, requires_grad=True)
    y = (x * x).sum()
    in_threads(lambda: y.backward(retain_graph=True))
    assert x.grad.tolist() == [8.0] * 4


def test_modes_belong_to_the_thread() -> None:
    seen: list[bool] = []
    with torch.no_grad():
        in_threads(lambda: seen.append(torch.is_grad_enabled()), 1)
    assert seen == [True]


def test_an_error_leaves_the_engine_usable() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.sum().backward()
    assert torch.is_grad_enabled() and x.grad is None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_graph_of_a_hundred_thousand_nodes_is_walked_and_freed() -> None:
    x = torch.ones(1, requires_grad=True)
    y = x.clone()
    for _ in range(100_000):
        y = y + 0.0
    y.backward(retain_graph=True)
    handle = x.register_hook(lambda grad: None)  # the careful walk is no deeper
    y.backward()
    handle.remove()
    del y
    assert x.grad.tolist() == [2.0]
