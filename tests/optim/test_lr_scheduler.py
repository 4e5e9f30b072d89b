"""Schedules: the rates of PyTorch, exactly, and what a scheduler keeps."""

from __future__ import annotations

import math
import pickle
import random
import warnings
from typing import Any

import pytest

import pullback as torch
from pullback.optim import lr_scheduler

CASES = [
    "StepLR(o, step_size=3)",
    "StepLR(o, step_size=1, gamma=0.7)",
    "MultiStepLR(o, milestones=[2, 5, 5, 7], gamma=0.3)",
    "ExponentialLR(o, gamma=0.9)",
    "ConstantLR(o, factor=0.5, total_iters=3)",
    "LinearLR(o)",
    "LinearLR(o, start_factor=0.2, end_factor=0.7, total_iters=6)",
    "PolynomialLR(o, total_iters=7, power=2.0)",
    "CosineAnnealingLR(o, T_max=5)",
    "CosineAnnealingLR(o, T_max=4, eta_min=0.01)",
    "CosineAnnealingWarmRestarts(o, T_0=3)",
    "CosineAnnealingWarmRestarts(o, T_0=2, T_mult=2, eta_min=0.001)",
    "LambdaLR(o, lambda e: 0.95**e)",
    "LambdaLR(o, [lambda e: 0.95**e, lambda e: 1 / (e + 1)])",
    "MultiplicativeLR(o, lambda e: 0.95 + 0.001 * e)",
    "CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=3)",
    "CyclicLR(o, base_lr=0.01, max_lr=0.1, step_size_up=3, step_size_down=2, mode='triangular2')",
    "CyclicLR(o, 0.01, [0.1, 0.2], 3, mode='exp_range', gamma=0.9, cycle_momentum=False)",
    "CyclicLR(o, 0.01, 0.1, 3, scale_fn=lambda x: x * 0.5, scale_mode='iterations')",
    "OneCycleLR(o, max_lr=0.1, total_steps=20)",
    "OneCycleLR(o, [0.1, 0.3], epochs=4, steps_per_epoch=5, three_phase=True, anneal_strategy='linear')",
    "SequentialLR(o, [L.ConstantLR(o, 0.1, 2), L.ExponentialLR(o, 0.9), L.StepLR(o, 2)], [3, 7])",
    "SequentialLR(o, [L.LinearLR(o, 0.1, total_iters=3), L.CosineAnnealingLR(o, 6)], [3])",
    "SequentialLR(o, [L.LinearLR(o, 0.1, total_iters=3), L.CosineAnnealingWarmRestarts(o, 2, 2)], [3])",
    "ChainedScheduler([L.ConstantLR(o, 0.1, 2), L.ExponentialLR(o, 0.9)])",
]
FIRST_EPOCHS = {  # from a rate of 1.0
    "StepLR(o, 2, 0.5)": [1, 1, 0.5, 0.5, 0.25],
    "MultiStepLR(o, [1, 3], 0.1)": [1, 0.1, 0.1, 0.01, 0.01],
    "ExponentialLR(o, 0.5)": [1, 0.5, 0.25, 0.125, 0.0625],
    "LambdaLR(o, lambda e: 1 / (1 + e))": [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5],
    "LinearLR(o, 0.5, 1.0, 2)": [0.5, 0.75, 1, 1, 1],
    "CosineAnnealingLR(o, 4)": [(1 + math.cos(math.pi * e / 4)) / 2 for e in range(5)],
    "CosineAnnealingWarmRestarts(o, 2)": [1, 0.5, 1, 0.5, 1],
    "ConstantLR(o, 0.25, 2)": [0.25, 0.25, 1, 1, 1],
    "PolynomialLR(o, 4)": [1, 0.75, 0.5, 0.25, 0],
}


def make_optimizer(module: Any, kind: str = "SGD", rates: tuple[float, ...] = (0.1, 0.2)) -> Any:
    settings = {"momentum": 0.9} if kind == "SGD" else {}
    groups = [{"params": [module.zeros(2, requires_grad=True)], "lr": rate} for rate in rates]
    return getattr(module.optim, kind)(groups, **settings)


def make(expression: str, module: Any, optimizer: Any) -> Any:
    schedules = module.optim.lr_scheduler
    return eval(f"L.{expression}", {"L": schedules, "o": optimizer})


def settings_of(optimizer: Any) -> list[dict[str, Any]]:
    return [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("expression", CASES)
def test_rates_and_state_are_those_of_pytorch(expression: str, kind: str) -> None:
    real = pytest.importorskip("torch")
    found = []
    for module in (torch, real):
        optimizer = make_optimizer(module, kind)
        scheduler = make(expression, module, optimizer)
        track = []
        for _ in range(18):
            track.append((scheduler.get_last_lr(), settings_of(optimizer)))
            optimizer.step()
            scheduler.step()
        state = {k: v for k, v in scheduler.state_dict().items() if not callable(v)}
        found.append((track, state))
    assert found[0] == found[1]


@pytest.mark.parametrize("expression", [case for case in CASES if "Cycl" not in case and "Seq" not in case][:14])
def test_epochs_can_be_named(expression: str) -> None:
    real = pytest.importorskip("torch")
    found = []
    for module in (torch, real):
        optimizer = make_optimizer(module)
        scheduler = make(expression, module, optimizer)
        optimizer.step()
        rates = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            for epoch in (7, 2, 0, 11):
                scheduler.step(epoch)
                rates.append(scheduler.get_last_lr())
                scheduler.step()
                rates.append(scheduler.get_last_lr())
        found.append(rates)
    assert found[0] == found[1]


@pytest.mark.parametrize("expression", [case for case in CASES if "Seq" not in case and "Chain" not in case])
def test_training_can_be_resumed(expression: str) -> None:
    real = pytest.importorskip("torch")
    found = []
    for module in (torch, real):
        optimizer = make_optimizer(module)
        for group in optimizer.param_groups:
            group |= {"initial_lr": group["lr"], "max_lr": 0.3, "min_lr": 0.001}
            group |= {"base_momentum": 0.8, "max_momentum": 0.9}
        scheduler = make(expression[:-1] + ", last_epoch=4)", module, optimizer)
        rates = [scheduler.get_last_lr()]
        for _ in range(5):
            optimizer.step()
            scheduler.step()
            rates.append(scheduler.get_last_lr())
        found.append(rates)
    assert found[0] == found[1]


@pytest.mark.parametrize("expression", FIRST_EPOCHS)
def test_first_epochs(expression: str) -> None:
    optimizer = make_optimizer(torch, rates=(1.0,))
    scheduler = make(expression, torch, optimizer)
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx(FIRST_EPOCHS[expression])


PLATEAUS = [
    {},
    {"mode": "max", "patience": 2},
    {"threshold_mode": "abs", "threshold": 0.1, "patience": 1, "cooldown": 2},
    {"mode": "max", "threshold_mode": "abs", "min_lr": [0.01, 0.02], "patience": 0, "factor": 0.5},
]


@pytest.mark.parametrize("settings", PLATEAUS)
def test_plateaus_are_those_of_pytorch(settings: dict[str, Any]) -> None:
    real = pytest.importorskip("torch")
    found = []
    for module in (torch, real):
        scheduler = module.optim.lr_scheduler.ReduceLROnPlateau(make_optimizer(module), **settings)
        draw = random.Random(0)
        rates = []
        for _ in range(60):
            scheduler.step(draw.random())
            rates.append(scheduler.get_last_lr())
        found.append((rates, scheduler.state_dict()))
    assert found[0] == found[1]


def test_plateau_reduces_after_its_patience() -> None:
    optimizer = make_optimizer(torch, rates=(1.0,))
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5, min_lr=0.3)
    rates = []
    for loss in (1.0, 0.5, torch.tensor(0.5), 0.5, 0.5, 0.5, 0.4):
        scheduler.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.5, 0.3, 0.3]


# --- order, state, tensors ----------------------------------------------------------------------------------


def test_wrong_order_is_warned_about() -> None:
    scheduler = lr_scheduler.StepLR(make_optimizer(torch), 2)
    with pytest.warns(UserWarning, match=r"Detected call of `lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        scheduler.step()


def test_replaced_step_is_warned_about() -> None:
    optimizer = make_optimizer(torch)
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    optimizer.step = lambda: None
    with pytest.warns(UserWarning, match=r"Seems like `optimizer.step\(\)` has been overridden"):
        scheduler.step()


def test_rates_are_asked_for_with_get_last_lr() -> None:
    scheduler = lr_scheduler.StepLR(make_optimizer(torch), 2)
    with pytest.warns(UserWarning, match="please use `get_last_lr"):
        assert scheduler.get_lr() == [0.1, 0.2]


def test_state_moves_to_another_scheduler() -> None:
    optimizer = make_optimizer(torch)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    state = pickle.loads(pickle.dumps(scheduler.state_dict()))
    assert list(state) == [
        "gamma", "base_lrs", "last_epoch", "_step_count", "_is_initial", "_get_lr_called_within_step", "_last_lr",
    ]  # fmt: skip
    again = lr_scheduler.ExponentialLR(make_optimizer(torch), 0.9)
    again.load_state_dict(state)
    assert again.last_epoch == 3 and again.gamma == 0.5 and again.get_last_lr() == [0.0125, 0.025]


def test_callable_objects_are_saved_and_functions_are_not() -> None:
    class Factor:
        def __init__(self, power: int) -> None:
            self.power = power

        def __call__(self, epoch: int) -> float:
            return 0.5 ** (self.power * epoch)

    scheduler = lr_scheduler.LambdaLR(make_optimizer(torch), [Factor(2), lambda epoch: 1.0])
    state = scheduler.state_dict()
    assert state["lr_lambdas"] == [{"power": 2}, None]
    again = lr_scheduler.LambdaLR(make_optimizer(torch), [Factor(1), lambda epoch: 1.0])
    again.load_state_dict(state)
    assert again.lr_lambdas[0].power == 2


def test_tensor_rates_are_written_to() -> None:
    rate = torch.tensor(0.1)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = lr_scheduler.StepLR(optimizer, 1)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is rate and rate.item() == pytest.approx(0.01)
    assert scheduler.base_lrs[0].item() == pytest.approx(0.1)


def test_own_schedulers_need_only_get_lr() -> None:
    class Halving(lr_scheduler._LRScheduler):
        def get_lr(self) -> list[float]:
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    optimizer = make_optimizer(torch)
    scheduler = Halving(optimizer)
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.05, 0.1] and isinstance(scheduler, lr_scheduler.LRScheduler)


@pytest.mark.parametrize(
    ("expression", "kind", "message"),
    [
        ("StepLR(3, 1)", TypeError, "int is not an Optimizer"),
        ("StepLR(o, 1, last_epoch=3)", KeyError, "param 'initial_lr' is not specified in param_groups"),
        ("LambdaLR(o, [lambda e: 1])", ValueError, "Expected 2 lr_lambdas, but got 1"),
        ("LinearLR(o, start_factor=2.0)", ValueError, "Starting multiplicative factor expected"),
        ("LinearLR(o, end_factor=-1)", ValueError, "Ending multiplicative factor expected"),
        ("ConstantLR(o, factor=2.0)", ValueError, "Constant multiplicative factor expected"),
        ("ReduceLROnPlateau(o, factor=1.0)", ValueError, "Factor should be < 1.0."),
        ("ReduceLROnPlateau(3)", TypeError, "int is not an Optimizer"),
        ("ReduceLROnPlateau(o, mode='x')", ValueError, "mode x is unknown!"),
        ("ReduceLROnPlateau(o, threshold_mode='x')", ValueError, "threshold mode x is unknown!"),
        ("ReduceLROnPlateau(o, min_lr=[1])", ValueError, "expected 2 min_lrs, got 1"),
        ("SequentialLR(o, [], [])", ValueError, "SequentialLR expects at least one scheduler"),
        ("SequentialLR(o, [L.StepLR(o, 1)] * 2, [])", ValueError, "Sequential Schedulers expects number of"),
        ("ChainedScheduler([])", ValueError, "ChainedScheduler expects at least one scheduler to be chained"),
        ("CosineAnnealingWarmRestarts(o, 0)", ValueError, "Expected positive integer T_0, but got 0"),
        ("CosineAnnealingWarmRestarts(o, 1, 0)", ValueError, "Expected integer T_mult >= 1, but got 0"),
        ("OneCycleLR(o, 0.1)", ValueError, r"You must define either total_steps OR \(epochs AND"),
        ("CyclicLR(o, 0.1, 0.2, mode='x')", ValueError, "mode is invalid and scale_fn is None"),
        ("LRScheduler(o)", NotImplementedError, "^$"),
    ],
)
def test_misuse_raises_the_errors_of_pytorch(expression: str, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        make(expression, torch, make_optimizer(torch))


def test_eta_min_is_a_number() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    with pytest.raises(ValueError, match="Expected float or int eta_min, but got a of type <class 'str'>"):
        torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 1, 1, "a")


def test_cyclic_rates_given_as_tensors_stay_what_they_are() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
    low = torch.tensor(0.1)
    scheduler = lr_scheduler.CyclicLR(optimizer, low, 1.0, step_size_up=3)
    optimizer.step()
    scheduler.step()
    assert low.item() == pytest.approx(0.1) and optimizer.param_groups[0]["lr"].item() == pytest.approx(0.4)


@pytest.mark.parametrize("factor", [1, [1, 1], "x", None])
def test_a_factor_of_multiplicative_lr_is_a_function(factor: Any) -> None:
    name = type(factor[0] if isinstance(factor, list) else factor).__name__
    with pytest.raises(TypeError, match=f"lr_lambda should be a function, but got {name}"):
        lr_scheduler.MultiplicativeLR(make_optimizer(torch), factor)
