"""Two libraries run one program in step; the first difference ends it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fuzz import excused
from tests.fuzz.observe import Run
from tests.fuzz.program import Program, Step, shrunk

TOLERANCE = 2e-4, 1e-9
"""Relative to the largest element: of a program that computes in single precision somewhere, and of any other."""


@dataclass(frozen=True)
class Difference:
    """Where two runs of a program part."""

    position: int
    step: Step
    fact: str
    expected: Any
    found: Any

    @property
    def kind(self) -> str:
        """What differences of one cause mostly share: the fact, the template, the two errors or node names."""
        plain = _is_number(self.expected)
        told = [self.step.kind] if plain else [_generic(self.expected), _generic(self.found)]
        return " | ".join([re.sub(r"v\d+", "v", self.fact), *told])

    def __str__(self) -> str:
        return (
            f"step {self.position}: {self.step.text}\n  {self.fact}\n    PyTorch:  {_short(self.expected)}\n"
            f"    pullback: {_short(self.found)}"
        )


def first_difference(
    program: Sequence[Step], torch: Any, pullback: Any, each_step: bool = True
) -> Difference | str | None:
    """Run `program` on both libraries; what differs first, looked for after each step or at the end only.

    The name of a known difference, if one ended the program before.
    """
    runs = Run(torch), Run(pullback)
    tolerance = TOLERANCE["float32" not in "".join(step.text for step in program)]
    try:
        for position, step in enumerate(program):
            expected, found = (run.step(step) for run in runs)
            if excused.is_swap_refused(step, expected, found) and runs[1].swaps_back(step):
                found = expected
            known = excused.by_error(step, runs[0], expected, found) if expected != found else None
            if known is None and expected != found:
                earlier = None if each_step else first_difference(program[:position], torch, pullback)
                return earlier if isinstance(earlier, str) else Difference(position, step, "error", expected, found)
            known = known or excused.after(step, runs, expected)
            if known is not None:
                return known
            if excused.is_written_anyway(expected):
                runs[1].take_values(runs[0])
            if each_step or position + 1 == len(program):
                looks = [run.look() for run in runs]
                told = differs(*looks, tolerance)
                if told is not None:
                    known = excused.by_fact(step, *told, runs[0], expected is not None)
                    if known is None and not each_step:  # where did it begin?
                        earlier = first_difference(program, torch, pullback)
                        known = earlier if isinstance(earlier, str) else None
                    return known or Difference(position, step, *told)
    finally:
        for run in runs:
            run.close()
    return None


def smallest(program: Program, torch: Any, pullback: Any, each_step: bool = True) -> tuple[Program, Difference]:
    """A program cut down to what still shows a difference of the same kind."""
    first = first_difference(program, torch, pullback, each_step)
    assert isinstance(first, Difference)

    def still(shorter: Program) -> bool:
        found = first_difference(shorter, torch, pullback, each_step)
        return isinstance(found, Difference) and found.kind == first.kind

    program = shrunk(program[: first.position + 1], still)
    last = first_difference(program, torch, pullback, each_step)
    assert isinstance(last, Difference)
    return program, last


def differs(expected: Any, found: Any, tolerance: float, path: str = "") -> tuple[str, Any, Any] | None:
    """The first place where two observations differ, with what stands there."""
    if isinstance(expected, np.ndarray) and isinstance(found, np.ndarray):
        return None if _same_values(expected, found, tolerance) else (path, expected, found)
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            told = differs(expected.get(key, "absent"), found.get(key, "absent"), tolerance, f"{path} {key}".strip())
            if told is not None:
                return told
        return None
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)) and len(expected) == len(found):
        for a, b in zip(expected, found):
            told = differs(a, b, tolerance, path)
            if told is not None:
                simple = not any(isinstance(each, (dict, np.ndarray)) for each in expected)
                return (path, expected, found) if simple else told
        return None
    return None if type(expected) is type(found) and expected == found else (path, expected, found)


def _same_values(expected: np.ndarray, found: np.ndarray, tolerance: float) -> bool:
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return False
    if expected.dtype.kind in "biu":
        return bool(np.array_equal(expected, found))
    if expected.dtype.kind == "c":  # a number is finite or not: PyTorch multiplies by 1+0j where NumPy adds
        beyond = ~np.isfinite(expected) & ~np.isfinite(found)
        expected, found = np.where(beyond, 0, expected), np.where(beyond, 0, found)
    with np.errstate(all="ignore"):
        finite = np.abs(expected[np.isfinite(expected)])
        scale = max(float(finite.max()) if finite.size else 0.0, 1e-2)  # numbers that cancel leave nothing to compare
        return bool(np.allclose(found, expected, rtol=tolerance, atol=tolerance * scale, equal_nan=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.ndarray)) and not isinstance(value, bool)


def _generic(value: Any) -> str:
    return re.sub(r"-?\d+(\.\d+)?", "#", _short(value))


def _short(value: Any) -> str:
    return " ".join(repr(value).split())[:300]
