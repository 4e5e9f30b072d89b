"""Hooks around a module's forward and backward."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pytest

import pullback as torch
from pullback import nn
from pullback.nn.modules import module as module_file


class Double(nn.Module):
    def forward(self, x: torch.Tensor, *, factor: float = 2.0) -> torch.Tensor:
        return x * factor


def test_forward_hooks_see_and_replace() -> None:
    module, seen = Double(), []
    module.register_forward_pre_hook(lambda m, args: seen.append(("pre", args)) or (args[0] + 1,))
    module.register_forward_hook(lambda m, args, out: seen.append(("post", args[0].item())) or out * 10)
    assert module(torch.tensor(1.0)).item() == 40.0
    assert [kind for kind, _ in seen] == ["pre", "post"] and seen[1][1] == 2.0


def test_single_result_of_a_pre_hook_stands_for_the_argument() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, args: args[0] * 5)
    assert module(torch.tensor(1.0)).item() == 10.0


def test_hooks_with_kwargs() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"factor": 3.0}), with_kwargs=True)
    module.register_forward_hook(lambda m, args, kwargs, out: out + kwargs["factor"], with_kwargs=True)
    assert module(torch.tensor(2.0), factor=7.0).item() == 9.0


def test_pre_hook_with_kwargs_must_return_a_pair() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\), but got 3"):
        module(torch.tensor(2.0))


def test_prepend_and_remove() -> None:
    module, order = Double(), []
    handles = [
        module.register_forward_hook(lambda *a: order.append("first")),
        module.register_forward_hook(lambda *a: order.append("second")),
        module.register_forward_hook(lambda *a: order.append("before"), prepend=True),
    ]
    module(torch.tensor(1.0))
    assert order == ["before", "first", "second"]
    for handle in handles:
        handle.remove()
        handle.remove()
    module(torch.tensor(1.0))
    assert len(order) == 3 and not module._forward_hooks


def test_handle_takes_its_flags_along() -> None:
    module = Double()
    with module.register_forward_hook(lambda *a: None, with_kwargs=True, always_call=True):
        assert module._forward_hooks_with_kwargs and module._forward_hooks_always_called
    assert not module._forward_hooks_with_kwargs and not module._forward_hooks_always_called


def test_always_called_hook_runs_after_an_error() -> None:
    class Failing(nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("no")

    module, outputs = Failing(), []
    module.register_forward_hook(lambda m, args, out: outputs.append("plain"))
    module.register_forward_hook(lambda m, args, out: outputs.append(out), always_call=True)
    with pytest.raises(ValueError, match="no"):
        module(1)
    assert outputs == [None]
    module.register_forward_hook(lambda *a: 1 / 0, always_call=True)
    silenced = "silenced as another error was raised in forward: division by zero"
    with pytest.warns(UserWarning, match=silenced), pytest.raises(ValueError, match="no"):
        module(1)


def test_backward_hooks_see_and_replace_gradients() -> None:
    module, seen = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Identity()), {}
    with torch.no_grad():
        module[0].weight.copy_(torch.eye(2))
    module.register_full_backward_pre_hook(
        lambda m, grad_out: seen.update(pre=grad_out[0].tolist()) or (grad_out[0] * 2,)
    )
    module.register_full_backward_hook(
        lambda m, grad_in, grad_out: (
            seen.update(grad_in=grad_in[0].tolist(), grad_out=grad_out[0].tolist()) or (grad_in[0] + 100,)
        )
    )
    x = torch.ones(2, requires_grad=True)
    output = module(x)
    assert output.grad_fn.name() == "BackwardHookFunctionBackward"
    output.sum().backward()
    assert seen == {"pre": [1.0, 1.0], "grad_in": [2.0, 2.0], "grad_out": [2.0, 2.0]}
    assert x.grad.tolist() == [102.0, 102.0]


def test_backward_hook_fires_without_gradients_of_inputs() -> None:
    module, seen = nn.Linear(2, 1), []
    module.register_full_backward_hook(lambda m, grad_in, grad_out: seen.append((grad_in, grad_out[0].tolist())))
    with pytest.warns(UserWarning, match="Full backward hook is firing when gradients are computed with respect"):
        module(torch.ones(1, 2)).sum().backward()
    assert seen == [((None,), [[1.0]])]


def test_backward_hook_with_several_arguments() -> None:
    class Add(nn.Module):
        def forward(self, x: Any, text: str, y: Any) -> Any:
            return x + y, text, x * 2

    module, seen = Add(), []
    module.register_full_backward_hook(lambda m, grad_in, grad_out: seen.append((grad_in, grad_out)))
    x, y = torch.ones(1, requires_grad=True), torch.ones(1)
    first, text, second = module(x, "text", y)
    (first + 3 * second).sum().backward()
    ((grad_in, grad_out),) = seen
    assert text == "text" and x.grad.tolist() == [7.0]
    assert grad_in[0].tolist() == [7.0] and grad_in[1] is None
    assert grad_out[0].tolist() == [1.0] and grad_out[1] is None and grad_out[2].tolist() == [3.0]


def test_backward_hook_must_return_as_many_gradients() -> None:
    module = nn.Linear(2, 2)
    module.register_full_backward_hook(lambda m, grad_in, grad_out: (grad_in[0], grad_in[0]))
    with pytest.raises(RuntimeError, match="invalid number of grad_input, got 2, but expected 1"):
        module(torch.ones(1, 2, requires_grad=True)).sum().backward()


def test_backward_hooks_need_tensors() -> None:
    class Table(nn.Module):
        def forward(self, x: Any) -> Any:
            return {"x": x}

    module = Table()
    module.register_full_backward_hook(lambda *a: None)
    with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple of Tensors"):
        module(torch.ones(1, requires_grad=True))


def test_no_identity_nodes_without_recording() -> None:
    module = nn.Identity()
    module.register_full_backward_hook(lambda *a: None)
    x = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        assert module(x) is x


def test_kinds_of_backward_hooks_do_not_mix() -> None:
    module = nn.Linear(1, 1)
    module.register_full_backward_hook(lambda *a: None)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full backward hooks"):
        module.register_backward_hook(lambda *a: None)


def test_deprecated_backward_hook_sees_the_last_node() -> None:
    module, seen = nn.ReLU(), []
    module.register_backward_hook(lambda m, grad_in, grad_out: seen.append((m, grad_out[0].tolist())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        module(torch.ones(2, requires_grad=True) * 1).sum().backward()
    assert seen == [(module, [1.0, 1.0])]


@pytest.mark.parametrize(
    ("register", "expected"),
    [
        (lambda log: module_file.register_module_forward_pre_hook(lambda m, args: log.append("pre")), ["pre"]),
        (lambda log: module_file.register_module_forward_hook(lambda m, args, out: log.append("post")), ["post"]),
        (
            lambda log: module_file.register_module_full_backward_pre_hook(lambda m, go: log.append("back-pre")),
            ["back-pre"],
        ),
        (
            lambda log: module_file.register_module_full_backward_hook(lambda m, gi, go: log.append("back")),
            ["back"],
        ),
    ],
)
def test_global_hooks_run_for_every_module(register: Any, expected: list[str]) -> None:
    log: list[str] = []
    handle = register(log)
    try:
        nn.ReLU()(torch.ones(1, requires_grad=True) * 1).sum().backward()
        assert log == expected
    finally:
        handle.remove()
    nn.ReLU()(torch.ones(1))
    assert log == expected


def test_global_registration_hooks_may_replace() -> None:
    handles = [
        module_file.register_module_parameter_registration_hook(
            lambda m, name, param: nn.Parameter(param.detach() + 1) if name == "weight" else None
        ),
        module_file.register_module_buffer_registration_hook(lambda m, name, buffer: buffer * 2),
        module_file.register_module_module_registration_hook(lambda m, name, child: nn.Tanh()),
    ]
    try:
        module = nn.Module()
        module.weight = nn.Parameter(torch.zeros(1))
        module.register_buffer("mean", torch.ones(1))
        module.child = nn.ReLU()
    finally:
        for handle in handles:
            handle.remove()
    assert module.weight.tolist() == [1.0] and module.mean.tolist() == [2.0]
    assert isinstance(module.child, nn.Tanh)


def test_copied_module_has_its_own_hooks() -> None:
    module, calls = Double(), []
    module.handle = module.register_forward_hook(lambda *a: calls.append(1))
    again = copy.deepcopy(module)
    again.handle.remove()
    again(torch.ones(1))
    assert calls == []
    module(torch.ones(1))
    assert calls == [1]
