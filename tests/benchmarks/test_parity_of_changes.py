"""Every sample and check of the operators that the last change reaches, as far as `SECONDS` in each process go.

Those nearest to the change come first. An operator that takes longer than what is left has as many samples as fit; one
that finds no time left has two samples of value and gradient. ``python -m benchmarks.parity --changed --samples 0`` has
no such limit.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from benchmarks.parity import entries, touched  # noqa: E402
from benchmarks.parity.run_entry import Options, run_entry  # noqa: E402

import pullback  # noqa: E402

# Of a processor's time, in each process: a change of one family is run in full, one of everything is not.
SECONDS = 60.0
FEW = Options(samples=2)
FEWEST = Options(("forward", "grad"), samples=2)
PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
left = SECONDS


def known() -> set[tuple[str, str]]:
    """Entries and checks of which the published page says that some samples differ."""
    lines = re.findall(r"^- (\S+) \[\w+\] (.+? \d+/\d+): ", PAGE.read_text(), re.MULTILINE)
    return {(key, each.rpartition(" ")[0]) for key, checks in lines for each in checks.split(", ")}


def in_full(key: str, seconds: float) -> Options:
    """As many samples as fit into what is left, when `FEW` took `seconds`; all if possible."""
    entry = entries.table()[key]
    dtype = entries.dtype_for(entry, None)
    count = len(entries.samples(entry, dtype, 0)) if dtype else 0
    fit = int(left / seconds * FEW.samples)
    return Options(samples=0 if count <= fit else fit)


@pytest.mark.parametrize("key", touched.reached(pullback))
def test_what_a_change_reaches_agrees_with_pytorch(key: str) -> None:
    global left
    began = time.process_time()
    record = run_entry(key, pullback, FEW if left > 0 else FEWEST)
    taken = time.process_time() - began
    if left > taken and not record.not_sampled:
        record = run_entry(key, pullback, in_full(key, taken))
    left -= time.process_time() - began
    reasons = {name: count.reason for name, count in record.checks.items() if count.state == "fail"}
    assert {name: reason for name, reason in reasons.items() if (key, name) not in known()} == {}


def test_known_differences_are_read_off_the_page() -> None:
    assert ("linalg.norm/subgradients_at_zero", "gradgrad") in known()
    assert ("special.bessel_j0", "out") in known()
    assert all(key in entries.table() for key, _ in known())


def test_a_change_reaches_what_is_declared_there_and_what_is_built_on_it() -> None:
    table = entries.table()

    def steps(key: str, module: str) -> int | None:
        return touched.distance(touched.homes(table[key], pullback), {f"pullback.{module}"})

    assert steps("sin", "ops.pointwise.trigonometry") == 0
    assert steps("nn.functional.embedding_bag", "ops.index.bags") == 0  # PyTorch's table calls it in a lambda
    assert steps("T", "ops.shape.axes") == 0  # a property
    assert steps("lgamma", "arrays.special") == 1
    assert steps("special.i1", "arrays.special_series.bessel") is not None  # a module that is chosen by name
    assert steps("sin", "ops.matrix.singular") is None


def test_without_a_commit_to_compare_with_nothing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_BASE", "no-such-commit")
    assert touched.reached(pullback) == []
