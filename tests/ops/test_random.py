"""Random functions: PyTorch's numbers, layouts, places in the graph and errors; generators and their state."""

from __future__ import annotations

import copy
import json
import pickle
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pullback

DATA = Path(__file__).parents[1] / "data"
recorder = runpy.run_path(str(DATA / "record_random.py"))
CALLS, FOR_EACH_DTYPE, DTYPES = recorder["CALLS"], recorder["FOR_EACH_DTYPE"], recorder["DTYPES"]
answer = recorder["answer"]
RECORDED = json.loads((DATA / "random.json").read_text())

OUR_WORDS = {
    # what Python says of its own functions' signatures, or where one check stands for several of PyTorch's forms
    "torch.rand((2,), generator=5)": "rand(): argument 'generator' must be torch.Generator, not int",
    "torch.rand(2, foo=1)": "rand() got an unexpected keyword argument 'foo'",
    "torch.randint_like(ones(2, 3), 5.5)": "randint_like(): argument 'high' (position 2) must be int, not float",
    "ones(2).geometric_()": "geometric_() missing 1 required positional argument: 'p'",
    "ones(2).uniform_(1, 2, 3)": "uniform_() takes from 1 to 3 positional arguments but 4 were given",
}
for kind in ("uint16", "uint32", "uint64"):
    for call in FOR_EACH_DTYPE[-3:-1]:  # the check of `std` that PyTorch makes first cannot read these
        OUR_WORDS[call.replace("{}", f"torch.{kind}")] = '"normal_kernel_cpu" not implemented for'
for call in ("torch.rand(2.5)", "torch.rand('a')", "torch.rand(True)"):
    OUR_WORDS[call] = "rand(): argument 'size'"
PREFIX = 45
"""How much of an error's text must agree; ours may go on to say more."""


def assert_answer(call: str, expected: list[Any]) -> None:
    found = answer(pullback, call)
    assert found[0] == expected[0], (found, expected)
    if found[0] == "error":
        assert found[1] == expected[1]
        assert found[2].startswith(OUR_WORDS.get(call, expected[2][:PREFIX]))
    elif found[0] == "value":
        assert found[1] == expected[1]
    else:
        assert found[1] == expected[1]
        double = expected[1][0] in ("torch.float64", "torch.complex128")  # the C library has the last bit
        numbers = [np.array([float(each) for each in drawn]) for drawn in (found[2], expected[2])]
        np.testing.assert_allclose(*numbers, rtol=1e-15 if double else 0)


@pytest.mark.parametrize("call", CALLS)
def test_answers_are_those_recorded_from_pytorch(call):
    assert_answer(call, RECORDED[call])


@pytest.mark.parametrize("call", FOR_EACH_DTYPE)
def test_answers_for_every_dtype_are_those_recorded_from_pytorch(call):
    for dtype in DTYPES:
        each = call.replace("{}", f"torch.{dtype}")
        assert_answer(each, RECORDED[each])


def test_recorded_answers_are_still_pytorchs():
    torch = pytest.importorskip("torch")
    changed = []
    for call in RECORDED:
        found = answer(torch, call)
        if found[0] == "tensor":
            if found[1] != RECORDED[call][1]:
                changed.append(call)
        elif json.loads(json.dumps(found)) != RECORDED[call] and "0x" not in found[1]:
            changed.append(call)
    assert not changed


PROGRAMS = [
    "torch.nn.functional.dropout(torch.ones(40, 5), 0.3)",
    "torch.randn(3, 3) @ torch.rand(3, 2) + torch.randperm(2)",
    "[torch.randn(1).item(), torch.empty(3, dtype=torch.float64).normal_(), torch.randn(4, 4), torch.randn(2)]",
    "torch.randn(1000).sum(), torch.randint(10, (1000,)), torch.randperm(1000), torch.rand(100)",
    "torch.bernoulli(torch.rand(30)), torch.multinomial(torch.rand(5, 9), 4)",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_draw_what_pytorch_draws(program):
    torch = pytest.importorskip("torch")
    shown = []
    for module in (torch, pullback):
        module.manual_seed(42)
        shown.append(repr(eval(program, {"torch": module})))
    assert shown[0] == shown[1]


# Generators


def test_same_seed_same_numbers():
    first = pullback.manual_seed(3), pullback.rand(4)
    second = pullback.manual_seed(3), pullback.rand(4)
    assert first[0] is second[0] is pullback.default_generator
    assert pullback.equal(first[1], second[1])


def test_generator_leaves_the_default_one_alone():
    pullback.manual_seed(3)
    expected = pullback.rand(2)
    pullback.manual_seed(3)
    generator = pullback.Generator()
    for draw in (
        lambda: pullback.randn(3, generator=generator),
        lambda: pullback.randperm(3, generator=generator),
        lambda: pullback.zeros(3).uniform_(generator=generator),
        lambda: pullback.multinomial(pullback.ones(3), 2, generator=generator),
        lambda: pullback.poisson(pullback.ones(3), generator),
    ):
        draw()
    assert pullback.equal(pullback.rand(2), expected)


def test_state_is_taken_and_put_back():
    pullback.manual_seed(3)
    pullback.randn(3)
    state = pullback.get_rng_state()
    assert state.dtype is pullback.uint8 and state.shape == (5056,)
    drawn = pullback.randn(7)
    pullback.set_rng_state(state)
    assert pullback.equal(pullback.randn(7), drawn)


def test_state_is_pytorchs_state():
    torch = pytest.importorskip("torch")
    pullback.manual_seed(8)
    pullback.randn(5)
    torch.set_rng_state(torch.from_numpy(pullback.get_rng_state().numpy()))
    np.testing.assert_array_equal(torch.randn(30).numpy(), pullback.randn(30).numpy())
    pullback.set_rng_state(pullback.from_numpy(torch.get_rng_state().numpy()))
    np.testing.assert_array_equal(torch.randperm(9).numpy(), pullback.randperm(9).numpy())


def test_fork_puts_the_state_back_even_after_an_error():
    pullback.manual_seed(3)
    expected = pullback.rand(2)
    pullback.manual_seed(3)
    with pytest.raises(KeyError), pullback.random.fork_rng():
        pullback.rand(5)
        raise KeyError
    assert pullback.equal(pullback.rand(2), expected)


def test_fork_that_is_switched_off_does_nothing():
    pullback.manual_seed(3)
    with pullback.random.fork_rng(enabled=False):
        drawn = pullback.rand(2)
    pullback.manual_seed(3)
    assert pullback.equal(pullback.rand(2), drawn)


def test_seed_is_returned_and_remembered():
    seed = pullback.seed()
    assert pullback.initial_seed() == seed
    drawn = pullback.rand(2)
    pullback.manual_seed(seed)
    assert pullback.equal(pullback.rand(2), drawn)
    generator = pullback.Generator()
    assert generator.seed() == generator.initial_seed() != seed


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_copy_of_a_generator_goes_its_own_way_from_the_same_place(clone):
    generator = pullback.Generator().manual_seed(3)
    pullback.randn(3, generator=generator)
    other = clone(generator)
    expected = pullback.randn(4, generator=generator)
    pullback.rand(9, generator=generator)
    assert pullback.equal(pullback.randn(4, generator=other), expected)


# Derivatives


@pytest.mark.parametrize(
    "draw",
    [
        pullback.bernoulli,
        pullback.poisson,
        lambda x: pullback.normal(x, x),
        lambda x: pullback.normal(x, 2.0),
        lambda x: pullback.normal(2.0, x),
        lambda x: x.clone().uniform_(),
        lambda x: x.clone().normal_(),
        lambda x: x.clone().random_(5),
        lambda x: pullback.ones(3).bernoulli_(x),
    ],
)
def test_derivative_is_zero(draw):
    x = pullback.full((3,), 0.5, requires_grad=True)
    draw(x).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]


def test_fill_of_a_part_cuts_its_gradient():
    x = pullback.ones(4, requires_grad=True)
    y = x * 2
    y[1:3].uniform_()
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 0.0, 0.0, 2.0]
    assert y[0].item() == 2.0 and 0 <= y[1].item() < 1


def test_fill_counts_the_version_up():
    x = pullback.ones(3, requires_grad=True)
    y = x * 1
    square = y * y
    y.normal_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        square.sum().backward()


def test_failed_fill_changes_nothing():
    x = pullback.ones(3)
    pullback.manual_seed(3)
    state = pullback.get_rng_state()
    for fill in (
        lambda: x.normal_(0, -1),
        lambda: x.uniform_(2, 1),
        lambda: x.bernoulli_(pullback.tensor([0.5, 3.0, 0.5])),
        lambda: x.random_(3, 3),
    ):
        with pytest.raises(RuntimeError):
            fill()
    assert x.tolist() == [1.0, 1.0, 1.0] and x._version == 0
    assert pullback.equal(pullback.get_rng_state(), state)


def test_default_dtype_is_drawn():
    pullback.set_default_dtype(pullback.float64)
    try:
        assert pullback.rand(2).dtype is pullback.randn(2).dtype is pullback.float64
        assert pullback.normal(0.0, 1.0, (2,)).dtype is pullback.float64
    finally:
        pullback.set_default_dtype(pullback.float32)


def test_filled_memory_is_shared_with_views():
    x = pullback.zeros(2, 3)
    row = x[1]
    pullback.manual_seed(0)
    x.uniform_()
    pullback.manual_seed(0)
    assert pullback.equal(row, pullback.rand(6)[3:])


def test_range_that_a_float_holds_only_in_part_is_warned_of():
    with pytest.warns(UserWarning, match=r"to - 1 is out of bounds \[-\(2\^24\), 2\^24\]"):
        pullback.empty(2).random_(0, 2**25)
