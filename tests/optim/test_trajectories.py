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
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.1, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.1, "momentum_decay": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1, "maximize": True}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    ("RMSprop", {}),
    ("RMSprop", {"alpha": 0.4, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {"lr": 0.001, "momentum": 0.9}),
    ("RMSprop", {"lr": 0.001, "momentum": 0.5, "centered": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.3, 1.1), "step_sizes": (1e-3, 0.2), "maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 10, "weight_decay": 0.1}),
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.01, "beta2_decay": -0.5, "d": 1.5, "weight_decay": 0.1, "maximize": True}),
    ("Adafactor", {"lr": 0.1, "eps": (1e-3, 1e-2)}),
]
REAL = ("Adafactor",)
"""Optimizers that refuse complex parameters."""
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
    if dtype == "complex64" and kind in REAL:
        pytest.skip("real parameters only")
    ours = _travel(pullback, kind, settings, dtype, (7, 3))
    theirs = _travel(torch, kind, settings, dtype, (7, 3))
    _compare(ours, theirs, TOLERANCE[dtype])


@pytest.mark.parametrize("kind", ["SGD", "Adam", "Adadelta", "Rprop", "Adafactor"])
@pytest.mark.parametrize("shape", [(), (0,), (BLOCK + 5,), (300, 250)], ids=str)
def test_any_shape_takes_the_same_steps(kind: str, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    if kind == "Adafactor" and 0 in shape:
        pytest.skip("no mean square of nothing: ZeroDivisionError, in PyTorch too")
    settings = {"lr": 0.01} | ({} if kind == "Rprop" else {"weight_decay": 0.1})
    settings |= {"momentum": 0.9} if kind == "SGD" else {}
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


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "RMSprop", "ASGD"])
def test_strided_parameters_are_updated_in_place(kind: str) -> None:
    base = pullback.randn(600, 300)
    param = base.t().requires_grad_()
    plain = base.t().contiguous().requires_grad_()
    for each in (param, plain):
        each.grad = each.detach().sin()
        getattr(pullback.optim, kind)([each], lr=0.1).step()
    pullback.testing.assert_close(param, plain)  # a compiled kernel may have stepped the one that lies row by row
    assert pullback.equal(base.t(), param)


RECORDED: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adam", {"weight_decay": 0.1}),
    ("AdamW", {"weight_decay": 0.1}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("Adagrad", {"weight_decay": 0.1, "initial_accumulator_value": 0.1}),
    ("Adamax", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1}),
    ("RMSprop", {"weight_decay": 0.1, "momentum": 0.9, "centered": True}),
    ("Rprop", {}),
    ("ASGD", {"weight_decay": 0.1}),
]


def _differentiate_steps(module: Any, kind: str, settings: dict[str, Any], factors: tuple[float, ...]) -> Any:
    start = module.tensor([1.0, 2.0], requires_grad=True, dtype=module.float64)
    slope = module.tensor([0.3, -0.5], requires_grad=True, dtype=module.float64)
    param = start.clone()
    optimizer = getattr(module.optim, kind)([param], lr=0.1, differentiable=True, **settings)
    for factor in factors:
        param.grad = slope * factor
        optimizer.step()
    grads = module.autograd.grad((param * param).sum(), [start, slope], allow_unused=True)
    return [param.detach().tolist(), *([0, 0] if grad is None else grad.tolist() for grad in grads)]


@pytest.mark.parametrize(("kind", "settings"), RECORDED)
def test_a_recorded_step_can_be_differentiated(kind: str, settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (_differentiate_steps(module, kind, settings, (1.0,)) for module in (pullback, torch))
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(("kind", "settings"), RECORDED[1:])  # SGD's first velocity is a constant in PyTorch
def test_gradients_through_two_steps_are_those_of_differences(kind: str, settings: dict[str, Any]) -> None:
    def end(start: Any, slope: Any) -> float:
        param = pullback.tensor(start, dtype=pullback.float64, requires_grad=True)
        optimizer = getattr(pullback.optim, kind)([param], lr=0.1, **settings)
        for factor in (1.0, 2.0):
            param.grad = pullback.tensor(slope, dtype=pullback.float64) * factor
            optimizer.step()
        return float((param * param).sum())

    _, *found = _differentiate_steps(pullback, kind, settings, (1.0, 2.0))
    start, slope = np.array([1.0, 2.0]), np.array([0.3, -0.5])
    for which, grad in enumerate(found):
        for i in range(2):
            step = np.zeros((2, 2))
            step[which, i] = 1e-5
            ahead, behind = (end(start + s * step[0], slope + s * step[1]) for s in (1, -1))
            assert grad[i] == pytest.approx((ahead - behind) / 2e-5, rel=2e-4, abs=1e-5)


def test_gradient_is_not_written_to() -> None:
    for kind in ("SGD", *(kind for kind, _ in RECORDED)):
        param = pullback.ones(3, requires_grad=True)
        param.grad = pullback.ones(3)
        extra = {} if kind == "Rprop" else {"weight_decay": 0.5}
        getattr(pullback.optim, kind)([param], lr=0.1, maximize=True, **extra).step()
        assert param.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_step_between_forward_and_backward_is_noticed() -> None:
    param = pullback.ones(2, requires_grad=True)
    loss = (param * param).sum()
    param.grad = pullback.ones(2)
    pullback.optim.SGD([param], lr=0.1).step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
