"""Normalisations that tell their statistics, max pooling's cotangent, losses in half precision."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback.nn import functional as F


def test_group_norm_differentiates_its_statistics() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 4, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(4, dtype=torch.float64, requires_grad=True)

    def run(x: torch.Tensor, weight: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return torch.native_group_norm(x, weight, None, 2, 4, 3, 2, 1e-5)

    assert [each.grad_fn.name() for each in run(x, weight)] == ["NativeGroupNormBackward0"] * 3
    assert torch.autograd.gradcheck(run, (x, weight), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(run, (x, weight))


def test_batch_norm_stores_its_three_results() -> None:
    x, out = torch.randn(5, 2), (torch.empty(0), torch.empty(0), torch.empty(0))
    found = torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5, out=out)
    assert found[0] is out[0]
    assert out[1].tolist() == pytest.approx(x.mean(0).tolist(), abs=1e-6)


def test_cotangent_of_max_pooling_goes_to_the_indices() -> None:
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    places = F.max_pool2d(x, 2, return_indices=True)[1]
    grad = torch.ones(1, 1, 2, 2, requires_grad=True)
    found = torch.ops.aten.max_pool2d_with_indices_backward(grad, x, 2, 2, 0, 1, False, places)
    assert found.flatten().nonzero().flatten().tolist() == [5, 7, 13, 15]
    found.sum().backward()
    assert grad.grad.sum().item() == 4


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_losses_round_half_precision_at_every_step(dtype: str) -> None:
    reference = pytest.importorskip("torch")
    reference.manual_seed(0)
    x, y, w = (reference.randn(480).mul(5).to(getattr(reference, dtype)) for _ in range(3))
    ours = [torch.from_numpy(each.float().numpy()).to(getattr(torch, dtype)) for each in (x, y, w)]
    for name in ("binary_cross_entropy_with_logits", "soft_margin_loss"):
        weights = {} if name == "soft_margin_loss" else {"weight": w}
        expected = getattr(reference.nn.functional, name)(x, y, reduction="none", **weights)
        weights = {} if name == "soft_margin_loss" else {"weight": ours[2]}
        found = getattr(F, name)(*ours[:2], reduction="none", **weights)
        assert found.float().tolist() == pytest.approx(expected.float().tolist(), rel=0, abs=0, nan_ok=True)


@pytest.mark.parametrize("mode", ["trunc", "floor"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_rounded_quotients_of_half_precision(dtype: str, mode: str) -> None:
    reference = pytest.importorskip("torch")
    reference.manual_seed(0)
    a, b = (reference.randn(960).mul(9).to(getattr(reference, dtype)) for _ in range(2))
    ours = [torch.from_numpy(each.float().numpy()).to(getattr(torch, dtype)) for each in (a, b)]
    assert torch.div(*ours, rounding_mode=mode).tolist() == reference.div(a, b, rounding_mode=mode).tolist()
    assert torch.div(ours[0], 0.7, rounding_mode=mode).tolist() == reference.div(a, 0.7, rounding_mode=mode).tolist()


def test_ormqr_of_nothing_reaches_only_the_matrix() -> None:
    a, tau, c = torch.randn(0, 2, 2, requires_grad=True), torch.randn(0, 2), torch.randn(0, 2, 5, requires_grad=True)
    found = torch.autograd.grad(torch.ormqr(a, tau, c).sum(), (a, c), allow_unused=True)
    assert found[0] is None
    assert found[1].shape == (0, 2, 5)
    with pytest.raises(RuntimeError, match="tau.shape"):
        torch.ormqr(torch.randn(3, 2), torch.randn(1), torch.randn(3, 3))
