"""Anomaly mode: which operator made the NaN, and where it was called."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import pytest

import pullback as torch


class Spoil(torch.autograd.Function):
    """The identity whose backward gives NaN at argument `number`."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, number: int) -> Any:
        ctx.number = number
        return x + y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        grads = [grad, grad]
        grads[ctx.number] = grad / 0 * 0
        return (*grads, None)


def messages(action: Any) -> tuple[str, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(RuntimeError) as error:
            action()
    return str(error.value), [str(each.message) for each in caught]


@pytest.mark.parametrize("number", [0, 1])
def test_names_the_function_and_the_forward_line(number: int) -> None:
    x = torch.ones(2, requires_grad=True)

    def run() -> None:
        with torch.autograd.set_detect_anomaly(True):
            Spoil.apply(x, x, number).sum().backward()

    error, told = messages(run)
    assert error.startswith(f"Function 'SpoilBackward' returned nan values in its {number}th output.")
    assert "Spoil.apply(x, x, number)" in error
    assert told[0].startswith("Error detected in SpoilBackward. Traceback of forward call that caused the error:\n")
    assert "Spoil.apply(x, x, number)" in told[0] and "in run" in told[0]


def test_says_when_the_forward_ran_outside_the_mode() -> None:
    x = torch.zeros(2, requires_grad=True)
    y = x / x

    def run() -> None:
        with torch.autograd.set_detect_anomaly(True):
            y.sum().backward()

    _, told = messages(run)
    assert told[0].startswith("Error detected in DivBackward0. No forward pass information available.")


def test_errors_of_other_kinds_are_explained_too() -> None:
    x = torch.ones(1, requires_grad=True)

    def run() -> None:
        with torch.autograd.set_detect_anomaly(True):
            y = x.exp()
            y.register_hook(lambda grad: grad.reshape(7))
            y.backward()

    assert messages(run)[1][0].startswith("Error detected in ExpBackward0. Traceback of forward call")


class Induce(torch.autograd.Function):
    """The identity whose backward calls `Spoil`: the second derivative has the NaN."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 1

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return Spoil.apply(grad, grad, 0)


def test_tells_who_induced_a_node_of_the_backward_pass() -> None:
    x = torch.ones(2, requires_grad=True)

    def run() -> None:
        with torch.autograd.set_detect_anomaly(True):
            (first,) = torch.autograd.grad((Induce.apply(x) ** 2).sum(), x, create_graph=True)
            first.sum().backward()

    _, told = messages(run)
    assert told[0].startswith("Error detected in SpoilBackward. ")
    induced = next(each for each in told if each.startswith("\n\nPrevious calculation was induced by InduceBackward."))
    assert "Traceback of forward call that induced the previous calculation" in induced and "Induce.apply(x)" in induced


def test_the_mode_is_one_for_all_threads_and_can_leave_nan_alone() -> None:
    x = torch.zeros(2, requires_grad=True)
    seen: list[bool] = []
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        thread = threading.Thread(target=lambda: seen.append(torch.is_anomaly_enabled()))
        thread.start()
        thread.join()
        assert not torch.is_anomaly_check_nan_enabled()
        (x / x).sum().backward()
    assert seen == [True] and not torch.is_anomaly_enabled()


def test_detect_anomaly_warns_of_its_price() -> None:
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled"), torch.autograd.detect_anomaly():
        pass


def test_a_node_made_in_the_mode_notes_its_traceback() -> None:
    x = torch.ones(1, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = x * 2
    assert "y = x * 2" in "".join(y.grad_fn.metadata["traceback_"])
    assert "traceback_" not in (x * 2).grad_fn.metadata
