"""Every elementwise operator against mpmath, in double precision: at random points and at hard ones.

Values and gradients are right to 1e-14 of their size, but for what `accuracy_table` lists with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpc, mpf

import pullback
from pullback.arrays import special, special_series
from tests.op_table import pointwise
from tests.op_table.calls import find
from tests.ops.accuracy_table import (
    ABSOLUTE,
    CASES,
    COMPLEX,
    EXACT,
    GRID,
    LOOSE,
    NOT_HOLOMORPHIC,
    SHIFTED,
    SPECIAL,
    TWO,
    Case,
)

BOUND = 1e-14
STEP = mpf(10) ** -25
"""Of the exact slopes, relative to the operand: their own error is 1e-18 at most."""


@pytest.fixture(params=["scipy", "ours"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "scipy":
        pytest.importorskip("scipy")
    else:
        monkeypatch.setattr(special, "_kernel", special_series.function)


def slope(function: Callable[..., Any], operands: list[Any], i: int) -> Any:
    """The derivative in operand `i`, in as many digits as the smallest and largest operands need."""
    step = abs(operands[i]) * STEP or STEP
    sizes = [abs(operand) for operand in operands if operand]
    with mp.workdps(80 + int(sum(2.5 * abs(math.log10(size)) + min(size, 1500) for size in sizes))):
        ends = [function(*operands[:i], operands[i] + d, *operands[i + 1 :]) for d in (step, -step)]
        return (ends[0] - ends[1]) / (2 * step)


@cache
def exact(case: Case) -> tuple[list[list[Any]], list[Any], dict[int, list[Any]]]:
    """Operands at each point, values, and slopes by operand."""
    arrays = case.points if isinstance(case.points, tuple) else (case.points,)
    with mp.workdps(40):
        operands = [[mpf(float(x)) for x in point] for point in zip(*arrays)]
        values = [case.exact(*point) for point in operands]
        slopes = range(len(arrays)) if case.slopes is None else case.slopes
        return operands, values, {i: [slope(case.exact, point, i) for point in operands] for i in slopes}


def errors(found: np.ndarray, expected: list[Any], scales: list[Any]) -> np.ndarray:
    """Errors relative to the exact number or the scale, whichever is larger; none where it underflows."""
    differences = [abs(mpf(float(f)) - e) if np.isfinite(f) else mp.inf for f, e in zip(found, expected)]
    sizes = [max(abs(e), scale, mpf("1e-300")) for e, scale in zip(expected, scales)]
    return np.array([float(d / size) for d, size in zip(differences, sizes)])


def check(case: Case) -> None:
    operands, values, slopes = exact(case)
    tensors = [pullback.tensor(list(map(float, column)), dtype=pullback.float64) for column in zip(*operands)]
    for i in slopes:
        tensors[i].requires_grad_()
    function = find(pullback, case.name.split()[0])
    if case.name == "nn.functional.glu":
        result = function(pullback.stack(tensors, -1)).squeeze(-1)
    else:
        result = function(*case.before, *tensors, *case.rest, **case.options)
    pulled = pullback.autograd.grad(result.sum(), [tensors[i] for i in slopes]) if slopes else ()

    value_bound, slope_bound, _ = LOOSE.get(case.name, (BOUND, BOUND, ""))
    value_scale, slope_scale, _ = ABSOLUTE.get(case.name, (case.scale, case.slope_scale, ""))
    checks = [("value", result.detach(), values, value_scale, value_bound)]
    checks += [(f"slope {i}", g, slopes[i], slope_scale, slope_bound) for i, g in zip(slopes, pulled)]
    for what, found, expected, scale, bound in checks:
        with mp.workdps(40):
            wrong = errors(found.numpy(), expected, [scale(*point) for point in operands])
        worst = int(wrong.argmax())
        assert wrong[worst] <= bound, f"{what} at {operands[worst]}: {found[worst].item()}, not {expected[worst]}"


def by_name(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@by_name(CASES)
def test_values_and_gradients(case: Case) -> None:
    check(case)


@by_name(SPECIAL)
@pytest.mark.usefixtures("source")
def test_special_functions_with_scipy_and_without(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_values_and_gradients(name: str) -> None:
    function, arrays = COMPLEX[name], (GRID, SHIFTED)[: 1 + (name in TWO)]
    tensors = [pullback.tensor(array).requires_grad_() for array in arrays]
    result = find(pullback, name)(*tensors)
    pulled = pullback.autograd.grad(result, tensors, pullback.ones_like(result))
    with mp.workdps(40):
        for k, point in enumerate(zip(*arrays)):
            operands = [mpc(complex(z)) for z in point]
            expected = [(result, function(*operands))]
            if name not in NOT_HOLOMORPHIC:
                expected += [(g, mp.conj(slope(function, operands, i))) for i, g in enumerate(pulled)]
            for found, right in expected:
                assert abs(mpc(complex(found[k].item())) - right) <= BOUND * abs(right)


def test_every_operator_of_the_family_is_compared() -> None:
    known = {case.name.split()[0] for case in (*CASES, *SPECIAL)} | set(EXACT)
    assert {row.name for row in pointwise.ROWS} - known == set()
    assert {*LOOSE, *ABSOLUTE} <= {case.name for case in (*CASES, *SPECIAL)}
