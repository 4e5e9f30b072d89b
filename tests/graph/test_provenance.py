"""Nodes name the line of the program that made them, however deep in the library they are made."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

import pullback as torch
from pullback.graph.provenance import forward_line

F = torch.nn.functional
X = torch.rand(2, 2)
W = torch.rand(2, 2, requires_grad=True)
LAYER = torch.nn.Linear(2, 2)
CALLS: dict[str, Callable[[], Any]] = {
    "direct": lambda: W * X,
    "matmul": lambda: X @ W,
    "matmul function": lambda: torch.matmul(X, W),
    "division of a number": lambda: 2 / W,
    "index": lambda: W[0],
    "private operator": lambda: W.reshape(4),
    "view": lambda: W.flatten(),
    "decorated": lambda: torch.flip(W, [0]),
    "linear": lambda: F.linear(X, W),
    "loss": lambda: F.mse_loss(W, X),
    "softmax": lambda: F.softmax(W, 1),
    "norm": lambda: torch.linalg.norm(W),
    "module": lambda: LAYER(X),
    "several results": lambda: W.sort().values,
    "write": lambda: W.clone().mul_(X),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_names_the_line_of_the_program(name: str) -> None:
    call = CALLS[name]
    line = inspect.getsourcelines(call)[1]
    for _ in range(3):  # the first call compiles, those that follow do not
        assert forward_line(call().grad_fn).startswith(f"{__file__}:{line}")


def test_another_caller_is_told_apart_from_the_first() -> None:
    def first() -> Any:
        return W.sinh()

    def second() -> Any:
        return W.sinh()

    for call in (first, second, first):
        assert forward_line(call().grad_fn).endswith("return W.sinh()")
        assert f":{inspect.getsourcelines(call)[1] + 1}:" in forward_line(call().grad_fn)


def test_nodes_of_derivatives_do_not_name_the_program() -> None:
    (slope,) = torch.autograd.grad((W * W * X).sum(), W, create_graph=True)
    assert __file__ not in forward_line(slope.grad_fn)
