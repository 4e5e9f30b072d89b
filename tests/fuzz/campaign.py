"""Many programs: in chunks, each chunk in a process of its own, so that a crash costs one program and no more.

What is done is written down after each chunk; the same command goes on where it stopped.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.fuzz.compare import Difference, first_difference, smallest
from tests.fuzz.draw import draw_program

CHUNK = 1000


@dataclass
class Tally:
    """What is known so far: chunks done, programs that differ by kind with the seed of one, programs that crashed
    PyTorch, programs that were cut short at a known difference by its name."""

    done: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, list[Any]] = field(default_factory=dict)
    crashed: list[int] = field(default_factory=list)
    excused: dict[str, int] = field(default_factory=dict)

    @property
    def programs(self) -> int:
        """How many programs have run."""
        return sum(self.done.values())

    @property
    def differing(self) -> int:
        """How many programs showed a difference."""
        return sum(entry[0] for entry in self.kinds.values())

    def __str__(self) -> str:
        agree = self.programs - self.differing - len(self.crashed)
        tail = f", {len(self.crashed)} crashed PyTorch" if self.crashed else ""
        cut = sum(self.excused.values())
        return (
            f"{agree} of {self.programs} programs agree ({cut} of them up to a known difference), "
            f"{len(self.kinds)} kinds of difference{tail}"
        )


def load(path: Path) -> Tally:
    """The tally written at `path`, or an empty one."""
    return Tally(**json.loads(path.read_text())) if path.exists() else Tally()


def save(tally: Tally, path: Path) -> None:
    """Write the tally down, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(tally.__dict__, indent=1))
    fresh.replace(path)


@contextmanager
def libraries() -> Iterator[tuple[Any, Any]]:
    """PyTorch on one thread, and pullback."""
    import numpy as np
    import torch

    import pullback

    torch.set_num_threads(1)
    np.seterr(all="ignore")
    yield torch, pullback


def run_chunk(seeds: range, path: str) -> None:
    """Run the programs of `seeds`; write the seed at hand to `path` before each, and what differed at the end."""
    found: dict[str, list[Any]] = {}
    excused: dict[str, int] = {}
    with libraries() as (torch, pullback), open(path, "w") as at:
        for seed in seeds:
            at.seek(0)
            at.write(f"{seed:20d}")
            at.flush()
            program, each_step = draw_program(seed)
            difference = first_difference(program, torch, pullback, each_step)
            if isinstance(difference, str):
                excused[difference] = excused.get(difference, 0) + 1
            elif difference is not None:
                entry = found.setdefault(difference.kind, [0, seed])
                entry[0] += 1
    Path(path).write_text(json.dumps([found, excused]))


def campaign(programs: int, seed: int, jobs: int, state: Path) -> Tally:
    """Run programs `seed` to ``seed + programs``, `jobs` chunks at a time, telling each new kind of difference once."""
    tally = load(state)
    waiting = [range(start, min(start + CHUNK, seed + programs)) for start in range(seed, seed + programs, CHUNK)]
    waiting = [chunk for chunk in waiting if tally.done.get(str(chunk.start)) != len(chunk)][::-1]
    state.parent.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")
    running: dict[Any, tuple[range, Path]] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            chunk = waiting.pop()
            path = state.parent / f"chunk-{chunk.start}"
            process = context.Process(target=run_chunk, args=(chunk, str(path)))
            process.start()
            running[process] = chunk, path
        process = next(iter(running))
        process.join()
        chunk, path = running.pop(process)
        if process.exitcode:  # run the rest of the chunk without the program that crashed
            last = int(path.read_text().strip())
            tally.crashed.append(last)
            tally.done[str(chunk.start)] = last + 1 - chunk.start
            if last + 1 < chunk.stop:
                waiting.append(range(last + 1, chunk.stop))
        else:
            _gather(tally, *json.loads(path.read_text()))
            tally.done[str(chunk.start)] = len(chunk)
        path.unlink()
        save(tally, state)
        print(tally, file=sys.stderr, flush=True)
    return tally


def _gather(tally: Tally, found: dict[str, list[Any]], excused: dict[str, int]) -> None:
    for name, count in excused.items():
        tally.excused[name] = tally.excused.get(name, 0) + count
    for kind, (count, seed) in found.items():
        known = kind in tally.kinds
        entry = tally.kinds.setdefault(kind, [0, seed])
        entry[0] += count
        if not known:
            print(f"\n{kind}\n{explained(seed)}", flush=True)


def explained(seed: int) -> str:
    """The program of a seed cut down to what differs, and the difference."""
    with libraries() as (torch, pullback):
        program, each_step = draw_program(seed)
        known = first_difference(program, torch, pullback, each_step)
        if not isinstance(known, Difference):
            return f"seed {seed}: both agree" + (f" up to {known}" if known else "")
        try:
            small, difference = smallest(program, torch, pullback, each_step)
        except AssertionError:
            return f"seed {seed}: a difference that comes and goes\n{known}"
    return "\n".join([f"seed {seed}", *(step.text for step in small), str(difference)])
