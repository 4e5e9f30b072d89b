"""Initial values: the draws of PyTorch, and what each scheme promises."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.nn import init

DRAWS = {
    "uniform": ("init.uniform_(t, -2, 3)", (5, 4)),
    "normal": ("init.normal_(t, 1.0, 2.0)", (5, 4)),
    "normal of few": ("init.normal_(t)", (3, 2)),
    "xavier uniform": ("init.xavier_uniform_(t, gain=2.0)", (5, 4)),
    "xavier normal": ("init.xavier_normal_(t)", (3, 4, 2)),
    "kaiming uniform": ("init.kaiming_uniform_(t, mode='fan_out', nonlinearity='relu')", (5, 4)),
    "kaiming normal": ("init.kaiming_normal_(t, a=0.3)", (3, 4, 2, 2)),
    "truncated from normal": ("init.trunc_normal_(t)", (40, 5)),
    "truncated from normal, few": ("init.trunc_normal_(t)", (5,)),
    "truncated, narrow": ("init.trunc_normal_(t, 0.1, 1.0, -0.1, 0.2)", (40, 5)),
    "truncated, tail": ("init.trunc_normal_(t, 0.0, 1.0, 1.0, 2.5)", (40, 5)),
    "truncated, moved": ("init.trunc_normal_(t, 2.0, 0.5, 1.0, 2.5)", (40, 5)),
    "sparse": ("init.sparse_(t, 0.4)", (6, 5)),
    "orthogonal, high": ("init.orthogonal_(t)", (6, 4)),
    "orthogonal, wide": ("init.orthogonal_(t, gain=2.0)", (3, 4, 2)),
}


def _draw(call: str, shape: tuple[int, ...], module: Any, given: bool) -> Any:
    module.manual_seed(11)
    tensor = module.empty(shape)
    if given and "sparse" not in call:
        call = call[:-1] + ", generator=module.Generator().manual_seed(5))"
    eval(call, {"init": module.nn.init, "t": tensor, "module": module})
    # What is drawn next tells whether as much was drawn before.
    return tensor.numpy(), module.rand(3).numpy()


@pytest.mark.parametrize("given", [False, True], ids=["global", "generator"])
@pytest.mark.parametrize("name", DRAWS)
def test_draws_are_those_of_pytorch(name: str, given: bool) -> None:
    real = pytest.importorskip("torch")
    ours, theirs = _draw(*DRAWS[name], torch, given), _draw(*DRAWS[name], real, given)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=2e-6, atol=2e-7)
    np.testing.assert_array_equal(ours[1], theirs[1])


def test_recorded_draws() -> None:
    torch.manual_seed(0)
    drawn = init.trunc_normal_(torch.empty(5))
    np.testing.assert_allclose(drawn.tolist(), [1.5409961, -0.2934289, 0.8380263, 0.5684313, -1.0845224], rtol=1e-6)
    torch.manual_seed(0)
    drawn = init.trunc_normal_(torch.empty(3), 0.0, 1.0, -0.1, 0.1)
    np.testing.assert_allclose(drawn.tolist(), [-0.000748682, 0.05364436, -0.08230451], rtol=1e-5)
    torch.manual_seed(0)
    drawn = init.kaiming_uniform_(torch.empty(2, 2), a=math.sqrt(5))
    np.testing.assert_allclose(drawn.flatten().tolist(), [-0.005293981, 0.3793229, -0.5819808, -0.5203877], rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "param", "gain"),
    [
        ("linear", None, 1),
        ("conv_transpose2d", None, 1),
        ("sigmoid", None, 1),
        ("tanh", None, 5 / 3),
        ("relu", None, math.sqrt(2)),
        ("selu", None, 0.75),
        ("leaky_relu", None, 1.4141428569978354),
        ("leaky_relu", 0.2, 1.3867504905630728),
    ],
)
def test_gains(name: str, param: float | None, gain: float) -> None:
    assert init.calculate_gain(name, param) == gain


def test_fans_count_the_kernel() -> None:
    assert init._calculate_fan_in_and_fan_out(torch.empty(3, 4, 5, 6)) == (120, 90)


def test_constants() -> None:
    assert init.constant_(torch.empty(2), 3.5).tolist() == [3.5, 3.5]
    assert init.ones_(torch.empty(2)).tolist() == [1.0, 1.0] and init.zeros_(torch.empty(1)).tolist() == [0.0]
    assert init.eye_(torch.empty(2, 3)).tolist() == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]


def test_dirac_hands_channels_on() -> None:
    weight = init.dirac_(torch.empty(2, 2, 3))
    x = torch.randn(1, 2, 7)
    assert torch.equal(torch.nn.functional.conv1d(x, weight, padding=1), x)
    assert init.dirac_(torch.empty(4, 2, 3), groups=2)[:, :, 1].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]


def test_orthogonal_rows() -> None:
    weight = init.orthogonal_(torch.empty(3, 5), gain=2.0)
    np.testing.assert_allclose((weight @ weight.t()).numpy(), 4 * np.eye(3), atol=1e-5)


def test_truncated_values_stay_inside() -> None:
    drawn = init.trunc_normal_(torch.empty(5000), std=2.0)
    assert drawn.min().item() >= -2 and drawn.max().item() <= 2 and abs(drawn.mean().item()) < 0.1


def test_nothing_is_recorded() -> None:
    leaf = torch.empty(3, 3, requires_grad=True)
    for fill in (init.uniform_, init.eye_, init.trunc_normal_, init.kaiming_normal_, init.zeros_):
        assert fill(leaf) is leaf and leaf.grad_fn is None and leaf.requires_grad


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: init.calculate_gain("foo"), "Unsupported nonlinearity foo"),
        (lambda: init.calculate_gain("leaky_relu", True), "negative_slope True not a valid number"),
        (lambda: init.kaiming_uniform_(torch.empty(2, 2), mode="x"), r"Mode x not supported, please use one of"),
        (lambda: init.xavier_normal_(torch.empty(2)), "fewer than 2 dimensions"),
        (lambda: init.eye_(torch.empty(2)), "Only tensors with 2 dimensions are supported"),
        (lambda: init.sparse_(torch.empty(2), 0.1), "Only tensors with 2 dimensions are supported"),
        (lambda: init.orthogonal_(torch.empty(2)), "Only tensors with 2 or more dimensions are supported"),
        (lambda: init.dirac_(torch.empty(2)), "Only tensors with 3, 4, or 5 dimensions are supported"),
        (lambda: init.dirac_(torch.empty(3, 2, 1), 2), "dim 0 must be divisible by groups"),
    ],
)
def test_wrong_arguments_raise_the_errors_of_pytorch(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_warnings() -> None:
    with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
        init.kaiming_uniform_(torch.empty(0, 3))
    with pytest.warns(UserWarning, match="mean is more than 2 std from"):
        init.trunc_normal_(torch.empty(2), mean=5.0)
    with pytest.warns(FutureWarning, match="`nn.init.uniform` is now deprecated in favor of `nn.init.uniform_`"):
        init.uniform(torch.empty(2))
