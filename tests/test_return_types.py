"""The named tuples of functions with several results."""

from __future__ import annotations

import subprocess
import sys

import pytest

import pullback
from pullback import linalg, return_types


def test_every_class_is_there_before_its_function_was_used() -> None:
    code = "import pullback as t; print(t.return_types.linalg_eigh((1, 2)).eigenvalues, len(t.return_types.all_return_types))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "1 67\n"
    assert {"sort", "sort_out", "histogramdd", "linalg_lu_factor_ex_out"} <= set(dir(return_types))
    assert return_types.max.__match_args__ == ("values", "indices")


def test_fields_are_those_of_the_functions() -> None:
    matrix = pullback.eye(2)
    found = [linalg.lu_factor_ex(matrix), linalg.solve_ex(matrix, matrix), linalg.lstsq(matrix, matrix), matrix.svd()]
    for result in found:
        assert type(result) is getattr(return_types, type(result).__name__)
        assert type(result)._fields == tuple(return_types._OF[type(result).__name__])


def test_results_in_out_say_so() -> None:
    out = pullback.empty(0), pullback.empty(0)
    found = linalg.qr(pullback.eye(2), out=out)
    assert type(found) is return_types.linalg_qr_out
    assert found.Q is out[0]


def test_a_class_wants_its_items() -> None:
    with pytest.raises(TypeError, match="missing required argument 'sequence'"):
        return_types.max()
    with pytest.raises(TypeError, match="constructor requires a sequence"):
        return_types.max(3)
