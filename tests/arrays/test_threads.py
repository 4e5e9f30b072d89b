"""The pool of threads: every part once, errors and contexts carried over, forks survived."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

import pullback
from pullback.arrays import threads


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = threads.get_num_threads()
    threads.set_num_threads(3)
    yield
    threads.set_num_threads(before)


def test_every_part_is_worked_on_once_and_by_several_threads() -> None:
    found: list[int] = []
    workers: set[int] = set()

    def work(part: int) -> None:
        time.sleep(0.001)
        found.append(part)
        workers.add(threading.get_ident())

    threads.each(work, range(40))
    assert sorted(found) == list(range(40))
    assert len(workers) == 3


def test_what_a_part_raises_is_raised_to_the_caller() -> None:
    def work(part: int) -> None:
        if part == 7:
            raise ValueError("part 7")

    with pytest.raises(ValueError, match="part 7"):
        threads.each(work, range(20))
    threads.each(lambda part: None, range(20))  # and the pool lives on


def test_the_callers_floating_point_errors_hold_in_all_threads() -> None:
    def work(part: int) -> None:
        time.sleep(0.001)
        np.ones(3) / np.zeros(3)

    with np.errstate(divide="ignore"):
        threads.each(work, range(10))
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        threads.each(work, range(10))


def test_work_inside_a_part_runs_in_its_thread() -> None:
    seen: list[bool] = []

    def outer(part: int) -> None:
        mine = threading.get_ident()
        threads.each(lambda inner: seen.append(threading.get_ident() == mine), range(4))

    threads.each(outer, range(6))
    assert seen == [True] * 24


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_has_workers_of_its_own() -> None:
    threads.each(lambda part: None, range(4))
    child = os.fork()
    if not child:
        found: list[int] = []
        threads.each(found.append, range(9))
        os._exit(0 if sorted(found) == list(range(9)) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_number_of_threads_is_pytorchs_question_and_answer() -> None:
    pullback.set_num_threads(2)
    assert pullback.get_num_threads() == 2
    with pytest.raises(RuntimeError, match="^set_num_threads expects a positive integer"):
        pullback.set_num_threads(0)
    with pytest.raises(RuntimeError, match="^set_num_threads expects an int, but got float"):
        pullback.set_num_threads(2.0)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="^set_num_interop_threads expects a positive integer"):
        pullback.set_num_interop_threads(-1)
