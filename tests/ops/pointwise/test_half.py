"""Half precision beside Python numbers: a product is rounded once, the number is not rounded before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback

HALVES = ("float16", "bfloat16")


def halves(library: Any, dtype: str) -> Any:
    values = np.random.default_rng(0).uniform(0.1, 4.0, 480)  # whole vectors: the last few PyTorch rounds otherwise
    return library.from_numpy(values).to(getattr(library, dtype))


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "mul": lambda torch, x: x * 0.7,
    "reversed mul": lambda torch, x: 0.7 * x,
    "div": lambda torch, x: x / 0.7,
    "reversed div": lambda torch, x: 0.7 / x,
    "floor": lambda torch, x: x // 0.7,
    "trunc": lambda torch, x: torch.div(x, 0.7, rounding_mode="trunc"),
    "mul 0-d": lambda torch, x: x * torch.tensor(0.7),
    "div 0-d": lambda torch, x: x / torch.tensor(0.7),
    "0-d div": lambda torch, x: torch.tensor(0.7) / x,
    "mul of 0-d": lambda torch, x: x[0] * 0.7,
    "in place": lambda torch, x: x.mul_(0.7),
    "add": lambda torch, x: x + 0.7,
    "add alpha": lambda torch, x: torch.add(x, x.flip(0), alpha=0.7),
    "add a number, alpha": lambda torch, x: torch.add(x, 1.3, alpha=0.7),
    "sub alpha": lambda torch, x: torch.sub(x, x.flip(0), alpha=0.7),
    "logit": lambda torch, x: torch.logit(x / 5, 0.1),
}


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", CALLS)
def test_every_bit_equals_pytorchs(name: str, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (CALLS[name](library, halves(library, dtype)) for library in (pullback, torch))
    assert str(ours.dtype) == str(theirs.dtype) == f"torch.{dtype}"
    np.testing.assert_array_equal(ours.float().numpy(), theirs.float().numpy())


@pytest.mark.parametrize("dtype", HALVES)
def test_product_is_rounded_once(dtype: str) -> None:
    x = halves(pullback, dtype)
    exact = (x.float() * 0.7).to(x.dtype)
    rounded_before = (x.float() * pullback.tensor(0.7).to(x.dtype).float()).to(x.dtype)
    assert (x * 0.7).equal(exact)
    assert not exact.equal(rounded_before)


def test_derivatives_keep_the_number_too() -> None:
    x = pullback.ones(3, dtype=pullback.float16, requires_grad=True)
    (grad,) = pullback.autograd.grad((x * x * 0.7).sum(), x, create_graph=True)
    (second,) = pullback.autograd.grad(grad.sum(), x)
    assert second.dtype is pullback.float16
    assert second.tolist() == [np.float16(1.4)] * 3
