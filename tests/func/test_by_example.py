"""What needs the values of a batch runs example by example, without a word; what takes it at once must not."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.func import vjp, vmap
from pullback.trees import tree_leaves

F = torch.nn.functional
linalg = torch.linalg
INDEX = torch.tensor([[0, 2, 1, 1], [1, 0, 0, 2]])
X = torch.tensor(np.random.default_rng(0).normal(size=(2, 4, 3)))
LOW_RANK = torch.cat([X[:1], X[1:, :, :1] * torch.ones(3, dtype=torch.float64)])
LOG = X.log_softmax(-1)

COMPOSITES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "repeat_interleave": (torch.repeat_interleave, (X, torch.tensor([[1, 2, 0, 1], [2, 0, 1, 1]]), 0)),
    "lstsq": (lambda a, b: linalg.lstsq(a, b).solution, (X, X[:, :, :2])),
    "matrix_rank": (linalg.matrix_rank, (LOW_RANK,)),
    "linspace": (lambda a, b: torch.linspace(a, b, 5), (X[:, 0, 0], X[:, 1, 1])),
    "logspace": (lambda a, b: torch.logspace(a, b, 5), (X[:, 0, 0], X[:, 1, 1])),
    "embedding_bag": (lambda i, w: F.embedding_bag(i, w, torch.tensor([0, 3])), (INDEX, X)),
    "masked_scatter": (torch.masked_scatter, (X, X > 0, X * 10)),
    "nonzero_static": (lambda x: torch.nonzero_static(x, size=5), (INDEX,)),
    "cov": (lambda x, w: torch.cov(x, aweights=w), (X, X[:, 0].abs())),
    "histogram": (lambda x: torch.histogram(x, 4), (X,)),
    "tensor_split": (torch.tensor_split, (X, torch.tensor([[1, 3], [1, 3]]))),
    "ctc_loss": (
        lambda x, t: F.ctc_loss(x, t, torch.tensor(4), torch.tensor(2)),
        (LOG, torch.tensor([[1, 2], [2, 1]])),
    ),
    "max_unpool1d": (lambda x: F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2), (X[:, :, :2],)),
}


def loop(function: Callable[..., Any], arguments: tuple[Any, ...], axes: tuple[Any, ...]) -> list[Any]:
    rows = [
        tree_leaves(function(*[each if axis is None else each[n] for each, axis in zip(arguments, axes)]))
        for n in range(2)
    ]
    return [torch.stack(column) for column in zip(*rows)]


@pytest.mark.parametrize("name", COMPOSITES)
def test_functions_that_look_at_values(name: str) -> None:
    function, arguments = COMPOSITES[name]
    axes = tuple([0 if isinstance(each, torch.Tensor) else None for each in arguments])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tree_leaves(vmap(function, axes)(*arguments))
    for one, other in zip(found, loop(function, arguments, axes), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one.numpy(), other.numpy(), 1e-12, 1e-14)


PULLED: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "diagonal_scatter": (lambda x: torch.diagonal_scatter(x, torch.zeros(3, dtype=torch.float64)), (X[0],)),
    "cross_entropy": (lambda x: F.cross_entropy(x, torch.tensor([0, 2, 1, 1])), (X[0],)),
    "nll_loss sum": (lambda x: F.nll_loss(x, torch.tensor([0, 2, 1, 1]), reduction="sum"), (X[0],)),
}


@pytest.mark.parametrize("name", PULLED)
def test_cotangents_alone_are_a_batch(name: str) -> None:
    function, primals = PULLED[name]
    value, pull = vjp(function, *primals)
    cotangents = torch.stack([torch.ones_like(value), torch.full_like(value, -2.5)])
    (found,) = vmap(pull)(cotangents)
    for n in range(2):
        np.testing.assert_allclose(found[n].numpy(), pull(cotangents[n])[0].numpy(), 1e-12)
