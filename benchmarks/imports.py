"""``python -m benchmarks.imports``: how long ``import pullback`` takes, beside NumPy alone and PyTorch.

Every import is a fresh process; the processes of the modules take turns. Printed are medians of the import
statement's time, and what remains of it above NumPy's.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys

MODULES = ("numpy", "pullback", "torch")
TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def import_seconds(module: str) -> float:
    """The time of ``import module`` in a fresh process."""
    command = [sys.executable, "-c", TIMED.format(module)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def slowest_parts(module: str, shown: int) -> list[tuple[float, str]]:
    """The modules under ``import module`` that take longest by themselves, in seconds (``-X importtime``)."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()
    cells = [line.removeprefix("import time:").split("|") for line in lines if line.count("|") == 2]
    parts = [(int(own) / 1e6, name.strip()) for own, _, name in cells if own.strip().isdigit()]
    return sorted(parts, reverse=True)[:shown]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--processes", type=int, default=9, help="for each module")
    parser.add_argument("--parts", type=int, default=0, metavar="N", help="also the N slowest parts of pullback's")
    args = parser.parse_args()
    found = [name for name in MODULES if importlib.util.find_spec(name)]
    seconds: dict[str, list[float]] = {name: [] for name in found}
    for name in found:
        import_seconds(name)  # the first run compiles and warms the disk cache
    for _ in range(args.processes):
        for name in found:
            seconds[name].append(import_seconds(name))
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        above = 1000 * (median - medians["numpy"])
        print(f"import {name:10}{1000 * median:8.1f} ms  {above:+8.1f} ms over numpy")
    for own, name in slowest_parts("pullback", args.parts) if args.parts else ():
        print(f"{1000 * own:10.2f} ms  {name}")


if __name__ == "__main__":
    main()
