"""Convolutions and pooling at the edge of what there is: empty kernels and results, infinite norms, other dtypes."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

import pullback as torch
from pullback.nn import functional as f

x = torch.arange(16.0).view(1, 1, 4, 4)
kernel = torch.ones(1, 1, 2, 2)


def test_infinite_norms_take_the_largest_or_smallest_magnitude() -> None:
    assert f.lp_pool2d(-x, inf, 2).tolist() == [[[[5, 7], [13, 15]]]]
    assert f.lp_pool2d(x, -inf, 2).tolist() == [[[[0, 2], [8, 10]]]]
    assert f.lp_pool1d(x[0, :, 0], inf, 3, 2, ceil_mode=True).tolist() == [[2, 3]]
    assert f.lp_pool3d(x[None], inf, (1, 2, 2)).tolist() == [[[[[5, 7], [13, 15]]]]]
    leaf = x.clone().requires_grad_()
    found = f.lp_pool2d(leaf, inf, 2)
    assert found.grad_fn.name() == "MaxPool2DWithIndicesBackward0"
    found.sum().backward()
    assert leaf.grad is not None and leaf.grad.nonzero()[:, 2:].tolist() == [[1, 1], [1, 3], [3, 1], [3, 3]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: f.conv2d(x, torch.ones(1, 1, 0, 2)), "got kernel_height: 0 kernel_width: 2"),
        (lambda: f.conv1d(x[0], torch.ones(1, 4, 0)), "got kernel_height: 1 kernel_width: 0"),
        (lambda: f.conv3d(x[None], torch.ones(1, 1, 0, 1, 1)), r"but got: 0 x 1 x 1 \(TxHxW\)"),
        (lambda: f.conv_transpose2d(x, torch.ones(1, 1, 0, 2)), "got kernel_height: 0 kernel_width: 2"),
        (lambda: f.conv_transpose2d(x, kernel, padding=(2, 3)), r"Calculated output size per channel: \(1 x -1\)"),
        (lambda: f.conv_transpose1d(x[0, :, 0], torch.ones(1, 1, 2), padding=5), r"\(1 x 4\).*\(1 x -5\)"),
        (lambda: f.conv2d(x, kernel, dilation=0), r"dilation should be greater than zero, but got \[0, 0\]"),
        (lambda: f.conv2d(x.double(), kernel), "expected scalar type Double but found Float"),
        (lambda: f.conv2d(x.double(), kernel, torch.ones(1)), r"Input type \(double\) and bias type \(float\)"),
        (
            lambda: f.conv2d(x.bfloat16(), kernel),
            r"Input type \(CPUBFloat16Type\) and weight type \(torch.FloatTensor\)",
        ),
        (
            lambda: f.adaptive_max_pool2d(torch.ones(1, 0, 4, 4), 2),
            r"sizes \[1, 0, 4, 4\] with dimension 1 being empty",
        ),
        (lambda: f.adaptive_max_pool1d(torch.ones(1, 1, 0), 2), r"adaptive_max_pool1d.* with dimension 2 being empty"),
        (lambda: f.adaptive_avg_pool3d(torch.ones(1, 0, 2, 2, 2), 2), "with dimension 1 being empty"),
        (lambda: f.adaptive_max_pool1d(torch.ones(4), 2), "Expected 2 to 3 dimensions, but got 1-dimensional tensor"),
        (
            lambda: f.max_unpool3d(x[None, :, :, :1, :1], torch.zeros(1, 1, 1, 1, 1, dtype=torch.long), 2, stride=0),
            r"strides should be greater than zero, but got stride: \[0, 0, 0\]",
        ),
    ],
)
def test_refused(call: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        call()


def test_one_adaptive_window_is_a_mean_of_any_tensor() -> None:
    assert f.adaptive_avg_pool2d(x[0, 0], 1).tolist() == [[7.5]]
    assert f.adaptive_avg_pool3d(torch.ones(2, 2, 2), 1).shape == (1, 1, 1)
    assert f.adaptive_avg_pool2d(torch.ones(1, 0, 4, 4), 2).shape == (1, 0, 2, 2)
    with pytest.raises(TypeError, match=r"object of type 'float' has no len\(\)"):
        f.fractional_max_pool2d(x, 2, output_ratio=0.5)
