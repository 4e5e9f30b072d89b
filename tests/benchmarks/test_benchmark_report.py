"""What the benchmark makes of times and numbers: ratios, tables with missing cells, checks. Nothing is timed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from benchmarks.contestants import CONTESTANTS, QUICK, Contestant, environment
from benchmarks.report import means, readable, reasons, rows, table
from benchmarks.rounds import ABSOLUTE, LONG_SECONDS, TURNS, differing, run

TIMES = {
    "small": [{"ours": 1e-6, "ref": 2e-6}, {"ref": 2e-6, "ours": 3e-6}, {"ours": 2e-6, "ref": 2e-6}],
    "large": [{"ref": 0.25, "ours": 0.5, "slow": 1.0}, {"ref": 0.5, "ours": 0.25}],
    "only others": [{"ref": 1.0, "slow": 4.0}],
}


class Recorded:
    """A process that answers from a list, as a `Child` does."""

    def __init__(self, numbers: Any, seconds: list[Any], asked: list[str], name: str) -> None:
        self.numbers, self.seconds, self.asked, self.name = numbers, iter(seconds), asked, name
        self.names = ["work"]

    def ask(self, what: str, name: str) -> Any:
        answer = self.numbers if what == "check" else next(self.seconds)
        if what == "time":
            self.asked.append(self.name)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("seconds", "text"), [(1.5, "1.5 s"), (0.01234, "12.3 ms"), (61.72e-6, "61.7 µs"), (5e-8, "50 ns")]
)
def test_seconds_are_readable(seconds: float, text: str) -> None:
    assert readable(seconds) == text


def test_rows_are_medians_and_ratios_over_shared_turns() -> None:
    small, large, others = rows(TIMES, "ref")
    assert small == {"name": "small", "seconds": {"ours": 2e-6, "ref": 2e-6}, "ratios": {"ours": [0.75, 1.0, 1.25]}}
    assert large["seconds"] == {"ref": 0.375, "ours": 0.375, "slow": 1.0}
    assert large["ratios"] == {"ours": [0.875, 1.25, 1.625], "slow": [4.0, 4.0, 4.0]}
    assert others["ratios"] == {"slow": [4.0, 4.0, 4.0]}


def test_means_are_geometric_and_of_what_is_there() -> None:
    found = rows(TIMES, "ref")
    assert means(found, "ours") == pytest.approx(1.25**0.5)
    assert means(found, "slow") == pytest.approx(4.0)
    assert means(found, "nobody") is None


def test_table_shows_missing_cells_as_dashes() -> None:
    lines = [
        re.split(r"\s{2,}", line) for line in table(rows(TIMES, "ref"), ["ours", "ref", "slow"], "ref").splitlines()
    ]
    assert lines == [
        ["workload", "ref", "ours", "slow", "ours's quartiles"],
        ["small", "2 µs", "2 µs", "1.00", "–", "0.75–1.25"],
        ["large", "375 ms", "375 ms", "1.25", "1 s", "4.00", "0.88–1.62"],
        ["only others", "1 s", "–", "4 s", "4.00"],
        ["geometric mean", "1.12", "4.00"],
    ]


def test_table_of_the_reference_alone_has_its_times() -> None:
    assert table(rows({"w": [{"ref": 1.0}]}, "ref"), ["ref"], "ref").split() == ["workload", "ref", "w", "1", "s",
                                                                                "geometric", "mean"]  # fmt: skip


def test_reasons_name_workload_and_library() -> None:
    assert reasons({("work", "JAX"): "3 of 9 numbers differ"}) == ["not timed: work: JAX: 3 of 9 numbers differ"]


def test_numbers_may_differ_by_rounding_of_their_array() -> None:
    theirs = [[1.0, 1e-6], [0.0]]
    assert differing([[1.00005, 9e-6], [ABSOLUTE]], theirs) is None
    assert differing([[1.0002, 2e-5], [2 * ABSOLUTE]], theirs) == "3 of 3 numbers differ"
    assert differing([[1.0, float("nan")], [0.0]], theirs) == "1 of 3 numbers differ"
    assert differing([[1.0, 1e-6]], theirs) == "arrays of [2] numbers, not [2, 1]"


def test_turns_alternate_and_the_slow_take_one_in_a_round() -> None:
    asked: list[str] = []
    slow, fast = [{"": 2 * LONG_SECONDS}] * 2, [{"": 1e-6}] * 2 * TURNS
    children: Any = {
        name: Recorded([[1.0]], seconds, asked, name) for name, seconds in (("a", fast), ("ref", fast), ("z", slow))
    }
    times, failures = run(["work"], children, "ref", rounds=2)
    assert not failures
    assert len(times["work"]) == 2 * TURNS
    assert [name for turn in times["work"] for name in turn if name == "z"] == ["z", "z"]
    assert asked[:5] == ["a", "ref", "z", "ref", "a"]


def test_who_computes_otherwise_or_fails_is_not_timed() -> None:
    asked: list[str] = []
    fast = [{"": 1e-6}] * TURNS
    children: Any = {
        "ref": Recorded([[1.0]], fast, asked, "ref"),
        "wrong": Recorded([[2.0]], fast, asked, "wrong"),
        "broken": Recorded(RuntimeError("no such word"), fast, asked, "broken"),
        "tired": Recorded([[1.0]], [{"": 1e-6}, RuntimeError("the process ended")], asked, "tired"),
    }
    times, failures = run(["work"], children, "ref", rounds=1)
    assert failures == {
        ("work", "broken"): "no such word",
        ("work", "wrong"): "1 of 1 numbers differ",
        ("work", "tired"): "the process ended",
    }
    assert len(times["work"]) == TURNS
    assert [*times["work"][0]] == ["ref", "tired"]


def test_nothing_is_timed_without_the_reference() -> None:
    child: Any = Recorded([[1.0]], [], [], "a")
    failing: Any = Recorded(RuntimeError("no"), [], [], "ref")
    assert run(["work"], {"a": child, "ref": failing}, "ref", rounds=1) == ({}, {("work", "ref"): "no"})


def test_environment_limits_threads_and_chooses_kernels() -> None:
    fast = environment(CONTESTANTS["pullback[fast]"], threads=2, source="elsewhere")
    assert (fast["PULLBACK_COMPILED"], fast["OMP_NUM_THREADS"], fast["PYTHONPATH"]) == ("1", "2", "elsewhere")
    assert environment(CONTESTANTS["pullback"], threads=0)["PULLBACK_COMPILED"] == "0"


def test_contestants_name_what_is_missing() -> None:
    assert Contestant("numpy", needs=("no_such_module",)).missing == ["no_such_module"]
    assert set(QUICK) <= set(CONTESTANTS)
    assert [name for name, one in CONTESTANTS.items() if one.speaks_torch] == [*QUICK, "torch.compile"]
