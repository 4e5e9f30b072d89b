"""``python -m benchmarks``: the same workloads in pullback, PyTorch and others, side by side.

Each contestant runs in a process of its own. They take turns every hundredth of a second, so that all see the same
machine however noisy it is, and a ratio is the median over those turns (below 1: faster than PyTorch). A time counts
only if the numbers computed are PyTorch's. ``pullback`` is NumPy alone, ``pullback[fast]`` has the kernels compiled by
Numba; ``--all`` adds torch.compile, JAX, HIPS autograd, MyGrad, tinygrad (in need of ``clang``) and NumPy by hand, as
far as they are installed. The table goes with quartiles and versions to ``benchmarks/results/benchmarks.json``. With
``--against REV`` the reference is pullback itself at another commit.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from .contestants import CONTESTANTS, QUICK, REFERENCE
from .counts import print_counts
from .hottest import print_hottest
from .report import reasons, rows, table
from .rounds import Child, run
from .workloads import WORKLOADS

RESULTS = Path(__file__).with_name("results") / "benchmarks.json"


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The ``src`` folder of the project as it was at `revision`."""
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", revision, "src"], cwd=root, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder) / "src"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--libraries", metavar="A,B", help=f"of {', '.join(CONTESTANTS)} (default: the first three)")
    which.add_argument("--all", action="store_true", help="all of them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", metavar="REV", help="another commit of pullback as the reference")
    parser.add_argument("--only", default="", metavar="REGEX", help="workloads whose name matches")
    parser.add_argument("--threads", type=int, default=0, help="threads for each (default: each library's own)")
    parser.add_argument("--counts", action="store_true", help="count calls instead of timing; does not vary")
    parser.add_argument("--profile", metavar="NAME", choices=WORKLOADS, help="the hottest functions of a workload")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    args = parser.parse_args()
    args.libraries = chosen(args)
    if unknown := set(args.libraries) - set(CONTESTANTS):
        parser.error(f"unknown: {', '.join(unknown)}; choose from {', '.join(CONTESTANTS)}")
    return args


def chosen(args: argparse.Namespace) -> list[str]:
    """The contestants asked for, by name."""
    if args.libraries:
        return list(args.libraries.split(","))
    return list(CONTESTANTS) if args.all else ["pullback"] if args.against else list(QUICK)


def inspect(args: argparse.Namespace) -> None:
    """Counts or a profile of the first contestant, in this process."""
    contestant = CONTESTANTS[args.libraries[0]]
    os.environ.update(contestant.environment)
    library = import_module(contestant.library)
    if args.counts:
        print_counts(library, args.only)
    else:
        print_hottest(WORKLOADS[args.profile], library)


def started(args: argparse.Namespace, stack: ExitStack) -> tuple[dict[str, Child], dict[str, str]]:
    """The processes of all contestants that are there, and why others are not."""
    absent = {name: "not installed" for name in args.libraries if CONTESTANTS[name].missing}
    plan: dict[str, tuple[str, Path | None]] = {name: (name, None) for name in args.libraries if name not in absent}
    if args.against:
        plan[args.against] = args.libraries[0], stack.enter_context(checked_out(args.against))
    children = {}
    for label, (name, source) in plan.items():
        children[label] = child = Child(name, CONTESTANTS[name], args.threads, source)
        stack.callback(child.close)
        try:
            child.names = child.ask("names")
        except RuntimeError as error:
            absent[label] = str(error)
            del children[label]
    return children, absent


def about(
    args: argparse.Namespace, children: dict[str, Child], absent: dict[str, str], reference: str
) -> dict[str, Any]:
    """The machine, and what ran on it."""
    versions = [CONTESTANTS[name].versions() for name in children if name in CONTESTANTS]
    return {
        "python": platform.python_version(), "machine": platform.platform(), "processor": processor(),
        "cpus": os.cpu_count(), "threads": args.threads, "rounds": args.rounds, "reference": reference,
        "versions": {name: version for found in versions for name, version in found.items()}, "absent": absent,
    }  # fmt: skip


def processor() -> str:
    """The processor's name (Linux: from ``/proc``)."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.processor()


def main() -> None:
    args = arguments()
    if args.counts or args.profile:
        inspect(args)
        return
    with ExitStack() as stack:
        children, absent = started(args, stack)
        if not children:
            sys.exit(f"nobody is there: {absent}")
        last = list(children)[-1]
        reference = args.against or (REFERENCE if REFERENCE in children else last)
        names = [name for name in WORKLOADS if re.search(args.only, name) and name in children[reference].names]
        times, failures = run(names, children, reference, args.rounds)
    found = rows(times, reference)
    print(table(found, list(children), reference))
    if absent:
        print("not there: " + ", ".join(f"{name} ({reason})" for name, reason in absent.items()))
    for reason in reasons(failures):
        print(reason)
    text = {f"{name}: {library}": reason for (name, library), reason in failures.items()}
    result = {"about": about(args, children, absent, reference), "rows": found, "failed": text}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(result, indent=1, ensure_ascii=False))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
