"""torch.norm_except_dim and torch._weight_norm."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as torch

V = torch.arange(1.0, 25.0).view(2, 3, 4)


@pytest.mark.parametrize(("dim", "axes"), [(0, (1, 2)), (1, (0, 2)), (2, (0, 1)), (-1, (0, 1, 2))])
def test_norm_over_all_dimensions_but_one(dim, axes):
    expected = np.sqrt((V.numpy() ** 2).sum(axis=axes, keepdims=dim != -1))
    np.testing.assert_allclose(torch.norm_except_dim(V, 2, dim).numpy(), expected, rtol=1e-6)


def test_other_powers():
    assert torch.norm_except_dim(V, pow=1, dim=0).flatten().tolist() == [78.0, 222.0]


def test_weight_of_direction_and_length():
    g = torch.norm_except_dim(V, 2, 0).requires_grad_()
    weight = torch._weight_norm(V, g, 0)
    np.testing.assert_allclose(weight.detach().numpy(), V.numpy(), rtol=1e-6)
    weight.sum().backward()
    expected = (V / torch.norm_except_dim(V, 2, 0)).sum((1, 2), keepdim=True)
    np.testing.assert_allclose(g.grad.numpy(), expected.numpy(), rtol=1e-6)
