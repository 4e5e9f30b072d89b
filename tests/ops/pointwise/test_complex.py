"""Complex numbers: parts are views, derivatives follow PyTorch's convention (the conjugate Wirtinger derivative)."""

from __future__ import annotations

import pytest

import pullback as torch


def test_parts_are_views() -> None:
    z = torch.tensor([1 + 2j, 3 - 1j])
    z.real.mul_(2)
    z.imag.add_(1)
    assert z.tolist() == [2 + 3j, 6 + 0j]
    z.real = torch.tensor([0.0, 1.0])
    assert z.tolist() == [3j, 1 + 0j]
    x = torch.tensor([1.0])
    assert torch.real(x) is x and torch.conj(x) is x


def test_gradient_of_a_holomorphic_function_is_the_conjugate_derivative() -> None:
    z = torch.tensor([1 + 2j], dtype=torch.complex128, requires_grad=True)
    (z**3).backward(torch.ones_like(z))
    assert z.grad.item() == pytest.approx((3 * (1 + 2j) ** 2).conjugate())


def test_gradient_of_the_modulus_points_outwards() -> None:
    z = torch.tensor([3 + 4j, 0j], dtype=torch.complex128, requires_grad=True)
    z.abs().sum().backward()
    assert z.grad.tolist() == [pytest.approx(0.6 + 0.8j), 0]


def test_gradient_of_the_angle() -> None:
    z = torch.tensor([1 + 1j, 0j], dtype=torch.complex128, requires_grad=True)
    z.angle().sum().backward()
    assert z.grad.tolist() == [pytest.approx(-0.5 + 0.5j), 0]


def test_real_operand_of_a_complex_product_gets_a_real_gradient() -> None:
    x = torch.tensor([2.0], requires_grad=True)
    z = torch.tensor([1 + 3j], requires_grad=True)
    (x * z).abs().sum().backward()
    assert x.grad.dtype is torch.float32
    assert x.grad.item() == pytest.approx(10**0.5, rel=1e-6)


def test_forward_mode_of_sgn() -> None:
    from pullback.autograd import forward_ad

    z, t = torch.tensor([3 + 4j], dtype=torch.complex128), torch.tensor([1 - 2j], dtype=torch.complex128)
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(torch.sgn(forward_ad.make_dual(z, t))).tangent
    step = 1e-6
    expected = (torch.sgn(z + step * t) - torch.sgn(z - step * t)) / (2 * step)
    assert tangent.item() == pytest.approx(expected.item(), abs=1e-8)


def test_branch_of_acosh() -> None:
    z = torch.tensor([-0.5 + 1e-3j, 2 - 1j], dtype=torch.complex128, requires_grad=True)
    torch.acosh(z).backward(torch.ones_like(z))
    expected = 1 / (torch.sqrt(z.detach() - 1) * torch.sqrt(z.detach() + 1))
    assert torch.allclose(z.grad, expected.conj())
