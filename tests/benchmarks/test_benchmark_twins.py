"""Workloads written for other libraries compute pullback's numbers; each library in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache

import pytest
from benchmarks.child import Runner
from benchmarks.contestants import CONTESTANTS
from benchmarks.report import rows
from benchmarks.rounds import Child, differing, run
from benchmarks.workloads import WORKLOADS, with_numpy

import pullback

OTHERS = [name for name, one in CONTESTANTS.items() if not one.speaks_torch and not one.missing]
SAMPLE = (
    "powers_2", "hessian_vector_mlp", "module_mlp_step", "adam_20_parameters", "jacrev_100", "per_sample_gradients_64",
    "softmax_256x1024",
)  # fmt: skip


@cache
def ours(name: str) -> list[list[float]]:
    return Runner(pullback).check(name)


@pytest.fixture(scope="module", params=OTHERS)
def child(request: pytest.FixtureRequest) -> Iterator[Child]:
    with closing(Child(request.param, CONTESTANTS[request.param], threads=0)) as child:
        try:
            child.names = child.ask("names")
        except RuntimeError as error:
            pytest.skip(f"{request.param} does not start: {error}")
        yield child


@pytest.mark.parametrize("name", SAMPLE)
def test_twin_computes_the_same(child: Child, name: str) -> None:
    if name not in child.names:
        pytest.skip("has no twin there")
    assert differing(child.ask("check", name), ours(name)) is None


@pytest.mark.parametrize("name", sorted(with_numpy.WORKLOADS.keys() - set(SAMPLE)))
def test_derivatives_by_hand_are_right(name: str) -> None:
    assert differing(Runner(None, with_numpy.WORKLOADS).check(name), ours(name)) is None


def test_twins_are_of_workloads(child: Child) -> None:
    assert set(child.names) <= set(WORKLOADS)


def test_two_processes_take_turns() -> None:
    with closing(Child("NumPy", CONTESTANTS["NumPy"], threads=1)) as numpy:
        with closing(Child("pullback", CONTESTANTS["pullback"], threads=1)) as torch:
            children = {"pullback": torch, "NumPy": numpy}
            for child in children.values():
                child.names = child.ask("names")
            times, failures = run(["polynomial_3"], children, "NumPy", rounds=1)
    assert not failures
    (row,) = rows(times, "NumPy")
    assert row["ratios"].keys() == {"pullback"}
    assert row["seconds"].keys() == children.keys()
