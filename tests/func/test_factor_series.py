"""`func.jet` of matrix factorizations: the factors' series multiply back to the matrix, and equal an interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.func import jet, jvp

linalg = torch.linalg
ORDER = 3
DRAW = np.random.default_rng(5)
SQUARE = DRAW.normal(size=(3, 3)) + 4 * np.eye(3)
TALL = np.concatenate([SQUARE, DRAW.normal(size=(2, 3)) / 3])
SHAPES = {"square": SQUARE, "tall": TALL, "wide": TALL.T.copy()}

FACTORS: dict[str, Callable[[Any], Any]] = {
    "qr": linalg.qr,
    "svd": lambda a: linalg.svd(a, full_matrices=False),
    "lu": lambda a: linalg.lu(a)[1:],
    "pinv": lambda a: (linalg.pinv(a),),
}
OF_SQUARES: dict[str, Callable[[Any], Any]] = {
    "lu_factor": lambda a: (linalg.lu_factor(a).LU,),
    "matrix_exp": lambda a: (torch.matrix_exp(a / 4),),
    "eigvals": lambda a: (linalg.eigvals(a @ a.T).real.sort().values,),
    "triangular": lambda a: (linalg.solve_triangular(a, a.new_ones(3, 2), upper=True),),
    "from the right": lambda a: (linalg.solve_triangular(a, a.new_ones(2, 3), upper=False, left=False),),
    "cond": lambda a: (linalg.cond(a),),
    "vander": lambda a: (linalg.vander(a[0], N=4),),
}
CASES = [(function, SHAPES[shape]) for function in FACTORS.values() for shape in SHAPES]
CASES += [(function, SQUARE) for function in OF_SQUARES.values()]
NAMES = [f"{name} {shape}" for name in FACTORS for shape in SHAPES] + list(OF_SQUARES)


def derivatives_by_interpolation(function: Any, x: Any, v: Any) -> list[list[np.ndarray]]:
    """Of each result those of order 1 to `ORDER` along ``x + t v``, from its values at Chebyshev's points."""
    t = np.cos(np.pi * (np.arange(17) + 0.5) / 17) / 4
    columns = zip(*[[np.asarray(each.numpy()) for each in function(x + float(s) * v)] for s in t])
    basis = np.vander(t, increasing=True)
    found = []
    for column in map(np.stack, columns):
        terms = np.linalg.solve(basis, column.reshape(17, -1)).reshape(column.shape)
        found.append([terms[k] * math.factorial(k) for k in range(1, ORDER + 1)])
    return found


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_derivatives_along_a_line(case: Any) -> None:
    function, start = case
    x = torch.tensor(start)
    v = torch.tensor(np.random.default_rng(1).normal(size=start.shape) / 4)
    value, series = jet(lambda a: tuple(function(a)), (x,), ([v, *[torch.zeros_like(v)] * (ORDER - 1)],))
    for terms, expected in zip(series, derivatives_by_interpolation(function, x, v), strict=True):
        for found, wanted in zip(terms, expected, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted, 1e-6, 1e-7)


@pytest.mark.parametrize("name", ["qr", "svd", "lu", "pinv", "eig"])
def test_complex_factors_agree_with_nested_forward_mode(name: str) -> None:
    function = FACTORS.get(name) or (lambda a: (linalg.eig(a)[0], linalg.eig(a)[1].abs()))
    draw = np.random.default_rng(2)
    x, v = [torch.tensor(draw.normal(size=(3, 3)) + 1j * draw.normal(size=(3, 3))) for _ in range(2)]
    along = lambda a: jvp(lambda b: tuple(function(b)), (a,), (v,))[1]  # noqa: E731
    _, series = jet(lambda a: tuple(function(a)), (x,), ([v, torch.zeros_like(v)],))
    first, second = jvp(along, (x,), (v,))
    for terms, one, two in zip(series, first, second, strict=True):
        np.testing.assert_allclose(terms[0].numpy(force=True), one.numpy(force=True), 1e-10, 1e-11)
        np.testing.assert_allclose(terms[1].numpy(force=True), two.numpy(force=True), 1e-9, 1e-10)


def test_factors_without_a_series_say_so() -> None:
    v = torch.ones(5, 3, dtype=torch.float64)
    for function in (
        lambda a: linalg.qr(a, "complete").R,
        lambda a: linalg.svd(a).S,
        lambda a: linalg.lu_factor(a).LU,
    ):
        with pytest.raises(NotImplementedError, match=r"jet: no Taylor series is known for \w+\(\) of this shape"):
            jet(function, (torch.tensor(TALL),), ([v],))
