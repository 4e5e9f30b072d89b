"""Where a workload's time goes: its hottest functions."""

from __future__ import annotations

import cProfile
import pstats
import time
from typing import Any

from .workloads import Workload

SECONDS, SHOWN = 2.0, 25


def profile(workload: Workload, library: Any) -> cProfile.Profile:
    """Some seconds of a workload's steps, after a first one."""
    step, _ = workload(library)
    step()
    profiler = cProfile.Profile()
    end = time.perf_counter() + SECONDS
    with profiler:
        while time.perf_counter() < end:
            step()
    return profiler


def print_hottest(workload: Workload, library: Any) -> None:
    """The functions in which the time is spent by themselves; those in C are named where they are called."""
    pstats.Stats(profile(workload, library)).strip_dirs().sort_stats("tottime").print_stats(SHOWN)
