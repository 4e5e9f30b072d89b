"""Running programs on pullback, with packages on the path and PyTorch out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pullback

HERE = Path(__file__).parent
CHECKS = HERE / "checks"


def environment(folders: list[Path]) -> dict[str, str]:
    """The variables of a process that finds these folders; one thread, as several tests run at once."""
    source = Path(pullback.__file__).parents[1]
    path = os.pathsep.join(map(str, [source, *folders]))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def check_of(name: str) -> Path:
    """The script that uses a package."""
    return CHECKS / f"use_{name.replace('-', '_')}.py"


def run_check(
    name: str, folders: list[Path], on: tuple[str, ...] = ("-m", "pullback")
) -> subprocess.CompletedProcess[str]:
    """Run the script of a package; its output is captured."""
    command = [sys.executable, "-W", "ignore", *on, str(check_of(name))]
    return subprocess.run(command, env=environment(folders), capture_output=True, text=True, timeout=120)
