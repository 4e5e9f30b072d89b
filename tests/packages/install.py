"""Fetching packages into a folder of their own beside the environment, without what they require."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.packages.table import PACKAGES

FOLDER = Path(os.environ.get("PULLBACK_PACKAGES", Path(sys.prefix) / "written-for-torch"))
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


class NotInstalled(Exception):
    """Why a package could not be had."""


def requirements(name: str) -> list[str]:
    """The package and what it needs, pinned."""
    return [f"{name}=={PACKAGES[name].version}", *PACKAGES[name].needs]


def folders(names: list[str]) -> list[Path]:
    """Install what is missing of the requirements `names`; returns the folders that hold them.

    Everything that no other process has installed is fetched by one call of pip a requirement, into a folder that gets
    its name when it is complete. Raises `NotInstalled` with pip's last line where the index cannot be reached.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _alone(FOLDER / "lock"):
        for requirement in names:
            if not (FOLDER / requirement).exists():
                _fetch(requirement)
    return [FOLDER / requirement for requirement in names]


def _fetch(requirement: str) -> None:
    failed = FOLDER / f"failed {os.getppid()} {requirement}"  # workers of one run ask the index once
    if failed.exists():
        raise NotInstalled(failed.read_text())
    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        command = [*PIP, "install", "--quiet", "--no-deps", "--retries", "1", "--timeout", "15", "--target", place]
        try:
            subprocess.run([*command, requirement], check=True, capture_output=True, text=True, timeout=120)
        except (subprocess.SubprocessError, OSError) as error:
            said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            failed.write_text(reason := f"pip could not install {requirement}: {said[-1] if said else error}")
            raise NotInstalled(reason) from error
        Path(place).chmod(0o755)
        Path(place).rename(FOLDER / requirement)
        Path(place).mkdir()  # for the context manager to remove


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time, where the system has locks."""
    with path.open("w") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        except ImportError:
            pass
        yield
