"""Rows of the masked operations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.op_table import Draw, Row, S, Sample

MASK = np.array([[True, False, True], [True, True, False]])
HALVES = ("float32", "float16", "bfloat16")


def _reduced(d: Draw) -> Iterable[Sample]:
    yield S(d.distinct(2, 3), mask=MASK)
    yield S(d.distinct(2, 3), 1, mask=MASK, keepdim=True)
    yield S(d.distinct(2, 2, 3), (0, 1), mask=MASK)
    yield S(d.distinct(2, 3), 1, mask=MASK[:1])
    yield S(d.distinct(2, 3), dim=-1)


def _emptied(d: Draw) -> Iterable[Sample]:
    """With a row in which everything is masked out."""
    yield S(d(2, 3), 1, mask=np.array([[True, False, True], [False, False, False]]))


def _along(*more: Any) -> Any:
    return lambda d: [S(d(2, 3), *more, 1, mask=MASK), S(d(2, 3), *more, 0)]


def _errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(2, 3), 0, mask=np.ones((2, 2), bool)), RuntimeError
    yield S(d(3), 0, mask=MASK), IndexError
    yield S(d(2, 3), 2), IndexError


def _mean_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield from _errors(d)
    yield S(np.arange(3), 0), ValueError


REDUCTIONS = [
    *(
        Row(f"masked.{name}", lambda d: [*_reduced(d), *_emptied(d)], dtypes=HALVES, errors=_errors)
        for name in ("sum", "prod")
    ),
    *(Row(f"masked.{name}", _reduced, dtypes=HALVES, errors=_errors) for name in ("amax", "amin")),
    Row("masked.mean", _reduced, dtypes=HALVES, errors=_mean_errors),
    Row("masked.logsumexp", _reduced, dtypes=("float32",)),
    *(
        Row(f"masked.{name}", lambda d: [S(d.distinct(2, 3), 1, mask=MASK), S(d.distinct(2, 3))], differentiable=False)
        for name in ("argmax", "argmin")
    ),
    Row("masked.median", lambda d: [S(d.distinct(2, 3), 1, mask=MASK), S(d.distinct(2, 3), 0)], portable=False),
    Row("masked.norm", lambda d: [S(d(2, 3), p, 1, mask=MASK) for p in (1.0, 2.0, 3.0, np.inf)]),
    *(
        Row(
            f"masked.{name}",
            lambda d: [S(d(2, 3), 1, mask=MASK), S(d(2, 3), mask=MASK, correction=0), S(d(2, 3), 0, unbiased=False)],
        )
        for name in ("var", "std")
    ),
]

NORMALIZATIONS = [
    *(Row(f"masked.{name}", _along()) for name in ("cumsum", "cumprod", "softmax", "softmin")),
    Row("masked.log_softmax", lambda d: [S(d(2, 3), 1), S(d(2, 3), 0)]),  # differences of -inf are no check
    Row("masked.normalize", _along(2.0)),
    Row(
        "masked.logaddexp",
        lambda d: [S(d(2, 3), d(2, 3)), S(d(2, 3), d(2, 3), input_mask=MASK), S(d(2, 3), d(2, 3), other_mask=~MASK)],
        twice=False,  # the derivative at -inf has none
    ),
]

ROWS = [*REDUCTIONS, *NORMALIZATIONS]
