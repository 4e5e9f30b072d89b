"""Comparing results as plain data, and counting what agrees."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.parity import report
from benchmarks.parity.compare import Array, Tolerance, difference, values_difference
from benchmarks.parity.record import Count, Record, failed


def array(values: object, dtype: str = "float64") -> Array:
    found = np.asarray(values)
    return Array(dtype, found.shape, found)


def test_equal_trees_have_no_difference() -> None:
    tree = {"output": [array([1.0, np.nan]), 3, None]}
    assert difference(tree, {"output": [array([1.0, np.nan]), 3, None]}) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "text"),
    [
        (array([1.0]), array([1.0], "float32"), "dtype float64, torch float32"),
        (array([1.0]), array(1.0), "shape (1,), torch ()"),
        (array([1.0, 2.5]), array([1.0, 2.0]), "1 of 2 values differ: 2.5 at [1], torch 2.0"),
        (array([1.0, np.nan]), array([1.0, 2.0]), "1 of 2 values differ: nan at [1], torch 2.0"),
        ([array(1.0)], [array(1.0), array(2.0)], "1 items, torch 2"),
        ([1, 2], [1, 3], "[1] 2 (int), torch 3 (int)"),
        (1, True, "1 (int), torch True (bool)"),
        ({"grad": None}, {"grad": array([0.0])}, "grad: None (NoneType), torch a tensor (1,)"),
    ],
)
def test_first_difference_is_named(ours: object, theirs: object, text: str) -> None:
    assert difference(ours, theirs) == text


def test_integers_are_exact_and_floats_have_the_tolerance_of_their_dtype() -> None:
    assert difference(array([10_000_001], "int64"), array([10_000_002], "int64")) is not None
    assert difference(array([1.0 + 1e-6], "float32"), array([1.0], "float32")) is None
    assert difference(array([1.0 + 1e-6]), array([1.0])) is not None
    assert difference(array([1.0 + 1e-6]), array([1.0]), widen=10.0) is None


def test_absolute_tolerance_grows_with_the_largest_value() -> None:
    tolerance = Tolerance(0.0, 1e-7)
    ours, theirs = np.array([1000.0, 5e-5]), np.array([1000.0, 0.0])
    assert values_difference(ours, theirs, tolerance) is None
    assert values_difference(ours[1:], theirs[1:], tolerance) is not None


def test_absent_derivative_is_zero_only_where_asked() -> None:
    assert difference([None], [array([0.0, 0.0])], none_is_zero=True) is None
    assert difference([None], [array([0.0, 1.0])], none_is_zero=True) is not None
    assert difference([None], [array([0.0, 0.0])]) is not None


def test_record_survives_json_and_states_its_outcome() -> None:
    record = Record("add", "float64", checks={"forward": Count(2, 2), "grad": Count()})
    assert Record.from_json(record.to_json()) == record
    assert record.state == "pass"
    record.checks["grad"].add(3, "shape (1,), torch ()")
    assert record.state == "fail"
    assert record.checks["grad"].reason == "sample 3: shape (1,), torch ()"


def test_report_counts_entries_samples_and_names() -> None:
    records = [
        Record("max/binary", checks={"forward": Count(4, 4)}),
        failed("max/dim", ("forward",), "the process ended with code 3"),
        Record("sparse.mm", not_sampled="sparse tensors"),
    ]
    lines = report.table(records, ("forward",)).splitlines()
    assert lines[2].split("  ")[0] == "forward"
    assert "1 of 2 (50.0 %)" in lines[2]
    assert "4 of 5 (80.0 %)" in lines[2]
    assert "operator names that agree in all their entries: 0 of 1 (0.0 %)" in lines
    assert report.not_sampled(records, True) == "not sampled (sparse tensors): sparse.mm"
    assert "max/dim [] forward 0/1: the process ended with code 3" in report.failures(records, True)
