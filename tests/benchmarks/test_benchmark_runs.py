"""The workloads compute what theory says, and the counters count; pullback alone, PyTorch is not needed."""

from __future__ import annotations

import gc
import pstats
import sys

import numpy as np
import pytest
from benchmarks import hottest
from benchmarks.child import SHOWN, Runner, plain
from benchmarks.counts import count, peak_bytes
from benchmarks.memory import garbage_of, watch
from benchmarks.workloads import DEEP, SMALL, WORKLOADS

import pullback

POSITIONS = pytest.mark.skipif(sys.version_info < (3, 11), reason="instructions have no positions")
X = np.array([1.0, 2.0, 3.0])
EXPECTED = {
    "polynomial_3": [np.sum(2 * X**3 - 3 * X**2 + X), *(6 * X**2 - 6 * X + 1)],
    "powers_2": [53.0, 36.0, 81.0, -12.0, -8.0],
    "double_backward_cube": 6 * X,
    "scalar_chain_1000": [1.001**1000] * 2,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_workload_computes_what_theory_says(name: str) -> None:
    assert np.concatenate(Runner(pullback).check(name)) == pytest.approx(EXPECTED[name], rel=1e-4)


@pytest.mark.parametrize("name", sorted(WORKLOADS.keys() - DEEP.keys() - EXPECTED.keys()))
def test_workload_runs_and_stays_finite(name: str) -> None:
    assert np.isfinite(np.concatenate(Runner(pullback).check(name))).all()


def test_small_workloads_are_timed_in_blocks_and_phases_are_taken_as_they_are() -> None:
    runner = Runner(pullback)
    runner.steps = {"phases": lambda: {"build": 1.5}, "short": lambda: None}
    assert runner.time("phases") == {"build": 1.5}
    (seconds,) = runner.time("short").values()
    assert 0 < seconds < 1e-3
    assert runner.repeats["short"] > 100


def test_plain_flattens_tensors_and_numbers() -> None:
    assert plain([pullback.tensor([[1.0, 2.0]]), (3, [np.float32(4.5)])]) == [[1.0, 2.0], [3.0], [4.5]]


def test_plain_takes_some_of_many_numbers() -> None:
    (shown,) = plain(np.arange(2 * SHOWN))
    assert shown[:3] == [0.0, 3.0, 6.0]
    assert len(shown) == -(-2 * SHOWN // 3)


def test_memory_is_counted_at_its_peak() -> None:
    assert 80_000 <= peak_bytes(lambda: np.ones(10_000).sum()) < 90_000


def test_profile_finds_the_functions_of_a_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hottest, "SECONDS", 0.01)
    stats = pstats.Stats(hottest.profile(SMALL["sgd_100_steps"], pullback))
    assert "step" in {name for _, _, name in stats.stats}  # type: ignore[attr-defined]


@POSITIONS
def test_calls_are_counted_by_kind() -> None:
    a = np.ones(3)

    def step() -> None:
        b = np.add(a, a)  # a ufunc
        c = b * 2  # an operator on an array
        c.sum()  # a method of an array, which calls a Python function of NumPy and the ufunc's reduce
        len(c)  # no NumPy

    first, second = count(step), count(step)
    assert first == second
    assert first["python"] == 1  # ndarray.sum is `_methods._sum`
    assert first["numpy"] >= 4
    assert first["c"] == 1


@POSITIONS
def test_counts_do_not_vary() -> None:
    step, _ = SMALL["square_mean_10"](pullback)
    step()
    step()
    assert count(step) == count(step)


def test_training_loop_leaves_nothing_to_the_collector() -> None:
    outcome = watch("pullback", 20)
    assert not outcome.left


def test_a_cycle_would_be_found() -> None:
    class Knot:
        __module__ = "pullback.somewhere"

    gc.collect()
    knot = Knot()
    knot.itself = knot
    del knot
    assert garbage_of("pullback") == {f"{Knot.__qualname__}": 1}
