"""What single optimizers bring of their own: errors, state, Muon's orthogonal steps, swapped state, averages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import nn, optim
from pullback.optim import swa_utils
from pullback.optim._muon import orthogonal

MISUSE = {
    "Adadelta": ["lr=-1", "rho=2", "eps=-1", "weight_decay=-1", "capturable=True", "foreach=True,differentiable=True"],
    "Adagrad": ["lr=-1", "lr_decay=-1", "eps=-1", "weight_decay=-1", "initial_accumulator_value=-1",
                "fused=True,differentiable=True", "fused=True,foreach=True", "differentiable=True,foreach=True"],
    "Adamax": ["lr=-1", "betas=(-1,0)", "betas=(0.5,1)", "eps=-1", "weight_decay=-1", "capturable=True"],
    "NAdam": ["lr=-1", "betas=(-1,0)", "eps=-1", "weight_decay=-1", "momentum_decay=-1", "capturable=True"],
    "RAdam": ["lr=-1", "betas=(-1,0)", "eps=-1", "weight_decay=-1", "capturable=True"],
    "RMSprop": ["lr=-1", "alpha=-1", "momentum=-1", "eps=-1", "weight_decay=-1", "capturable=True"],
    "Rprop": ["lr=-1", "etas=(2,3)", "etas=(.5,.6)", "capturable=True"],
    "ASGD": ["lr=-1", "weight_decay=-1", "capturable=True"],
    "Adafactor": ["lr=-1", "beta2_decay=1", "eps=(-1,1)", "eps=(None,-1)", "d=0.5", "weight_decay=-1", "capturable=1"],
    "Muon": ["lr=-1", "momentum=-1", "weight_decay=-1", "adjust_lr_fn='x'", "ns_steps=200", "ns_coefficients=(1,2)"],
    "SparseAdam": ["lr=0", "eps=-1", "betas=(-1,0)", "lr=0.1"],
    "LBFGS": ["lr=-1", "lr=torch.tensor([.1,.2])"],
    "Adam": ["betas=(torch.tensor(.9),.9)", "betas=(torch.tensor(.9),torch.tensor(.9)),foreach=True", "capturable=True",
             "foreach=True,differentiable=True"],
}  # fmt: skip


def outcome(module: Any, kind: str, arguments: str) -> tuple[str, str]:
    param = module.zeros(2, 3, requires_grad=True)
    param.grad = module.ones(2, 3)
    try:
        eval(f"torch.optim.{kind}([param], {arguments})", {"torch": module, "param": param}).step()
    except Exception as error:
        return type(error).__name__, str(error)
    return "no error", ""


@pytest.mark.parametrize(("kind", "arguments"), [(kind, each) for kind in MISUSE for each in MISUSE[kind]])
def test_misuse_raises_the_errors_of_pytorch(kind: str, arguments: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = outcome(pullback, kind, arguments), outcome(torch, kind, arguments)
    assert ours == theirs and ours[0] != "no error"


def test_some_messages() -> None:
    assert outcome(pullback, "Rprop", "etas=(2, 3)") == ("ValueError", "Invalid eta values: 2, 3")
    assert outcome(pullback, "RMSprop", "alpha=-1") == ("ValueError", "Invalid alpha value: -1")
    assert outcome(pullback, "SparseAdam", "")[1].startswith("SparseAdam does not support dense gradients")


ALL = ["SGD", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "ASGD",
       "Adafactor", "Muon"]  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_groups_state_and_text_are_those_of_pytorch(kind: str) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for module in (pullback, torch):
        param = module.full((2, 3), 0.5, requires_grad=True)
        optimizer = getattr(module.optim, kind)([param])
        param.grad = module.ones(2, 3)
        optimizer.step()
        state_dict = optimizer.state_dict()
        state = {
            number: {name: (str(value.dtype), tuple(value.shape), value.tolist()) for name, value in kept.items()}
            for number, kept in state_dict["state"].items()
        }
        found.append((repr(optimizer), state_dict["param_groups"], state))
    ours, theirs = found
    assert ours[:2] == theirs[:2] and list(ours[2]) == list(theirs[2])
    for number, kept in ours[2].items():
        assert list(kept) == list(theirs[2][number])
        for name, (dtype, shape, values) in kept.items():
            assert (dtype, shape) == theirs[2][number][name][:2]
            np.testing.assert_allclose(values, theirs[2][number][name][2], rtol=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_state_goes_on_where_it_was_saved(kind: str) -> None:
    def walk(optimizer: Any, param: Any, steps: range) -> None:
        for i in steps:
            param.grad = param.detach().sin() + math.cos(i)
            optimizer.step()

    whole = pullback.full((2, 3), 0.5, requires_grad=True)
    walk(getattr(optim, kind)([whole], lr=0.01), whole, range(8))
    half = pullback.full((2, 3), 0.5, requires_grad=True)
    first = getattr(optim, kind)([half], lr=0.01)
    walk(first, half, range(4))
    second = getattr(optim, kind)([half])
    second.load_state_dict(first.state_dict())
    walk(second, half, range(4, 8))
    assert pullback.equal(whole, half)


# --- Muon ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
@pytest.mark.parametrize(
    "settings", [{}, {"nesterov": False, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3}, {"weight_decay": 0.5}]
)
def test_muon_takes_the_steps_of_pytorch(shape: tuple[int, int], settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for module in (pullback, torch):
        rng = np.random.default_rng(0)
        param = module.tensor(rng.standard_normal(shape), dtype=module.float32, requires_grad=True)
        optimizer = module.optim.Muon([param], lr=0.05, **settings)
        for _ in range(30):
            param.grad = module.tensor(rng.standard_normal(shape), dtype=module.float32)
            optimizer.step()
        found.append(param.tolist())
    # Each step is computed in bfloat16, whose products round where their sums differ in the last bit.
    np.testing.assert_allclose(*found, atol=30 * 0.05 * 2**-8)


def test_orthogonal_keeps_the_singular_vectors() -> None:
    matrix = np.random.default_rng(0).standard_normal((4, 7)).astype("f4")
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    found = orthogonal(matrix, (3.4445, -4.775, 2.0315), 5, 1e-7).astype("f4")
    diagonal = u.T @ found @ v.T
    assert np.all((np.diag(diagonal) > 0.6) & (np.diag(diagonal) < 1.3))
    assert np.abs(diagonal - np.diag(np.diag(diagonal))).max() < 0.05


def test_muon_takes_matrices() -> None:
    with pytest.raises(ValueError, match=r"Muon only supports 2D parameters .* torch.Size\(\[2\]\)"):
        optim.Muon([pullback.zeros(2, requires_grad=True)])
    for kind in (optim.Muon, optim.Adafactor):
        param = pullback.zeros(2, 2, dtype=pullback.complex64, requires_grad=True)
        param.grad = pullback.ones_like(param)
        with pytest.raises(RuntimeError, match=f"{kind.__name__} does not support complex parameters"):
            kind([param]).step()


# --- swapped state ------------------------------------------------------------------------------------------


def test_state_can_be_swapped_in_for_a_while() -> None:
    param = pullback.ones(2, requires_grad=True)
    optimizer = optim.SGD([param], lr=0.5, momentum=0.9)
    with pytest.raises(RuntimeError, match="requires initialized optimizer state"):
        with optim.swap_in_optimizer_params_and_state(optimizer, {}, {}):
            pass
    param.grad = pullback.ones(2)
    optimizer.step()
    other = pullback.zeros(2, requires_grad=True)
    other.grad = pullback.ones(2)
    velocity = pullback.full((2,), 10.0)
    saved = {
        "state": {0: {"momentum_buffer": velocity}},
        "param_groups": [{**optimizer.state_dict()["param_groups"][0], "lr": 1.0}],
    }
    with optim.swap_in_optimizer_params_and_state(optimizer, {"weight": other}, saved):
        optimizer.step()
    assert other.tolist() == [-10.0, -10.0] and velocity.tolist() == [10.0, 10.0]
    assert param.tolist() == [0.5, 0.5] and optimizer.param_groups[0]["lr"] == 0.5
    assert optimizer.state[param]["momentum_buffer"].tolist() == [1.0, 1.0]


# --- averages -----------------------------------------------------------------------------------------------


def set_all(model: Any, value: float) -> None:
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data.fill_(value)


@pytest.mark.parametrize("buffers", [False, True])
@pytest.mark.parametrize("average", ["swa", "swa_multi", "ema", "ema_multi", "default"])
def test_averages_are_those_of_pytorch(average: str, buffers: bool) -> None:
    torch = pytest.importorskip("torch")
    if average == "swa_multi" and buffers:
        pytest.skip("PyTorch averages no integers so")
    found = []
    for module in (pullback, torch):
        tools = module.optim.swa_utils
        functions = {
            "swa": {"avg_fn": tools.get_swa_avg_fn()},
            "swa_multi": {"multi_avg_fn": tools.get_swa_multi_avg_fn()},
            "ema": {"avg_fn": tools.get_ema_avg_fn(0.7)},
            "ema_multi": {"multi_avg_fn": tools.get_ema_multi_avg_fn(0.7)},
            "default": {},
        }
        model = module.nn.BatchNorm1d(3)
        averaged = tools.AveragedModel(model, use_buffers=buffers, **functions[average])
        for value in (1.0, 4.0, 2.5, -8.0):
            set_all(model, value)
            averaged.update_parameters(model)
        found.append({name: value.double().flatten().tolist() for name, value in averaged.state_dict().items()})
    assert list(found[0]) == list(found[1])
    for name, values in found[0].items():
        np.testing.assert_allclose(values, found[1][name], rtol=1e-6)


def test_mean_of_models() -> None:
    model = nn.Linear(1, 1)
    averaged = swa_utils.AveragedModel(model)
    for value in (1.0, 3.0, 8.0):
        set_all(model, value)
        averaged.update_parameters(model)
    assert averaged.module.weight.item() == pytest.approx(4.0) and averaged.n_averaged.item() == 3
    assert averaged(pullback.ones(1, 1)).item() == pytest.approx(8.0)
    with pytest.raises(ValueError, match="Invalid decay value 2 provided"):
        swa_utils.get_ema_avg_fn(2)
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn should be provided"):
        swa_utils.AveragedModel(model, avg_fn=max, multi_avg_fn=max)


@pytest.mark.parametrize("settings", [{}, {"anneal_strategy": "linear", "anneal_epochs": 3}, {"anneal_epochs": 0}])
def test_annealed_rates_are_those_of_pytorch(settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for module in (pullback, torch):
        groups = [{"params": [module.zeros(1, requires_grad=True)], "lr": lr} for lr in (0.1, 0.3)]
        optimizer = module.optim.SGD(groups)
        scheduler = module.optim.swa_utils.SWALR(optimizer, [0.05, 0.5], **settings)
        rates = []
        for _ in range(12):
            rates.append(scheduler.get_last_lr())
            optimizer.step()
            scheduler.step()
        found.append((rates, scheduler.state_dict()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    assert list(found[0][1]) == list(found[1][1])


def test_statistics_are_computed_anew() -> None:
    model = nn.Sequential(nn.BatchNorm1d(2, momentum=0.3))
    data = pullback.tensor([[0.0, 1.0], [2.0, 5.0], [4.0, 9.0], [6.0, 1.0]])
    model.eval()
    swa_utils.update_bn([data[:2], (data[2:], "label")], model)
    assert model[0].running_mean.tolist() == [3.0, 4.0] and model[0].running_var.tolist() == [2.0, 20.0]
    assert model[0].momentum == 0.3 and not model.training
    swa_utils.update_bn([], nn.Linear(1, 1))
