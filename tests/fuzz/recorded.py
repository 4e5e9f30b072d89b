"""Programs with what PyTorch gave for them, for machines without PyTorch: ``tests/data/fuzz.json``.

``python -m tests.fuzz.recorded`` records the file anew: of the first programs that show no known difference, what each
step raised and the facts of all tensors at the end.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.compare import first_difference
from tests.fuzz.draw import draw_program
from tests.fuzz.observe import Run
from tests.fuzz.program import Program, Step

FILE = Path(__file__).parent.parent / "data" / "fuzz.json"
COUNT = 24


def outcome(program: Program, torch: Any) -> dict[str, Any]:
    """What each step of `program` raises on a library, and all facts at its end."""
    run = Run(torch)
    try:
        errors = [run.step(step) for step in program]
        return {"errors": errors, "facts": run.look()}
    finally:
        run.close()


def recorded() -> list[tuple[Program, dict[str, Any]]]:
    """The recorded programs and their outcomes."""
    entries = json.loads(FILE.read_text())
    return [(tuple(Step(*step) for step in entry["steps"]), _revived(entry["outcome"])) for entry in entries]


def _plain(value: Any) -> Any:
    """`value` with arrays written as lists; complex numbers as pairs."""
    if isinstance(value, np.ndarray):
        flat = value.reshape(-1)
        numbers = flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat
        return {"array": numbers.tolist(), "like": [str(value.dtype), *value.shape]}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _revived(value: Any) -> Any:
    if isinstance(value, dict) and "like" in value:
        dtype, *shape = value["like"]
        numbers = np.array(value["array"], np.dtype(dtype).type(0).real.dtype)
        return numbers.view(dtype).reshape(shape)
    if isinstance(value, dict):
        return {name: _revived(each) for name, each in value.items()}
    return [_revived(each) for each in value] if isinstance(value, list) else value


def record() -> None:
    """Write the file."""
    import torch

    import pullback

    entries: list[Any] = []
    seed = 0
    while len(entries) < COUNT:
        program, _ = draw_program(seed)
        seed += 1
        passes = any("backward(" in step.text or "autograd" in step.text for step in program)
        refused = any("swap_tensors" in step.text for step in program)  # PyTorch counts its own references
        if passes and not refused and first_difference(program, torch, pullback) is None:
            steps = [[step.text, step.kind] for step in program]
            entries.append({"steps": steps, "outcome": _plain(outcome(program, torch))})
    FILE.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n")


if __name__ == "__main__":
    record()
