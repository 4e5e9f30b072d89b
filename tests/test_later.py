"""Modules that are loaded when first used."""

from __future__ import annotations

import subprocess
import sys

import pullback
from pullback.later import Placeholder, later


def loaded_after(statement: str) -> set[str]:
    command = [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_import_leaves_out_what_a_small_program_does_without() -> None:
    loaded = loaded_after("import pullback")
    for name in ("numpy.random", "scipy", "pullback.nn", "pullback.optim", "pullback.rarer", "pullback.ops.neural"):
        assert name not in loaded, name


def test_a_small_backward_pass_loads_nothing_more() -> None:
    program = "import pullback\nx = pullback.ones(3, requires_grad=True)\n(x * x + 2 / x).sum().backward()"
    assert {name for name in loaded_after(program) - loaded_after("import pullback") if "pullback" in name} == set()


def test_a_placeholder_becomes_the_function_in_its_class() -> None:
    (sums,) = later("pullback.ops.reduction", "sums")

    class Sums:
        total = addition = sums.sum
        twice = sums.sum.then(lambda found: lambda self: 2 * found(self.tensor))

        def __init__(self) -> None:
            self.tensor = pullback.ones(3)

    assert isinstance(vars(Sums)["total"], Placeholder)
    assert Sums.total is pullback.sum
    assert vars(Sums)["total"] is vars(Sums)["addition"] is pullback.sum
    assert Sums().twice().item() == 6


def test_a_placeholder_can_be_called_as_it_is() -> None:
    assert later("pullback.ops.reduction", "sums")[0].sum(pullback.ones(3)).item() == 3


def test_names_found_late_are_kept() -> None:
    assert pullback.cumsum is vars(pullback)["cumsum"]
    assert "cumsum" in dir(pullback)
    assert not hasattr(pullback, "no_such_name")
