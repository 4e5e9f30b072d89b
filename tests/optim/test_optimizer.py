"""What all optimizers share: groups, saving, hooks, text, errors."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback import nn, optim
from pullback.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook


def leaf(*values: float) -> torch.Tensor:
    return torch.tensor(values or (0.0, 0.0), requires_grad=True)


def stepped(kind: str = "Adam", **settings: Any) -> Any:
    """An optimizer of two groups after one step."""
    groups = [{"params": [leaf(1.0, 2.0)]}, {"params": [leaf(3.0)], "lr": 0.5}]
    optimizer = getattr(optim, kind)(groups, lr=0.1, **settings)
    for group in optimizer.param_groups:
        group["params"][0].grad = torch.ones_like(group["params"][0])
    optimizer.step()
    return optimizer


# --- groups -------------------------------------------------------------------------------------------------


def test_groups_bring_settings_or_take_the_defaults() -> None:
    optimizer = optim.SGD([{"params": leaf()}, {"params": [leaf()], "lr": 0.5}], lr=0.1, momentum=0.9)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5]
    optimizer.add_param_group({"params": leaf(), "momentum": 0.0})
    assert [group["momentum"] for group in optimizer.param_groups] == [0.9, 0.9, 0.0]
    assert all(isinstance(group["params"], list) for group in optimizer.param_groups)


def test_groups_have_their_own_rates() -> None:
    optimizer = stepped("SGD")
    first, second = (group["params"][0] for group in optimizer.param_groups)
    np.testing.assert_allclose(first.tolist(), [0.9, 1.9], rtol=1e-6)
    assert second.tolist() == [2.5]


def test_named_parameters_keep_their_names() -> None:
    optimizer = optim.SGD(nn.Linear(1, 1).named_parameters(), lr=0.1)
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]


SAME = leaf()


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
        (lambda: optim.SGD(leaf()), TypeError, "should be an iterable of Tensors or dicts, but got torch.FloatTensor"),
        (lambda: optim.SGD([leaf() * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda: optim.SGD([3]), TypeError, "optimizer can only optimize Tensors, but one of the params is int"),
        (lambda: optim.SGD([{"params": {leaf()}}]), TypeError, "the ordering of tensors in sets will change"),
        (
            lambda: optim.SGD([{"params": SAME}, {"params": SAME}]),
            ValueError,
            "some parameters appear in more than one parameter group",
        ),
        (lambda: optim.SGD([leaf()]).add_param_group(3), TypeError, "param_group must be a dict, but got"),
        (lambda: optim.SGD([("a", leaf()), leaf()]), ValueError, "Some param names are missing"),
        (
            lambda: optim.SGD([{"params": [("a", leaf())]}, {"params": [leaf()]}]),
            ValueError,
            "cannot add param group without names to the optimizer",
        ),
        (lambda: optim.SGD([leaf()], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: optim.SGD([leaf()], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda: optim.SGD([leaf()], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda: optim.SGD([leaf()], nesterov=True), ValueError, "Nesterov momentum requires a momentum and zero"),
        (lambda: optim.Adam([leaf()], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: optim.Adam([leaf()], betas=(1, 0.9)), ValueError, "Invalid beta parameter at index 0: 1"),
        (lambda: optim.Adam([leaf()], betas=(0.9, 1.0)), ValueError, "Invalid beta parameter at index 1: 1.0"),
        (lambda: optim.Adam([leaf()], fused=True, foreach=True), RuntimeError, "cannot be `True` together"),
        (lambda: optim.Adam([leaf()], fused=True, differentiable=True), RuntimeError, "does not support"),
        (lambda: optim.Adam([leaf()], lr=torch.tensor([0.1, 0.2])), ValueError, "Tensor lr must be 1-element"),
        (lambda: optim.Adam([leaf()], lr=torch.tensor(0.1), foreach=True), ValueError, "lr as a Tensor is not"),
        (lambda: stepped(capturable=True), AssertionError, "If capturable=True, params and state_steps must be on"),
    ],
)
def test_misuse_raises_the_errors_of_pytorch(make: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        make()


def test_duplicates_in_a_group_are_warned_about() -> None:
    with pytest.warns(UserWarning, match="optimizer contains a parameter group with duplicate parameters"):
        optim.SGD([SAME, SAME])


def test_required_settings_must_be_brought() -> None:
    class Needy(optim.Optimizer):
        def __init__(self, params: Any) -> None:
            super().__init__(params, {"lr": optim.optimizer.required})

    with pytest.raises(ValueError, match="didn't specify a value of required optimization parameter lr"):
        Needy([leaf()])
    assert Needy([{"params": leaf(), "lr": 3}]).param_groups[0]["lr"] == 3


# --- steps --------------------------------------------------------------------------------------------------


def test_parameters_without_gradient_are_left() -> None:
    one, other = leaf(1.0), leaf(1.0)
    one.grad = torch.ones(1)
    optimizer = optim.Adam([one, other], lr=0.1)
    optimizer.step()
    assert other.tolist() == [1.0] and list(optimizer.state) == [one]


def test_closure_is_evaluated_with_gradients() -> None:
    param = leaf(2.0)
    optimizer = optim.SGD([param], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (param * param).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 4.0
    assert param.tolist() == [1.0]


def test_zero_grad_drops_or_zeroes() -> None:
    optimizer = stepped("SGD")
    param = optimizer.param_groups[0]["params"][0]
    grad = param.grad
    optimizer.zero_grad(set_to_none=False)
    assert param.grad is grad and grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert param.grad is None


def test_rates_may_be_tensors() -> None:
    param = leaf(1.0)
    param.grad = torch.ones(1)
    optim.SGD([param], lr=torch.tensor(0.25)).step()
    assert param.tolist() == [0.75]


def test_own_optimizers_work_like_the_others() -> None:
    class SignDescent(optim.Optimizer):
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure: Any = None) -> None:
            for group in self.param_groups:
                for param in group["params"]:
                    param.sub_(group["lr"] * param.grad.sign())
                    self.state[param]["seen"] = True

    param, calls = leaf(1.0, -1.0), []
    param.grad = torch.tensor([5.0, -3.0])
    optimizer = SignDescent([param], 0.5)
    optimizer.register_step_post_hook(lambda *a: calls.append(1))
    optimizer.step()
    assert param.tolist() == [0.5, -0.5] and calls == [1]
    assert optimizer.state_dict() == {"state": {0: {"seen": True}}, "param_groups": [{"lr": 0.5, "params": [0]}]}
    optim.lr_scheduler.StepLR(optimizer, 1)


# --- saving -------------------------------------------------------------------------------------------------


def test_state_has_the_form_of_pytorchs() -> None:
    state = stepped("SGD", momentum=0.9).state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0], [1]]
    assert list(state["param_groups"][0]) == [
        "lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "foreach", "differentiable", "fused",
        "params",
    ]  # fmt: skip
    assert list(state["state"]) == [0, 1] and state["state"][1]["momentum_buffer"].tolist() == [1.0]
    adam = stepped(amsgrad=True).state_dict()["state"][0]
    assert list(adam) == ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"]
    assert adam["step"].dtype == torch.float32 and adam["step"].shape == () and adam["step"].item() == 1.0


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize("direction", ["to torch", "from torch"])
def test_training_continues_across_libraries(kind: str, direction: str) -> None:
    real = pytest.importorskip("torch")
    source, target = (torch, real) if direction == "to torch" else (real, torch)
    settings = {"lr": 0.1} | ({"momentum": 0.9} if kind == "SGD" else {"amsgrad": True})

    def walk(module: Any, param: Any, optimizer: Any, steps: range) -> None:
        for i in steps:
            param.grad = param.detach() + module.tensor([float(i), 1.0])
            optimizer.step()

    def convert(value: Any) -> Any:
        return target.from_numpy(value.numpy().copy()) if isinstance(value, source.Tensor) else value

    start = source.tensor([1.0, 2.0], requires_grad=True)
    first = getattr(source.optim, kind)([start], **settings)
    walk(source, start, first, range(5))
    state = first.state_dict()
    state["state"] = {
        key: {name: convert(value) for name, value in entry.items()} for key, entry in state["state"].items()
    }
    param = target.tensor(start.tolist(), requires_grad=True)
    second = getattr(target.optim, kind)([param], lr=9.0)
    second.load_state_dict(state)
    walk(target, param, second, range(5, 10))
    walk(source, start, first, range(5, 10))
    np.testing.assert_allclose(param.tolist(), start.tolist(), rtol=1e-6, atol=1e-7)
    assert second.param_groups[0]["lr"] == 0.1


def test_loading_casts_state_but_not_the_count() -> None:
    state = stepped().state_dict()
    wide = [torch.zeros(2, dtype=torch.float64, requires_grad=True), torch.zeros(1, requires_grad=True)]
    optimizer = optim.Adam([{"params": wide[:1]}, {"params": wide[1:]}])
    optimizer.load_state_dict(state)
    loaded = optimizer.state[wide[0]]
    assert loaded["exp_avg"].dtype == torch.float64 and loaded["step"].dtype == torch.float32
    state["state"][0]["step"] = 3
    optimizer.load_state_dict(state)
    assert optimizer.state[wide[0]]["step"].item() == 3.0


def test_loading_checks_the_groups() -> None:
    optimizer = stepped()
    with pytest.raises(ValueError, match="loaded state dict has a different number of parameter groups"):
        optimizer.load_state_dict({"state": {}, "param_groups": []})
    state = optimizer.state_dict()
    state["param_groups"][0] = {**state["param_groups"][0], "params": [0, 1]}
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        optimizer.load_state_dict(state)


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_carry_state_and_settings(copier: Any) -> None:
    optimizer = stepped("SGD", momentum=0.9)
    again = copier(optimizer)
    assert repr(again) == repr(optimizer)
    for group in again.param_groups:
        param = group["params"][0]
        assert again.state[param]["momentum_buffer"].tolist() == [1.0] * len(param)
        param.grad = torch.ones_like(param)
    again.step()
    assert again.param_groups[1]["params"][0].item() == pytest.approx(2.5 - 0.5 * 1.9)
    assert optimizer.param_groups[1]["params"][0].item() == 2.5


# --- hooks and text -----------------------------------------------------------------------------------------


def test_step_hooks_see_the_call_and_may_change_it() -> None:
    optimizer, seen = stepped("SGD"), []
    pre = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("pre", args, kwargs)))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("post", len(args), kwargs)))
    optimizer.step()
    assert seen == [("pre", (optimizer,), {}), ("post", 1, {})]
    pre.remove()
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7), {}))
    assert optimizer.step() == 7
    optimizer.register_step_pre_hook(lambda *a: 3)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\), but got 3"):
        optimizer.step()


def test_global_step_hooks_run_for_every_optimizer() -> None:
    seen: list[str] = []
    handles = [
        register_optimizer_step_pre_hook(lambda *a: seen.append("pre")),
        register_optimizer_step_post_hook(lambda *a: seen.append("post")),
    ]
    stepped("SGD")
    for handle in handles:
        handle.remove()
    stepped("SGD")
    assert seen == ["pre", "post"]


def test_state_hooks_see_and_replace() -> None:
    optimizer, seen = stepped("SGD"), []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("save"))
    optimizer.register_state_dict_post_hook(lambda o, state: state | {"note": 1})
    state = optimizer.state_dict()
    assert state["note"] == 1 and seen == ["save"]
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append(state["note"]))
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append("first"), prepend=True)
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    optimizer.load_state_dict(state)
    assert seen == ["save", "first", 1, "loaded"]


def test_representation_lists_settings_by_group() -> None:
    optimizer = optim.SGD([{"params": leaf()}, {"params": leaf(), "lr": 1.0}], lr=0.1)
    body = (
        "    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n    lr: {}\n"
        "    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n"
    )
    expected = f"SGD (\nParameter Group 0\n{body.format(0.1)}\nParameter Group 1\n{body.format(1.0)})"
    assert repr(optimizer) == expected


@pytest.mark.parametrize("make", ["SGD([p], lr=0.1)", "Adam([p])", "AdamW([p], lr=0.5, amsgrad=True)"])
def test_representation_is_that_of_pytorch(make: str) -> None:
    real = pytest.importorskip("torch")
    texts = [
        repr(eval(f"m.optim.{make}", {"m": module, "p": module.zeros(1, requires_grad=True)}))
        for module in (torch, real)
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam, optim.AdamW, optim.Adagrad])
def test_a_fused_step_takes_the_scale_out_and_is_left_out_after_an_infinity(kind: Any) -> None:
    scaled, plain = (nn.Parameter(torch.ones(2)) for _ in range(2))
    scaled.grad, plain.grad = torch.full((2,), 6.0), torch.full((2,), 3.0)
    fused = kind([scaled], lr=0.1, fused=True)
    assert fused._step_supports_amp_scaling and not kind([plain])._step_supports_amp_scaling
    fused.grad_scale, fused.found_inf = torch.tensor(2.0), torch.tensor(1.0)
    fused.step()
    assert scaled.tolist() == [1.0, 1.0] and scaled.grad.tolist() == [6.0, 6.0]
    fused.found_inf = torch.tensor(0.0)
    fused.step()
    kind([plain], lr=0.1).step()
    assert scaled.tolist() == plain.tolist() and scaled.grad.tolist() == [3.0, 3.0]


def test_adafactor_goes_on_from_a_count_that_was_saved_as_a_number() -> None:
    param = nn.Parameter(torch.ones(2, 2))
    param.grad = torch.ones(2, 2)
    optimizer = optim.Adafactor([param])
    optimizer.step()
    saved = optimizer.state_dict()
    saved["state"][0]["step"] = 1.0
    optimizer.load_state_dict(saved)
    optimizer.step()
    assert optimizer.state[param]["step"].item() == 2.0


def test_lbfgs_takes_a_rate_with_axes() -> None:
    results = []
    for lr in (0.5, torch.tensor([[0.5]])):
        param = nn.Parameter(torch.ones(2))
        optimizer = optim.LBFGS([param], lr=lr, max_iter=3)

        def closure(param: Any = param, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = (param**4).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        results.append(param.tolist())
    assert results[0] == results[1] == pytest.approx([0.6588] * 2, abs=1e-4)
