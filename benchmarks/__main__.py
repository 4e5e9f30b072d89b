"""``python -m benchmarks``: pullback and PyTorch side by side.

Each library runs in a process of its own. They take turns every hundredth of a second, so that both see the same
machine however noisy it is, and the ratio is the median over those pairs (below 1: pullback is faster). A workload's
time counts only if both libraries computed the same numbers. The table goes to ``benchmarks/results/benchmarks.json``
too. With ``--against REV`` the second library is pullback itself at another commit.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .counts import print_counts
from .workloads import DEEP, WORKLOADS

RESULTS = Path(__file__).with_name("results") / "benchmarks.json"
DEEP_ROUNDS = 3  # a million nodes take seconds, and vary little
PAIRS = 12  # turns that the libraries take within a round
LONG_SECONDS = 0.2  # a step as long as this takes one turn in a round
RELATIVE, ABSOLUTE = 1e-4, 1e-5  # float32 through a few hundred operations
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Child:
    """The process that runs one library's workloads."""

    def __init__(self, library: str, threads: int, source: Path | None = None) -> None:
        limits = dict.fromkeys(THREAD_VARIABLES, str(threads)) if threads else {}
        if source is not None:
            limits["PYTHONPATH"] = str(source)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.child", library, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, **limits}, cwd=Path(__file__).parents[1],
        )  # fmt: skip

    def ask(self, what: str, name: str) -> Any:
        """The answer to ``check NAME`` or ``time NAME``.

        Raises:
            RuntimeError: the workload failed there, or the process ended.
        """
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{what} {name}\n")
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process ended with code {self.process.wait()}")
        answer = json.loads(line)
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        self.process.communicate()


def checked(name: str, children: dict[str, Child]) -> str | None:
    """Why the workload's numbers do not count, or None when both libraries compute the same."""
    values = {}
    for library, child in children.items():
        try:
            values[library] = np.array(child.ask("check", name))
        except RuntimeError as error:
            return f"{library}: {error}"
    ours, theirs = values.values()
    if ours.shape != theirs.shape:
        return f"{ours.size} numbers and {theirs.size}"
    apart = ~np.isclose(ours, theirs, RELATIVE, ABSOLUTE)
    return f"{int(apart.sum())} of {theirs.size} numbers differ" if apart.any() else None


Times = dict[str, dict[str, list[float]]]  # workload/phase → library → seconds by round


def run(names: list[str], children: dict[str, Child], rounds: int) -> tuple[Times, dict[str, str]]:
    """Times of all rounds, and the workloads that failed their check with the reason."""
    times: Times = {}
    failed = {name: reason for name in names if (reason := checked(name, children))}
    for number in range(rounds):
        order = list(children.items())[:: 1 if number % 2 else -1]
        for name in names:
            if name in failed or (name in DEEP and number >= DEEP_ROUNDS):
                continue
            for turn in range(PAIRS):
                slowest = 0.0
                for library, child in order if turn % 2 else order[::-1]:
                    for phase, seconds in child.ask("time", name).items():
                        row = times.setdefault(f"{name}/{phase}".rstrip("/"), {key: [] for key in children})
                        row[library].append(seconds)
                        slowest = max(slowest, seconds)
                if slowest > LONG_SECONDS:
                    break
    return times, failed


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The ``src`` folder of the project as it was at `revision`."""
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", revision, "src"], cwd=root, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder) / "src"


def readable(seconds: float) -> str:
    """``12.3 µs``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def rows(times: Times) -> list[dict[str, Any]]:
    """Median seconds, and the median and quartiles of the ratio, first library to second, over the pairs."""
    found = []
    for name, by_library in times.items():
        ours, theirs = (np.array(seconds) for seconds in by_library.values())
        low, middle, high = (float(q) for q in np.quantile(ours / theirs, (0.25, 0.5, 0.75)))
        medians = {library: statistics.median(seconds) for library, seconds in by_library.items()}
        found.append({"name": name, **medians, "ratio": middle, "spread": [low, high]})
    return found


def table(found: list[dict[str, Any]], libraries: tuple[str, ...]) -> str:
    lines = [f"{'workload':28}" + "".join(f"{name:>12}" for name in libraries) + f"{'ratio':>8}  quartiles"]
    for row in found:
        cells = "".join(f"{readable(row[name]):>12}" for name in libraries)
        lines.append(f"{row['name']:28}{cells}{row['ratio']:8.2f}  {row['spread'][0]:.2f}–{row['spread'][1]:.2f}")
    if found:
        mean = statistics.geometric_mean(row["ratio"] for row in found)
        lines.append(f"geometric mean of the ratios: {mean:.2f}")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", metavar="REV", help="another commit of pullback in PyTorch's place")
    parser.add_argument("--only", default="", metavar="REGEX", help="workloads whose name matches")
    parser.add_argument("--threads", type=int, default=0, help="threads for both (default: each library's own)")
    parser.add_argument("--counts", action="store_true", help="count calls instead of timing; does not vary")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    parser.add_argument("--library", default="pullback", help="what stands in pullback's place")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if args.counts:
        print_counts(args.library, args.only)
        return
    names = [name for name in WORKLOADS if re.search(args.only, name)]
    with ExitStack() as stack:
        children = {args.library: Child(args.library, args.threads)}
        if args.against:
            source = stack.enter_context(checked_out(args.against))
            children[args.against] = Child(args.library, args.threads, source)
        else:
            children["PyTorch"] = Child("torch", args.threads)
        times, failed = run(names, children, args.rounds)
        for child in children.values():
            child.close()
    found = rows(times)
    print(table(found, tuple(children)))
    for name, reason in failed.items():
        print(f"not timed: {name}: {reason}")
    about = {"python": platform.python_version(), "cpus": os.cpu_count(), "threads": args.threads}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps({"about": about, "rows": found, "failed": failed}, indent=1))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
