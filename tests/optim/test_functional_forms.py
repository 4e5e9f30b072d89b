"""Optimizers as functions on lists of tensors: PyTorch's signatures, numbers and state."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

import pullback

COMMON = {"lr": 0.1, "weight_decay": 0.01}
BETAS = {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8}
# Lists of state as (start value, or None for a list of nothing, or "step"), then the settings.
CASES: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "adadelta": ((0.0, 0.0, "step"), {**COMMON, "rho": 0.9, "eps": 1e-6, "maximize": False}),
    "adagrad": ((0.1, "step"), {**COMMON, "lr_decay": 0.1, "eps": 1e-10, "maximize": True}),
    "adam": ((0.0, 0.0, 0.0, "step"), {**COMMON, **BETAS, "amsgrad": True, "maximize": False}),
    "adamax": ((0.0, 0.0, "step"), {**COMMON, **BETAS}),
    "adamw": ((0.0, 0.0, None, "step"), {**COMMON, **BETAS, "amsgrad": False, "maximize": False}),
    "asgd": ((0.0, "one", "lr", "step"), {**COMMON, "lambd": 1e-4, "t0": 2.0, "alpha": 0.75}),
    "nadam": ((0.0, 0.0, "one", "step"), {**COMMON, **BETAS, "momentum_decay": 4e-3}),
    "radam": ((0.0, 0.0, "step"), {**COMMON, **BETAS}),
    "rmsprop": ((0.0, 0.0, 0.0, "step"), {**COMMON, "alpha": 0.9, "eps": 1e-8, "momentum": 0.9, "centered": True}),
    "rprop": ((0.0, 0.1, "step"), {"step_size_min": 1e-6, "step_size_max": 50, "etaminus": 0.5, "etaplus": 1.2}),
    "sgd": (("none",), {**COMMON, "momentum": 0.9, "dampening": 0.1, "nesterov": False, "maximize": False}),
}
SCALARS = {"step": 0.0, "one": 1.0, "lr": 0.1}


def run(torch: Any, name: str) -> list[Any]:
    """Parameters and state after eight steps on two parameters."""
    starts, settings = CASES[name]
    params = [torch.linspace(-1, 1, 5), torch.linspace(0.5, 2, 6).reshape(2, 3)]

    def state(start: Any) -> list[Any]:
        if start is None:
            return []
        if start == "none":
            return [None for _ in params]
        if isinstance(start, str):
            return [torch.tensor(SCALARS[start]) for _ in params]
        return [torch.full_like(each, start) for each in params]

    lists = [state(start) for start in starts]
    function = getattr(importlib.import_module(f"{torch.__name__}.optim.{name}"), name)
    for step in range(8):
        grads = [torch.sin(each * (step + 1)) for each in params]
        assert function(params, grads, *lists, foreach=False, **settings) is None
    return [params, *lists]


@pytest.mark.parametrize("name", CASES)
def test_numbers_and_state_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    for ours, theirs in zip(run(pullback, name), run(torch, name)):
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.flatten().tolist() == pytest.approx(other.flatten().tolist(), rel=2e-6, abs=1e-6)


@pytest.mark.parametrize("name", [*CASES, "_adafactor"])
def test_signatures_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (
        inspect.signature(getattr(importlib.import_module(f"{each}.optim.{name}"), name.strip("_")))
        for each in ("pullback", "torch")
    )
    forms = [[(p.name, p.kind, p.default) for p in each.parameters.values()] for each in (ours, theirs)]
    assert forms[0] == forms[1] and torch


def test_one_step_of_sgd() -> None:
    weight, velocity = pullback.tensor([1.0, 2.0]), [None]
    settings = {"weight_decay": 0, "lr": 0.5, "dampening": 0, "nesterov": False, "maximize": False}
    for expected in ([0.5, 1.5], [-0.25, 0.75]):
        pullback.optim.sgd.sgd([weight], [pullback.ones(2)], velocity, momentum=0.5, **settings)
        assert weight.tolist() == expected
    assert velocity[0] is not None and velocity[0].tolist() == [1.5, 1.5]


def test_a_step_with_infinite_gradients_is_left_out() -> None:
    weight = pullback.ones(1)
    settings = {"weight_decay": 0, "momentum": 0, "lr": 1.0, "dampening": 0, "nesterov": False, "maximize": False}
    for found, expected in ((1.0, 1.0), (0.0, -1.0)):
        pullback.optim._functional.sgd(
            [weight], [pullback.tensor([4.0])], [None], grad_scale=pullback.tensor(2.0),
            found_inf=pullback.tensor(found), **settings,
        )  # fmt: skip
        assert weight.item() == expected
