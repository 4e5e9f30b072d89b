"""The op table: one row per operator, read by every test template in ``tests/test_op_table.py``.

A row says where the operator is found and how to call it; what it must do is PyTorch's business (live where PyTorch
is installed, recorded values in ``tests/data`` otherwise) or that of finite differences. ::

    Row("mul", lambda d: [S(d(3, 2), d(2)), S(d(3), 2.5)], in_place="mul_", broadcasts=True)
    Row("Tensor.view", lambda d: [S(d(2, 3), 6), S(d(2, 3), -1, 2)])
    Row("nn.functional.relu", lambda d: [S(d.away(0, 3, 4))])

Names are dotted from ``torch``. ``d`` draws NumPy arrays from a generator that the row's name seeds: ``d(3, 2)``
standard normal float64 of shape (3, 2), ``d()`` 0-d, ``d.positive(…)``, ``d.between(low, high, …)``,
``d.away(value, …)`` (at least 0.1 from `value`: kinks), ``d.distinct(…)`` (no ties), ``d.integers(low, high, …)``,
``d.booleans(…)``, ``d.complex(…)``, ``d.spd(n)``. Arrays anywhere in the arguments become tensors; floating and
complex ones require grad (not those in `fixed`).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
COMPLEX = ("complex64", "complex128")


@dataclass(frozen=True)
class Sample:
    """Arguments of one call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)


def S(*args: Any, **kwargs: Any) -> Sample:
    """A sample."""
    return Sample(args, kwargs)


class Draw:
    """Draws arrays; the same ones for the same row name."""

    def __init__(self, name: str) -> None:
        self._random = np.random.default_rng(zlib.crc32(name.encode()))

    def __call__(self, *shape: int) -> np.ndarray:
        return np.asarray(self._random.standard_normal(shape))

    def positive(self, *shape: int) -> np.ndarray:
        return np.asarray(self._random.uniform(0.2, 3.0, shape))

    def between(self, low: float, high: float, *shape: int) -> np.ndarray:
        return np.asarray(self._random.uniform(low, high, shape))

    def away(self, value: float, *shape: int) -> np.ndarray:
        drawn = self._random.standard_normal(shape)
        return np.asarray(value + drawn + 0.1 * np.sign(drawn))

    def distinct(self, *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        return (self._random.permutation(count).reshape(shape) - count / 2.3) * 0.37

    def integers(self, low: int, high: int, *shape: int) -> np.ndarray:
        return np.asarray(self._random.integers(low, high, shape))

    def booleans(self, *shape: int) -> np.ndarray:
        return np.asarray(self._random.random(shape) < 0.5)

    def complex(self, *shape: int) -> np.ndarray:
        return np.asarray(self._random.standard_normal(shape) + 1j * self._random.standard_normal(shape))

    def spd(self, n: int) -> np.ndarray:
        a = self._random.standard_normal((n, n))
        return a @ a.T + n * np.eye(n)


@dataclass(frozen=True)
class Row:
    """One operator and how to call it."""

    name: str
    samples: Callable[[Draw], Iterable[Sample]]
    differentiable: bool = True
    """Whether gradcheck, gradgradcheck and forward mode apply."""
    twice: bool = True
    """Whether the second derivative is checked."""
    in_place: str | None = None
    """The in-place method, whose result must equal the ordinary one."""
    out: bool = False
    """Whether the function takes ``out=``."""
    broadcasts: bool = False
    """Whether the first two arguments broadcast and promote against each other."""
    dtypes: tuple[str, ...] = ()
    """Dtypes besides float64 in which every sample's floating arrays are tried against PyTorch."""
    portable: bool = True
    """Whether forward and rules run on a strict stand-in array. False only where values decide shapes."""
    errors: Callable[[Draw], Iterable[tuple[Sample, type[BaseException]]]] = lambda d: ()
    """Calls that must raise PyTorch's exception type."""
    tolerance: float = 1e-10
    """Relative tolerance of float64 values and gradients against PyTorch."""
    label: str = ""

    @property
    def id(self) -> str:
        return f"{self.name}-{self.label}" if self.label else self.name


def all_rows() -> list[Row]:
    """Every row of every family."""
    from tests.op_table import (
        convolution,
        creation,
        fourier,
        index,
        masked,
        matrix,
        neural,
        pairs,
        pointwise,
        recurrent,
        reduction,
        shape,
    )

    first = (creation, pointwise, reduction, shape, index, matrix, convolution, neural)
    families = (*first, fourier, masked, pairs, recurrent)
    return [row for family in families for row in getattr(family, "ROWS", ())]
