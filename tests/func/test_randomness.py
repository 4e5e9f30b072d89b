"""Random numbers inside a batch: forbidden, the same for all examples, or each their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pullback as torch
from pullback.func import grad, jacfwd, vmap

F = torch.nn.functional

DRAWS: dict[str, Callable[[Any], Any]] = {
    "randn": lambda x: torch.randn(4),
    "rand": lambda x: torch.rand(4),
    "randint": lambda x: torch.randint(1000, (4,)),
    "randperm": lambda x: torch.randperm(10),
    "randn_like": lambda x: torch.randn_like(torch.zeros(4)),
    "bernoulli": lambda x: torch.bernoulli(torch.full((50,), 0.5)),
    "normal": lambda x: torch.normal(torch.zeros(4), 1.0),
    "poisson": lambda x: torch.poisson(torch.full((9,), 5.0)),
    "multinomial": lambda x: torch.multinomial(torch.ones(20), 10),
    "dropout": lambda x: F.dropout(torch.ones(50)),
    "dropout2d": lambda x: F.dropout2d(torch.ones(5, 20, 2, 2)),
    "alpha_dropout": lambda x: F.alpha_dropout(torch.ones(50), training=True),
}
BATCH = torch.zeros(3, 2)


@pytest.mark.parametrize("name", DRAWS)
def test_modes(name: str) -> None:
    draw = DRAWS[name]
    with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
        vmap(draw)(BATCH)
    torch.manual_seed(0)
    same = vmap(draw, randomness="same")(BATCH)
    torch.manual_seed(0)
    assert all(torch.equal(each, draw(BATCH[0])) for each in same[:1])
    assert torch.equal(same[0], same[2])
    different = vmap(draw, randomness="different")(BATCH)
    assert not torch.equal(different[0], different[1])


def test_different_draws_are_those_of_one_large_call() -> None:
    torch.manual_seed(0)
    found = vmap(lambda x: torch.randn(4), randomness="different")(torch.zeros(5))
    torch.manual_seed(0)
    assert torch.equal(found, torch.randn(5, 4))


def test_in_place() -> None:
    shared = torch.zeros(4)
    for write in (lambda t: t.normal_(), lambda t: t.uniform_(), lambda t: t.bernoulli_(0.5), lambda t: t.random_()):
        with pytest.raises(RuntimeError, match="Cannot ask for different inplace randomness on an unbatched tensor"):
            vmap(lambda x: write(shared), randomness="different")(BATCH)  # noqa: B023
    own = vmap(lambda x: torch.zeros_like(x).normal_(), randomness="different")(BATCH)
    assert not torch.equal(own[0], own[1])


def test_same_needs_values_that_are_the_same() -> None:
    with pytest.raises(RuntimeError, match="does not currently support same randomness with a batched tensor input"):
        vmap(torch.bernoulli, randomness="same")(torch.full((3, 20), 0.5))


def test_slopes_of_their_own_are_drawn_one_by_one() -> None:
    draw = lambda x: F.rrelu(-torch.ones(20), training=True)  # noqa: E731
    same = vmap(draw, randomness="same")(BATCH)
    assert torch.equal(same[0], same[1])
    with pytest.warns(UserWarning, match="called once for each"):
        different = vmap(draw, randomness="different")(BATCH)
    assert not torch.equal(different[0], different[1])


def test_nested_modes() -> None:
    def nested(inner: str, outer: str) -> Any:
        return vmap(vmap(lambda x: torch.randn(2), randomness=inner), randomness=outer)(torch.zeros(3, 4))

    found = nested("different", "same")
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0, 0], found[0, 1])
    found = nested("same", "different")
    assert torch.equal(found[0, 0], found[0, 1])
    assert not torch.equal(found[0], found[1])


def test_chunks_and_other_transforms() -> None:
    found = vmap(lambda x: torch.randn(2), randomness="same", chunk_size=2)(torch.zeros(5))
    assert all(torch.equal(found[0], each) for each in found)
    slopes = vmap(grad(lambda x: (x * torch.randn(2)).sum()), randomness="different")(BATCH)
    assert not torch.equal(slopes[0], slopes[1])
    with pytest.raises(RuntimeError, match="randomness error mode"):
        jacfwd(lambda x: x * torch.randn(2))(torch.ones(2))
    with pytest.raises(RuntimeError, match="Only allowed values for randomness are 'error', 'different', or 'same'"):
        vmap(torch.sin, randomness="some")
