"""``python -m tests.packages``: the checks, or with ``--own-tests NAME`` what a package tests itself."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from tests.packages.install import FOLDER, PIP, NotInstalled, folders, requirements
from tests.packages.running import environment, run_check
from tests.packages.table import PACKAGES


def own_tests(name: str, on: tuple[str, ...], more: list[str]) -> int:
    """Run the tests of a package from its source distribution; returns pytest's exit status."""
    package = PACKAGES[name]
    if not package.own_tests:
        print(f"the source distribution of {name} has no tests")
        return 2
    places = folders([*requirements(name), *package.own_needs])
    with tempfile.TemporaryDirectory(dir=FOLDER) as place:
        command = [*PIP, "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, f"{name}=={package.version}", "--dest", place], check=True)
        with tarfile.open(next(Path(place).glob("*.tar.gz"))) as archive:
            archive.extractall(place, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(place)
        root = next(each for each in Path(place).iterdir() if each.is_dir())
        pytest = [*on, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "-o", "addopts="]
        command = [sys.executable, *pytest, *package.own_tests.split(), *more]
        return subprocess.run(
            command,
            cwd=root,
            env=environment(places) | {"EINOPS_TEST_BACKENDS": "numpy,torch", "TENSORLY_BACKEND": "pytorch"},
        ).returncode


def main() -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m tests.packages", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="packages; all by default")
    parser.add_argument("--own-tests", metavar="NAME", help="run this package's own tests")
    parser.add_argument("--on-torch", action="store_true", help="on PyTorch, to see that the numbers are its own")
    asked, more = parser.parse_known_args()
    on = () if asked.on_torch else ("-m", "pullback")
    if asked.own_tests:
        return own_tests(asked.own_tests, on, more)
    failures = 0
    for name in asked.names or PACKAGES:
        start = time.perf_counter()
        try:
            ran = run_check(name, folders(requirements(name)), on)
        except NotInstalled as error:
            print(f"{name:24} not installed: {error}")
            continue
        good = ran.returncode == 0 and ran.stdout.endswith("ok\n")
        failures += not good
        print(f"{name:24} {'ok' if good else 'FAILED'} {time.perf_counter() - start:5.1f} s", flush=True)
        if not good:
            print(ran.stdout + ran.stderr)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
