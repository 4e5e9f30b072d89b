"""Rows of distances between all pairs, indefinite factorizations, and of cross entropy with its linear layer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tests.op_table import Draw, Row, S, Sample

ORDERS = (0.0, 0.5, 1.0, 1.7, 2.0, 3.0, np.inf)


def _cdist(d: Draw) -> Iterable[Sample]:
    yield from (S(d(3, 2), d(2, 2), p) for p in ORDERS)
    yield S(d(2, 3, 2), d(1, 2, 2))
    yield S(d(3, 2), d(2, 2), 2.0, "use_mm_for_euclid_dist")
    yield S(d(3, 0), d(2, 0))
    yield S(np.zeros((0, 2)), d(2, 2))


def _cdist_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(3, 4), d(5, 3)), RuntimeError
    yield S(d(4), d(5, 4)), RuntimeError
    yield S(d(3, 4), d(5, 4), -1.0), RuntimeError
    yield S(d(3, 4), d(5, 4), 2.0, "fast"), ValueError
    yield S(np.ones((2, 2), np.int64), d(2, 2)), RuntimeError
    yield S(d(3, 4), d(5, 4), None), TypeError


def _pdist_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(3)), RuntimeError
    yield S(d(3, 2), -1.0), RuntimeError
    yield S(np.ones((2, 2), np.int64)), RuntimeError


def _linear_entropy(d: Draw) -> Iterable[Sample]:
    yield S(d(4, 3), d(5, 3), d.integers(0, 5, 4))
    yield S(d(4, 3), d(5, 3), np.array([1, -100, 2, 4]), linear_bias=d(5), reduction="sum")
    yield S(d(3), d(5, 3), np.array(2), reduction="none")
    yield S(d(4, 3), d(5, 3), d.integers(0, 5, 4), ignore_index=1, label_smoothing=0.2)
    yield S(d(2, 3), d(5, 3), d.between(0.1, 0.3, 2, 5))
    yield S(d(2, 3), d(5, 2, 3), d.integers(0, 5, 2, 2), linear_bias=d(5, 2))


def _linear_entropy_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    classes = np.array([0, 1])
    yield S(d(2, 3, 3), d(2, 3), classes), RuntimeError
    yield S(d(2, 3), d(3), classes), RuntimeError
    yield S(d(2, 3), d(2, 4), classes), RuntimeError
    yield S(d(2, 3), d(2, 3), d(2, 2), ignore_index=0), RuntimeError
    yield S(d(3), d(2, 4, 3), classes), RuntimeError
    yield S(d(2, 3), d(2, 3), classes, linear_bias=d(3)), RuntimeError


def _symmetric(d: Draw, n: int) -> np.ndarray:
    a = d(n, n)
    return a + a.T


ROWS = [
    Row("cdist", _cdist, errors=_cdist_errors),
    Row("nn.functional.pdist", lambda d: [S(d(4, 2), p) for p in ORDERS], errors=_pdist_errors),
    Row(
        "nn.functional.linear_cross_entropy",
        _linear_entropy,
        dtypes=("float32",),
        errors=_linear_entropy_errors,
        portable=False,
    ),
    Row(
        "linalg.ldl_factor",
        lambda d: [S(_symmetric(d, 4)), S(d.complex(3, 3)), S(np.array([[0.0, 1.0], [1.0, 0.0]]))],
        differentiable=False,
        errors=lambda d: [(S(d(2, 3)), RuntimeError), (S(d(2)), RuntimeError)],
    ),
    Row(
        "linalg.ldl_factor_ex",
        lambda d: [S(_symmetric(d, 4)[None]), S(np.zeros((2, 2))), S(d.complex(3, 3), hermitian=True)],
        differentiable=False,
    ),
]
