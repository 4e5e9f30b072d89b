"""In-place forms whose node or derivative is not that of the ordinary form."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback.nn import functional as F


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("leaky_relu", "LeakyReluBackward1"), ("elu", "EluBackward1"), ("celu", "CeluBackward1"), ("selu", "EluBackward1"),
        ("rrelu", "RreluWithNoiseBackward1"), ("relu", "ReluBackward0"), ("silu", "SiluBackward0"),
        ("mish", "MishBackward0"), ("hardswish", "HardswishBackward0"), ("relu6", "HardtanhBackward0"),
    ],
)  # fmt: skip
def test_inplace_flag_overwrites_and_differentiates_alike(name: str, node: str) -> None:
    function = getattr(F, name)
    x = torch.linspace(-2, 2, 9, dtype=torch.float64).requires_grad_()
    y = x * 1
    z = function(y, inplace=True)
    assert z is y and z.grad_fn.name() == node
    expected = function(x)
    assert torch.allclose(z, expected)
    (a,) = torch.autograd.grad(z.sum(), x)
    (b,) = torch.autograd.grad(expected.sum(), x)
    assert torch.allclose(a, b)


def test_negative_slope_in_place_cannot_be_differentiated() -> None:
    x = torch.tensor([-1.0], requires_grad=True)
    y = F.leaky_relu_(x * 1, -0.1)
    assert y.item() == pytest.approx(0.1)
    with pytest.raises(
        RuntimeError, match="In-place leakyReLu backward calculation is triggered with a negative slope"
    ):
        y.backward()
    with pytest.raises(RuntimeError, match="In-place elu backward calculation is triggered with a negative slope"):
        F.elu_(x * 1, -0.1).backward()


@pytest.mark.parametrize(("other", "node"), [(1.0, "GtBackward0"), (torch.tensor([0.0, 5.0]), "GtBackward1")])
def test_comparison_written_in_place_cuts_the_gradient_off(other: object, node: str) -> None:
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = (x * 1).gt_(other)
    assert y.tolist() in ([1.0, 1.0], [1.0, 0.0])
    assert y.grad_fn.name() == node
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_every_alias_writes() -> None:
    names = {
        "negative_": [-0.5], "fix_": [0.0], "clip_": [0.2], "arcsin_": [0.5235988], "arctanh_": [0.5493061],
        "absolute_": [0.5], "subtract_": [0.3], "multiply_": [0.1], "divide_": [2.5], "true_divide_": [2.5],
        "greater_": [1.0], "not_equal_": [1.0], "arctan2_": [1.1902899],
    }  # fmt: skip
    with_operand = {"subtract_", "multiply_", "divide_", "true_divide_", "greater_", "not_equal_"}
    for name, expected in names.items():
        x = torch.tensor([0.5])
        arguments = (0.2,) if name in with_operand else ()
        if name == "clip_":
            arguments = (0, 0.2)
        if name == "arctan2_":
            arguments = (torch.tensor([0.2]),)
        assert getattr(x, name)(*arguments) is x
        assert x.tolist() == pytest.approx(expected), name


def test_top_level_in_place_functions() -> None:
    x = torch.tensor([4.0])
    assert torch.sqrt_(x) is x and x.item() == 2.0
    assert torch.clamp_(x, 0, 1) is x and x.item() == 1.0
    assert torch.neg_(x) is x and torch.relu_(x) is x and x.item() == 0.0
