"""Random streams give PyTorch's numbers and keep PyTorch's state."""

from __future__ import annotations

import json
import random
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pullback.arrays import dtypes
from pullback.arrays.streams import DEFAULT_SEED, STATE_SIZE, Stream, memory_axes
from pullback.arrays.streams.boxmuller import box_muller
from pullback.arrays.streams.libm import EXACT_UP_TO
from pullback.arrays.streams.uniforms import scale
from pullback.arrays.streams.whole import _shuffled
from pullback.arrays.streams.words import Words

DATA = Path(__file__).parents[1] / "data"
recorder = runpy.run_path(str(DATA / "record_streams.py"))
PROGRAMS, ramp, draw_with_torch = recorder["PROGRAMS"], recorder["ramp"], recorder["draw_with_torch"]
RECORDED = json.loads((DATA / "streams.json").read_text())


def draw(stream: Stream, method: str, dtype: str, count: int, arguments: dict[str, Any]) -> np.ndarray:
    kind = dtypes.BY_NAME[dtype].numpy
    if method == "permutation":
        return stream.permutation(count, kind)
    if method == "bernoulli_each":
        return stream.bernoulli_each(np.array(ramp(count, 1.0), kind), kind)
    if method == "poisson":
        return stream.poisson(np.array(ramp(count, 32.0), kind))
    if method == "binomial":
        return stream.binomial(np.array(ramp(count, 64.0), kind), np.array(ramp(count, 1.0), kind))
    if method == "multinomial":
        return stream.multinomial(np.array(ramp(count, 1.0), kind), **arguments)
    return getattr(stream, method)((count,), kind, **arguments)


def assert_drawn(drawn: np.ndarray, expected: np.ndarray) -> None:
    """Equal to the bit; in float64 the C library at hand may round the last one otherwise."""
    if drawn.dtype.kind == "c":
        drawn = drawn.view(drawn.real.dtype).reshape(*drawn.shape, 2)
    if drawn.dtype == np.float64:
        np.testing.assert_array_max_ulp(drawn, expected, 4)
    else:
        np.testing.assert_array_equal(drawn, expected)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_numbers_and_state_are_those_recorded_from_pytorch(number):
    (seed, draws), recorded = PROGRAMS[number], RECORDED[number]
    assert recorded["seed"] == seed
    stream = Stream(seed)
    for each, values in zip(draws, recorded["values"], strict=True):
        drawn = draw(stream, *each)
        expected = np.array(values, drawn.real.dtype)
        assert_drawn(drawn[:40], expected.reshape(-1, 2) if drawn.dtype.kind == "c" else expected)
    if not stream.spare_normal:  # whose last bit is the C library's
        assert recorder["digest"](stream.get_state().tobytes()) == recorded["state"]


# Without PyTorch: what must hold whatever the numbers are


def test_words_are_the_mersenne_twister():
    assert Words(5489).words(10_000)[-1] == 4123659995  # the value that the C++ standard demands


def test_wide_word_has_its_high_half_first():
    high, low = Words(3).words(2).tolist()
    assert Words(3).wide_words(1).tolist() == [high << 32 | low]


@pytest.mark.parametrize("sizes", [(1, 2, 3), (623, 1, 624, 1), (600, 100, 1300), (624, 0, 625), (5000, 7)])
def test_words_do_not_depend_on_how_many_are_drawn_at_a_time(sizes):
    stream = Words(1)
    pieces = [stream.words(size) for size in sizes]
    np.testing.assert_array_equal(np.concatenate(pieces), Words(1).words(sum(sizes)))


@pytest.mark.parametrize("before", [0, 1, 623, 624, 625, 2000])
def test_state_goes_on_where_it_was_taken(before):
    stream, other = Stream(4), Stream()
    stream.words(before)
    state = stream.get_state()
    other.set_state(state)
    assert other.initial_seed() == 4
    np.testing.assert_array_equal(other.get_state(), state)
    np.testing.assert_array_equal(other.words(1500), stream.words(1500))
    np.testing.assert_array_equal(other.get_state(), stream.get_state())


def test_state_holds_the_second_normal_number():
    stream = Stream(4)
    stream.normal((1,))
    other = stream.clone()
    assert stream.spare_normal is not None
    np.testing.assert_array_equal(other.normal((3,)), stream.normal((3,)))
    assert stream.get_state().dtype == np.uint8 and stream.get_state().shape == (STATE_SIZE,) == (5056,)


def test_seed_forgets_the_second_normal_number():
    stream = Stream(4)
    first = stream.normal((1,))
    stream.manual_seed(4)
    np.testing.assert_array_equal(stream.normal((1,)), first)


def test_seed_is_taken_modulo_two_to_the_64th():
    assert Stream().initial_seed() == DEFAULT_SEED
    assert Stream(-1).initial_seed() == 2**64 - 1
    np.testing.assert_array_equal(Stream(2**32 + 1).words(3), Stream(1).words(3))
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            Stream(seed)


def test_unforeseeable_seeds_differ():
    stream = Stream()
    seeds = {stream.seed() for _ in range(3)}
    assert len(seeds) == 3 and stream.initial_seed() in seeds


def test_state_that_is_none_is_refused():
    stream = Stream()
    state = stream.get_state()
    with pytest.raises(TypeError, match="ByteTensor"):
        stream.set_state(state.astype(np.float32))
    with pytest.raises(RuntimeError, match="size 5056 but found the input RNG state size to be 5055"):
        stream.set_state(state[:-1])
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        stream.set_state(np.zeros_like(state))


@pytest.mark.parametrize("sizes", [(16, 32, 160, 48), (16,) * 45, (160, 160, 160, 160, 16)])
def test_few_normal_numbers_are_those_of_one_large_draw(sizes):
    """Up to the end of a block of words; the numbers made in advance must be the right ones."""
    stream, together = Stream(9), Stream(9).normal((sum(sizes),))
    for start, size in zip(np.cumsum((0, *sizes)), sizes):
        np.testing.assert_array_equal(stream.normal((size,)), together[start : start + size])


def test_normal_numbers_made_in_advance_are_dropped_when_others_come_between():
    stream = Stream(9)
    stream.normal((16,))
    stream.words(3)
    fresh = Stream(9)
    fresh.words(19)
    np.testing.assert_array_equal(stream.normal((16,)), fresh.normal((16,)))
    stream.set_state(Stream(9).get_state())
    np.testing.assert_array_equal(stream.normal((16,)), Stream(9).normal((16,)))


def test_drawn_arrays_are_their_receivers_own():
    stream = Stream(9)
    for drawn in (stream.uniform((16,)), stream.normal((16,)), stream.normal((15,)), stream.bernoulli((4,))):
        drawn[...] = 7
    fresh = Stream(9)
    for again in (fresh.uniform((16,)), fresh.normal((16,)), fresh.normal((15,)), fresh.bernoulli((4,))):
        assert not (again == 7).any()


def test_box_muller_meets_the_formula():
    uniform = Stream(1).uniform((160_000,))
    a, b = np.float64(uniform).reshape(-1, 2, 8).transpose(1, 0, 2)
    radius = np.sqrt(-2 * np.log1p(-a))
    expected = np.stack([radius * np.cos(2 * np.pi * b), radius * np.sin(2 * np.pi * b)], 1)
    np.testing.assert_allclose(box_muller(uniform), expected.ravel(), rtol=2e-6, atol=3e-6)


def test_box_muller_at_the_ends_of_the_interval():
    uniform = np.zeros(16, np.float32)
    np.testing.assert_array_equal(box_muller(uniform.copy()), 0)  # the radius is 0
    uniform[:8] = 1 - 2.0**-24
    np.testing.assert_allclose(box_muller(uniform)[:8], np.sqrt(48 * np.log(2)), rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scale_rounds_once(dtype):
    from fractions import Fraction

    numbers = Stream(2).uniform((200,), np.dtype(dtype))
    shift, factor = float(dtype(0.1)), float(dtype(1 / 3))
    exact = [Fraction(float(each)) * Fraction(factor) + Fraction(shift) for each in numbers]
    expected = [float(each) if dtype is np.float64 else np.float32(float(each)) for each in exact]
    np.testing.assert_array_equal(scale(numbers, shift, factor), np.array(expected, dtype))


@pytest.mark.parametrize("count", [2, 3, 10, 100])
def test_shuffle_without_a_loop_is_the_shuffle_with_one(count):
    generator = random.Random(count)
    for _ in range(50):
        target = [generator.randrange(step, count) for step in range(count)]
        order = list(range(count))
        for step, place in enumerate(target):
            order[step], order[place] = order[place], order[step]
        np.testing.assert_array_equal(_shuffled(np.array(target)), order)


def test_permutation_has_every_number_once():
    np.testing.assert_array_equal(np.sort(Stream(1).permutation(10_000)), np.arange(10_000))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_rounding_never_reaches_the_upper_end(dtype):
    drawn = Stream(0).uniform((100_000,), dtypes.BY_NAME[dtype].numpy)
    assert float(drawn.max()) < 1 and float(drawn.min()) == 0


def test_integers_that_no_float_can_be_are_refused():
    with pytest.raises(RuntimeError, match="got from=1004 >= to=1003"):
        Stream(0).integers((1,), dtypes.bfloat16.numpy, 1001, high=1003)


def test_many_float64_numbers_are_as_good_as_few():
    few, many = Stream(3), Stream(3)
    pieces = [few.exponential((1000,), np.dtype("f8")) for _ in range(5)]
    together = many.exponential((5000,), np.dtype("f8"))
    assert len(together) > EXACT_UP_TO
    np.testing.assert_array_max_ulp(np.concatenate(pieces), together, 4)


@pytest.mark.parametrize(
    "method, arguments, mean, variance",
    [
        ("uniform", {"low": 1.0, "high": 3.0}, 2, 1 / 3),
        ("normal", {"mean": 1.0, "std": 2.0}, 1, 4),
        ("log_normal", {"mean": 0.0, "std": 0.5}, np.exp(0.125), (np.exp(0.25) - 1) * np.exp(0.25)),
        ("exponential", {"rate": 2.0}, 0.5, 0.25),
        ("geometric", {"p": 0.25}, 4, 12),
        ("integers", {"low": 0, "high": 10}, 4.5, 8.25),
        ("bernoulli", {"p": 0.2}, 0.2, 0.16),
    ],
)
def test_moments_are_those_of_the_distribution(method, arguments, mean, variance):
    drawn = getattr(Stream(11), method)((100_000,), np.dtype("f8"), **arguments)
    assert abs(drawn.mean() - mean) < 4 * np.sqrt(variance / 1e5)
    assert abs(drawn.var() / variance - 1) < 0.05


@pytest.mark.parametrize("rate", [0.5, 9.0, 40.0])
def test_poisson_mean_and_variance_are_the_rate(rate):
    drawn = Stream(11).poisson(np.full(20_000, rate))
    assert abs(drawn.mean() - rate) < 4 * np.sqrt(rate / 2e4)
    assert abs(drawn.var() / rate - 1) < 0.05


@pytest.mark.parametrize("trials, p", [(10, 0.3), (100, 0.4), (100, 0.95), (7, 0.0), (7, 1.0)])
def test_binomial_mean_is_trials_times_probability(trials, p):
    drawn = Stream(11).binomial(np.full(20_000, float(trials)), np.full(20_000, p))
    assert abs(drawn.mean() - trials * p) <= 4 * np.sqrt(trials * p * (1 - p) / 2e4)


def test_multinomial_follows_the_weights():
    weights = np.array([[1.0, 0.0, 3.0], [0.0, 1.0, 1.0]])
    drawn = Stream(11).multinomial(weights, 20_000, replacement=True)
    shares = np.stack([np.bincount(row, minlength=3) / 20_000 for row in drawn])
    np.testing.assert_allclose(shares, [[0.25, 0, 0.75], [0, 0.5, 0.5]], atol=0.02)
    without = Stream(11).multinomial(weights, 2)
    assert {tuple(sorted(row)) for row in without.tolist()} == {(0, 2), (1, 2)}


def test_memory_axes_undo_a_transposition():
    array = np.zeros((2, 3, 4)).transpose(2, 0, 1)
    assert memory_axes(array) == (1, 2, 0)
    assert array.transpose(memory_axes(array)).flags.c_contiguous
    assert memory_axes(np.zeros((2, 6))[:, ::2]) == (0, 1)


# With PyTorch at hand: programs of which nothing was recorded

FLOATS = ["float32", "float64", "float16", "bfloat16"]
COMPLEX = ["complex64", "complex128"]
INTEGERS = ["int64", "int32", "int16", "int8", "uint8"]
COUNTS = [0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 100, 160, 623, 624, 625, 1000, 1248, 3000]


def random_draw(choose: random.Random) -> tuple[str, str, int, dict[str, Any]]:
    count, p = choose.choice(COUNTS), 0.01 + 0.98 * choose.random()
    shift, factor = choose.choice([(0.0, 1.0), (0.0, p), (p, 1.0), (p, 3 * p)])
    method, kinds, arguments = choose.choice(
        [
            ("uniform", FLOATS + COMPLEX, {"low": -shift, "high": factor}),
            ("normal", FLOATS + COMPLEX, {"mean": shift, "std": factor}),
            ("normal", ["float32"], {}),
            ("normal", FLOATS, {"contiguous": False} if count > 1 else {}),
            ("log_normal", FLOATS, {"mean": shift, "std": factor}),
            ("exponential", FLOATS, {"rate": 3 * p}),
            ("cauchy", FLOATS, {"median": shift, "sigma": factor}),
            ("geometric", FLOATS + INTEGERS, {"p": p}),
            ("integers", ["int64", "int32", "float64"], {"low": -7, "high": choose.randrange(1, 2**31)}),
            ("integers", ["float32"], {"low": -(2**26) - 7, "high": choose.randrange(1, 2**31)}),
            ("integers_from", FLOATS + INTEGERS, {"low": choose.randrange(100)}),
            ("any_integers", [*FLOATS, *INTEGERS, "bool"], {}),
            ("permutation", ["int64", "int32", "float64"], {}),
            ("bernoulli", [*FLOATS, *INTEGERS, "bool"], {"p": p}),
            ("bernoulli_each", FLOATS, {}),
            ("poisson", FLOATS, {}),
        ]
    )
    return method, choose.choice(kinds), count, arguments


@pytest.mark.filterwarnings("ignore:.*out of bounds:UserWarning")
@pytest.mark.parametrize("number", range(30))
def test_random_programs_draw_what_pytorch_draws(number):
    torch = pytest.importorskip("torch")
    choose = random.Random(number)
    seed = choose.choice([number, -number, choose.randrange(2**64)])
    torch.manual_seed(seed)
    stream = Stream(seed)
    for _ in range(12):
        each = random_draw(choose)
        expected = draw_with_torch(torch, *each)
        if expected.is_complex():
            expected = torch.view_as_real(expected)
        if expected.dtype in (torch.float16, torch.bfloat16):
            expected = expected.float()
        drawn = draw(stream, *each)
        assert_drawn(drawn.astype(np.float32) if drawn.dtype.itemsize == 2 else drawn, expected.numpy())


@pytest.mark.parametrize("before", [0, 1, 5, 624, 1300])
def test_state_passes_to_pytorch_and_back(before):
    torch = pytest.importorskip("torch")
    stream = Stream(99)
    torch.manual_seed(99)
    np.testing.assert_array_equal(stream.get_state(), torch.get_rng_state().numpy())
    stream.words(before)
    stream.normal((1,))
    torch.set_rng_state(torch.from_numpy(stream.get_state()))
    np.testing.assert_array_equal(torch.randn(40).numpy(), stream.normal((40,)))
    np.testing.assert_array_equal(torch.randn(5).numpy(), stream.normal((5,)))
    np.testing.assert_array_equal(stream.get_state(), torch.get_rng_state().numpy())
    torch.rand(701)
    stream.set_state(torch.get_rng_state().numpy())
    np.testing.assert_array_equal(torch.rand(40).numpy(), stream.uniform((40,)))


def test_a_million_normal_numbers_are_pytorchs_to_the_bit():
    torch = pytest.importorskip("torch")
    torch.manual_seed(12)
    np.testing.assert_array_equal(torch.randn(1_000_003).numpy(), Stream(12).normal((1_000_003,)))


def test_large_permutation_is_pytorchs():
    torch = pytest.importorskip("torch")
    torch.manual_seed(12)
    np.testing.assert_array_equal(torch.randperm(100_000).numpy(), Stream(12).permutation(100_000))


def test_dropout_draws_a_bernoulli_mask():
    torch = pytest.importorskip("torch")
    torch.manual_seed(12)
    kept = torch.nn.functional.dropout(torch.ones(20, 50), 0.3).numpy() != 0
    np.testing.assert_array_equal(kept, Stream(12).bernoulli((20, 50), np.dtype(bool), 0.7))
