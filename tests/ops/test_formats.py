"""Tensors whose channels lie innermost in memory: what keeps them there, and what puts them there."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch

F = torch.nn.functional
LAST = torch.channels_last
KEEPING: dict[str, Any] = {
    "conv2d": (lambda x: F.conv2d(x, torch.ones(5, 4, 3, 3)), (80, 1, 20, 5)),
    "conv_transpose2d": (lambda x: F.conv_transpose2d(x, torch.ones(4, 5, 3, 3)), (320, 1, 40, 5)),
    "cat": (lambda x: torch.cat([x, x[:, :1]], 1), (180, 1, 30, 5)),
    "cat of rows": (lambda x: torch.cat([x, x], 2), (288, 1, 24, 4)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), (36, 1, 12, 4)),
    "indices": (lambda x: F.max_pool2d(x, 2, return_indices=True)[1], (36, 1, 12, 4)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2), (36, 1, 12, 4)),
    "lp_pool2d": (lambda x: F.lp_pool2d(x, 2, 2), (36, 1, 12, 4)),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, 2), (16, 1, 8, 4)),
    "adaptive_max_pool2d": (lambda x: F.adaptive_max_pool2d(x, 2), (16, 1, 8, 4)),
    "group_norm": (lambda x: F.group_norm(x, 2), (144, 1, 24, 4)),
    "batch_norm": (lambda x: F.batch_norm(x, None, None, training=True), (144, 1, 24, 4)),
    "rms_norm": (lambda x: F.rms_norm(x, (6, 6)), (144, 1, 24, 4)),
    "local_response_norm": (lambda x: F.local_response_norm(x, 2), (144, 1, 24, 4)),
    "interpolate": (lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), (576, 1, 48, 4)),
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), (144, 1, 12, 1)),
    "pixel_unshuffle": (lambda x: F.pixel_unshuffle(x, 2), (144, 1, 48, 16)),
    "channel_shuffle": (lambda x: F.channel_shuffle(x, 2), (144, 1, 24, 4)),
    "pad": (lambda x: F.pad(x, (1, 1)), (192, 1, 32, 4)),
    "reflect": (lambda x: F.pad(x, (1, 1, 1, 1), mode="reflect"), (256, 1, 32, 4)),
    "relu": (F.relu, (144, 1, 24, 4)),
    "max_unpool2d": (lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), (144, 1, 24, 4)),
}


@pytest.mark.parametrize("name", KEEPING)
def test_channels_stay_last(name: str) -> None:
    function, strides = KEEPING[name]
    x = torch.randn(2, 4, 6, 6)
    laid = x.to(memory_format=LAST)
    expected, found = function(x), function(laid)
    assert found.stride() == strides and expected.is_contiguous()
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert function(laid[0]).is_contiguous() if name == "conv2d" else True


def test_gradients_do_not_depend_on_the_layout() -> None:
    x, weight = torch.randn(2, 3, 5, 5), torch.randn(4, 3, 3, 3)
    grads = []
    for a, b in ((x, weight), (x.to(memory_format=LAST), weight.to(memory_format=LAST))):
        a, b = a.requires_grad_(), b.requires_grad_()
        (F.max_pool2d(F.conv2d(a, b, padding=1), 2) ** 2).sum().backward()
        grads.append((a.grad, b.grad))
    for one, other in zip(*grads):
        assert torch.allclose(one, other, atol=1e-4)


def test_a_module_in_that_format_gives_results_in_it() -> None:
    conv = torch.nn.Conv2d(3, 4, 3).to(memory_format=LAST)
    assert conv.weight.stride() == (27, 1, 9, 3) and conv.weight.is_leaf
    assert conv(torch.ones(1, 3, 5, 5)).stride() == (36, 1, 12, 4)
    assert torch.nn.Conv3d(3, 4, 3).to(memory_format=torch.channels_last_3d)(torch.ones(1, 3, 4, 4, 4)).stride() == (
        (32, 1, 16, 8, 4)
    )


def test_conversions() -> None:
    x = torch.randn(2, 3, 4, 5, requires_grad=True)
    y = x.detach().to(memory_format=LAST)
    assert y.stride() == (60, 1, 15, 3) and torch.equal(x, y)
    assert y.to(memory_format=LAST) is y and y.to(memory_format=torch.preserve_format) is y
    assert y.to(memory_format=torch.contiguous_format).stride() == (60, 20, 5, 1)
    moved = x.to(torch.float64, memory_format=LAST)
    assert moved.stride() == (60, 1, 15, 3) and moved.grad_fn.name() == "ToCopyBackward0"
    assert x.double(memory_format=LAST).stride() == x.cpu(memory_format=LAST).stride() == (60, 1, 15, 3)
    assert x.float() is x and x.float(memory_format=LAST) is not x
    moved.sum().backward()
    assert x.grad is not None and x.grad.stride() == (60, 20, 5, 1)
    with pytest.raises(RuntimeError, match="required rank 4 tensor to use channels_last format"):
        x[0].to(memory_format=LAST)


def test_new_memory() -> None:
    x = torch.randn(2, 3, 4, 5)
    for made in (
        torch.empty(2, 3, 4, 5, memory_format=LAST),
        torch.empty_like(x, memory_format=LAST),
        torch.zeros_like(x, memory_format=LAST),
        torch.full_like(x, 2, memory_format=LAST),
        torch.ones_like(x.to(memory_format=LAST)),
    ):
        assert made.stride() == (60, 1, 15, 3)
    assert torch.full_like(x, 2, memory_format=LAST).eq(2).all()
    assert torch.empty_like(x.to(memory_format=LAST), memory_format=torch.contiguous_format).stride() == (60, 20, 5, 1)
    with pytest.raises(RuntimeError, match="required rank 4 tensor"):
        torch.empty(2, memory_format=LAST)


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax, F.softmin])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_softmax_lies_in_c_order(function: Any, dim: int) -> None:
    x = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)
    found = function(x, dim)
    assert found.stride() == (6, 3, 1) and torch.allclose(found, function(x.contiguous(), dim))
    assert function(x.half(), dim).stride() == (6, 3, 1)
