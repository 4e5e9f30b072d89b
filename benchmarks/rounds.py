"""Contestants in processes of their own, taking turns.

Who is not on turn is stopped by a signal: OpenBLAS's threads, for one, spin for 50 ms after their last product, on the
core that the next contestant needs.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .contestants import Contestant, environment
from .workloads import DEEP

DEEP_ROUNDS = 3  # a million nodes take seconds, and vary little
TURNS = 12  # of each contestant within a round
LONG_SECONDS = 0.2  # who takes as long as this for a step has one turn in a round
RELATIVE = 1e-4  # float32 through a few hundred operations; of the number, and a tenth of it of its array's largest
ABSOLUTE = 1e-6  # gradients that are zero but for rounding, as of a bias before batch norm
STOP, GO = getattr(signal, "SIGSTOP", None), getattr(signal, "SIGCONT", None)

Numbers = list[list[float]]
Times = dict[str, list[dict[str, float]]]  # workload/phase → for each turn, library → seconds
Failures = dict[tuple[str, str], str]  # workload, library → why its time does not count


class Child:
    """The process that runs one contestant's workloads."""

    def __init__(self, name: str, contestant: Contestant, threads: int, source: Path | None = None) -> None:
        self.names: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", name, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env=environment(contestant, threads, source), cwd=Path(__file__).parents[1],
        )  # fmt: skip

    def signal(self, number: int | None) -> None:
        if number is not None:
            self.process.send_signal(number)

    def ask(self, what: str, name: str = "-") -> Any:
        """The answer to ``names``, ``check NAME`` or ``time NAME``; stopped before and after.

        Raises:
            RuntimeError: the workload failed there, or the process ended.
        """
        assert self.process.stdin and self.process.stdout
        self.signal(GO)
        try:
            self.process.stdin.write(f"{what} {name}\n")
        except OSError:
            line = ""
        else:
            line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process ended with code {self.process.wait()}")
        self.signal(STOP)
        answer = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        self.signal(GO)
        self.process.communicate()


def differing(ours: Numbers, theirs: Numbers) -> str | None:
    """How two lists of arrays differ by more than rounding, or None."""
    if [len(each) for each in ours] != [len(each) for each in theirs]:
        return f"arrays of {[len(each) for each in ours]} numbers, not {[len(each) for each in theirs]}"
    apart = 0
    for mine, other in zip(map(np.array, ours), map(np.array, theirs)):
        allowed = RELATIVE * (np.abs(other) + 0.1 * np.abs(other).max(initial=0)) + ABSOLUTE
        apart += int((~(np.abs(mine - other) <= allowed)).sum())
    return f"{apart} of {sum(map(len, theirs))} numbers differ" if apart else None


def checked(name: str, children: Mapping[str, Child], reference: str) -> dict[str, str]:
    """Why whose numbers for the workload do not count."""
    failures, values = {}, {}
    for library, child in children.items():
        try:
            values[library] = child.ask("check", name)
        except RuntimeError as error:
            failures[library] = str(error)
    if reference in values:
        reasons = {library: differing(found, values[reference]) for library, found in values.items()}
        failures |= {library: reason for library, reason in reasons.items() if reason}
    return failures


def turn(name: str, children: Mapping[str, Child], failures: Failures) -> dict[str, dict[str, float]]:
    """One turn of each: phase → library → seconds."""
    found: dict[str, dict[str, float]] = {}
    for library, child in children.items():
        try:
            answer = child.ask("time", name)
        except RuntimeError as error:
            failures[name, library] = str(error)
            continue
        for phase, seconds in answer.items():
            found.setdefault(f"{name}/{phase}".rstrip("/"), {})[library] = seconds
    return found


def run(names: list[str], children: Mapping[str, Child], reference: str, rounds: int) -> tuple[Times, Failures]:
    """Times of all turns, and what does not count."""
    times: Times = {}
    able = {name: {k: child for k, child in children.items() if name in child.names} for name in names}
    failures: Failures = {}
    for name in names:
        print(f"checking {name}", file=sys.stderr)
        failures |= {(name, who): why for who, why in checked(name, able[name], reference).items()}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for name in names:
            if number >= DEEP_ROUNDS and name in DEEP:
                continue
            slow: set[str] = set()
            for i in range(TURNS):
                ready = [who for who in able[name] if (name, who) not in failures and who not in slow]
                if reference not in ready:
                    break
                order = ready[:: -1 if (number + i) % 2 else 1]
                for row, seconds in turn(name, {who: children[who] for who in order}, failures).items():
                    times.setdefault(row, []).append(seconds)
                    slow |= {who for who, taken in seconds.items() if taken > LONG_SECONDS}
    return times, failures
