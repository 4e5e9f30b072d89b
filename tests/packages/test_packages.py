"""Each package is used by a script of its own, in a process where ``torch`` is pullback."""

from __future__ import annotations

import sys

import pytest

from tests.packages.install import NotInstalled, folders, requirements
from tests.packages.running import CHECKS, check_of, run_check
from tests.packages.table import PACKAGES


@pytest.mark.parametrize("name", PACKAGES)
def test_package(name: str) -> None:
    if sys.version_info >= PACKAGES[name].before:
        pytest.skip(f"{name} itself does not run on Python {'.'.join(map(str, PACKAGES[name].before))}")
    if PACKAGES[name].scipy:
        pytest.importorskip("scipy")
    try:
        places = folders(requirements(name))
    except NotInstalled as error:
        pytest.skip(str(error))
    ran = run_check(name, places)
    assert ran.returncode == 0 and ran.stdout.endswith("ok\n"), ran.stdout + ran.stderr


def test_every_package_has_a_script() -> None:
    assert {check_of(name) for name in PACKAGES} == set(CHECKS.glob("*.py"))
