"""A hundred steps of every optimizer, against PyTorch's and against recorded ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.arrays.updates import BLOCK

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.9}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.01, "momentum": 0.5, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.01, "amsgrad": True}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "maximize": True}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.3, "amsgrad": True}),
]
TOLERANCE = {"float32": 2e-6, "float64": 1e-12, "complex64": 2e-6, "float16": 5e-3, "bfloat16": 4e-2}
"""Relative to the largest value. In 16 bits a step may be lost to rounding, which later steps carry on."""
FINALS = {  # of PyTorch 2.13, from [1, -2] with gradients 0.3 * x + [0.5, sin(i)] for i = 0, …, 99
    ("SGD", 1): [-1.6389638, -0.0279183],
    ("SGD", 3): [-1.5852095, -0.0222373],
    ("Adam", 1): [0.0860886, -1.3262427],
    ("Adam", 2): [0.0711436, -1.4220237],
    ("AdamW", 0): [0.8996962, -1.9344007],
}


def _travel(module: Any, kind: str, settings: dict[str, Any], dtype: str, shape: tuple[int, ...]) -> Any:
    """The parameter and its state after 100 steps along a gradient that depends on both."""
    rng = np.random.default_rng(0)

    def draw() -> Any:
        values = rng.standard_normal(shape)
        if dtype == "complex64":
            values = values + 1j * rng.standard_normal(shape)
        return module.tensor(values).to(getattr(module, dtype))

    param = draw().requires_grad_()
    optimizer = getattr(module.optim, kind)([param], **settings)
    for _ in range(100):
        param.grad = param.detach() * 0.3 + draw()
        optimizer.step()
    tensors = [param.detach(), *optimizer.state_dict()["state"].get(0, {}).values()]
    wide = module.complex128 if dtype == "complex64" else module.float64
    return [np.asarray(tensor.to(wide).numpy()) for tensor in tensors]


def _compare(ours: list[Any], theirs: list[Any], tolerance: float) -> None:
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * (np.abs(b).max() + 1e-3))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_steps_are_those_of_pytorch(kind: str, settings: dict[str, Any], dtype: str) -> None:
    torch = pytest.importorskip("torch")
    ours = _travel(pullback, kind, settings, dtype, (7, 3))
    theirs = _travel(torch, kind, settings, dtype, (7, 3))
    _compare(ours, theirs, TOLERANCE[dtype])


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("shape", [(), (0,), (BLOCK + 5,), (300, 250)], ids=str)
def test_any_shape_takes_the_same_steps(kind: str, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    settings = {"lr": 0.01, "weight_decay": 0.1} | ({"momentum": 0.9} if kind == "SGD" else {})
    ours = _travel(pullback, kind, settings, "float32", shape)
    theirs = _travel(torch, kind, settings, "float32", shape)
    if 0 not in shape:
        _compare(ours, theirs, 2e-6)


@pytest.mark.parametrize(("kind", "which"), FINALS)
def test_steps_are_the_recorded_ones(kind: str, which: int) -> None:
    settings = [s for k, s in SETTINGS if k == kind][which]
    param = pullback.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(pullback.optim, kind)([param], **settings)
    for i in range(100):
        param.grad = 0.3 * param.detach() + pullback.tensor([0.5, np.sin(i)], dtype=pullback.float32)
        optimizer.step()
    np.testing.assert_allclose(param.tolist(), FINALS[kind, which], rtol=2e-6)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_strided_parameters_are_updated_in_place(kind: str) -> None:
    base = pullback.randn(600, 300)
    param = base.t().requires_grad_()
    plain = base.t().contiguous().requires_grad_()
    for each in (param, plain):
        each.grad = each.detach().sin()
        getattr(pullback.optim, kind)([each], lr=0.1).step()
    assert pullback.equal(param, plain) and pullback.equal(base.t(), param)


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_recorded_steps_can_be_differentiated(kind: str) -> None:
    torch = pytest.importorskip("torch")
    extra = {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1} if kind == "SGD" else {"weight_decay": 0.1}

    def run(module: Any) -> list[list[float]]:
        start = module.tensor([1.0, 2.0], requires_grad=True)
        slope = module.tensor([0.3, -0.2], requires_grad=True)
        param = start.clone()
        optimizer = getattr(module.optim, kind)([param], lr=0.1, differentiable=True, **extra)
        for factor in (1.0, 2.0):
            param.grad = slope * factor
            optimizer.step()
        grads = module.autograd.grad((param * param).sum(), [start, slope])
        return [param.detach().tolist(), *(grad.tolist() for grad in grads)]

    np.testing.assert_allclose(run(pullback), run(torch), rtol=1e-5, atol=1e-5)


def test_gradient_is_not_written_to() -> None:
    for kind in ("SGD", "Adam", "AdamW"):
        param = pullback.ones(3, requires_grad=True)
        param.grad = pullback.ones(3)
        getattr(pullback.optim, kind)([param], lr=0.1, weight_decay=0.5, maximize=True).step()
        assert param.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_step_between_forward_and_backward_is_noticed() -> None:
    param = pullback.ones(2, requires_grad=True)
    loss = (param * param).sum()
    param.grad = pullback.ones(2)
    pullback.optim.SGD([param], lr=0.1).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
