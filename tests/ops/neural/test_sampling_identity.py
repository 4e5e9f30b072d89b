"""The grid of the identity lies on the elements, where the derivative by the grid depends on the last digit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback

F = pullback.nn.functional


@pytest.mark.parametrize("dtype", (pullback.float32, pullback.float64))
@pytest.mark.parametrize("size", (7, 12, 28, 33))
def test_gradients_of_the_identity_are_the_slopes_that_pytorch_takes(dtype: Any, size: int) -> None:
    torch = pytest.importorskip("torch")
    image = np.random.default_rng(0).normal(size=(1, 1, size, size))
    found = []
    for library in (pullback, torch):
        kind = getattr(library, str(dtype).split(".")[1])
        theta = library.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]], dtype=kind, requires_grad=True)
        functional = library.nn.functional
        grid = functional.affine_grid(theta, (1, 1, size, size), align_corners=False)
        places = grid.detach().requires_grad_()
        x = library.tensor(image.tolist(), dtype=kind)
        functional.grid_sample(x, places, align_corners=False).square().sum().backward()
        found.append((grid.detach().numpy(), places.grad.numpy()))
    (grid, slopes), (expected_grid, expected) = found
    assert np.array_equal(grid, expected_grid)
    np.testing.assert_allclose(slopes, expected, rtol=1e-4, atol=1e-3)


def test_places_are_rounded_once() -> None:
    line = pullback.linspace(-1, 1, 7, dtype=pullback.float64) * 6 / 7
    grid = pullback.stack([line, pullback.zeros_like(line)], -1)[None, None].requires_grad_()
    image = pullback.arange(7.0, dtype=pullback.float64).square().expand(1, 1, 1, 7)
    F.grid_sample(image, grid, align_corners=False).sum().backward()
    slopes = grid.grad[0, 0, :, 0] / 3.5  # between elements 0-1, 1-2, ... outside to the left and right are zeros
    assert [round(each) for each in slopes.tolist()] == [1, 3, 5, 7, 7, 11, -36]
