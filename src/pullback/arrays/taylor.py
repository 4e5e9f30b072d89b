"""Truncated Taylor series in the place of an array, and the recurrences by which they pass elementary functions.

A function of a curve ``x(t) = x₀ + x₁ t + x₂ t² + …`` is a curve ``y(t) = y₀ + y₁ t + …``. A `TaylorArray` holds the terms
of one; where it meets NumPy's protocols, who opened the series is asked (see `pullback.func.jet`). The recurrences here
work on lists of terms of any kind that adds and multiplies; a term that is `None` is zero. They follow from the differential
equation of each function: ``y = exp x`` has ``y' = y x'``, so ``k y_k = Σ j x_j y_{k-j}``
(A. Griewank, A. Walther, Evaluating Derivatives, 2008, chapter 13).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, NoReturn

import numpy as np

Terms = "list[Any]"
Times = Callable[[Any, Any], Any]


class TaylorArray(np.lib.mixins.NDArrayOperatorsMixin):
    """The terms of a curve of arrays; it shows the shape and the dtype of its point."""

    __slots__ = ("dtype", "opener", "shape", "terms")
    base = None

    def __init__(self, terms: list[Any], shape: tuple[int, ...], dtype: Any, opener: Any) -> None:
        self.terms = terms
        self.shape = shape
        self.dtype = dtype
        self.opener = opener
        """Who knows what NumPy's functions make of series."""

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements of one term."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize  # type: ignore[no-any-return]

    @property
    def strides(self) -> tuple[int, ...]:
        """The steps in bytes between elements of the point."""
        return self.opener.point_of(self).strides  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"TaylorArray({self.terms!r})"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        kwargs.pop("out", None)
        return self.opener.on_function(ufunc if method == "__call__" else getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.opener.on_function(function, args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        return self.opener.on_function(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self.opener.write(self, index, value)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The series in another dtype."""
        return self.opener.cast(self, np.dtype(dtype))

    def copy(self, order: str = "C") -> Any:
        """A series with memory of its own."""
        return self.opener.on_function(np.copy, (self,), {})

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise RuntimeError(
            "jet: the value of a tensor with a Taylor series is asked for, or written into a tensor that has none"
        )

    def item(self) -> Any:
        """The number that the curve starts from: for control flow."""
        return self.opener.point_of(self).item()

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())


def _sum(terms: list[Any]) -> Any:
    """The sum of the terms that are not zero; `None` if all are."""
    found = [each for each in terms if each is not None]
    return reduce(operator.add, found) if found else None


def _scaled(term: Any, number: Any) -> Any:
    return None if term is None or number == 0 else term if number == 1 else term * number


def _times(first: Any, second: Any, times: Times = operator.mul) -> Any:
    return None if first is None or second is None else times(first, second)


def derivative(x: list[Any]) -> list[Any]:
    """The terms of ``x'(t)``, one less than there are of ``x``.

    >>> derivative([7.0, 1.0, 2.0])
    [1.0, 4.0]
    """
    return [_scaled(each, k) for k, each in enumerate(x) if k]


def integrated(start: Any, x: list[Any]) -> list[Any]:
    """The terms of the curve that starts at `start` and has the derivative `x`: the inverse of `derivative`."""
    return [start, *[_scaled(each, 1 / (k + 1)) for k, each in enumerate(x)]]


def product(x: list[Any], y: list[Any], times: Times = operator.mul) -> list[Any]:
    """The terms of ``x y``; `times` may be any product that is linear in both.

    >>> product([1.0, 1.0, None], [1.0, 1.0, None])
    [1.0, 2.0, 1.0]
    """
    return [_sum([_times(x[j], y[k - j], times) for j in range(k + 1)]) for k in range(len(x))]


def quotient(x: list[Any], y: list[Any], start: Any) -> list[Any]:
    """The terms of ``x / y``, which starts at `start`.

    >>> quotient([1.0, 0.0, 0.0], [1.0, 1.0, None], 1.0)
    [1.0, -1.0, 1.0]
    """
    found = [start]
    for k in range(1, len(x)):
        taken = _sum([_times(y[j], found[k - j]) for j in range(1, k + 1)])
        rest = x[k] if taken is None else -taken if x[k] is None else x[k] - taken
        found.append(None if rest is None else rest / y[0])
    return found


def circular(x: list[Any], sine: Any, cosine: Any, sign: int = -1) -> tuple[list[Any], list[Any]]:
    """The terms of the sine and the cosine of ``x``; with `sign` 1 of the hyperbolic ones."""
    s, c = [sine], [cosine]
    for k in range(1, len(x)):
        s.append(_scaled(_sum([_scaled(_times(x[j], c[k - j]), j) for j in range(1, k + 1)]), 1 / k))
        c.append(_scaled(_sum([_scaled(_times(x[j], s[k - j]), j) for j in range(1, k + 1)]), sign / k))
    return s, c


def power(x: list[Any], exponent: float, start: Any) -> list[Any]:
    """The terms of ``x ** exponent``, which starts at `start`: small whole powers by products, which hold at 0 too.

    >>> power([4.0, 1.0, 0.0], 0.5, 2.0)
    [2.0, 0.25, -0.015625]
    """
    if exponent == int(exponent) and 2 <= exponent <= 16:
        half = x if exponent < 4 else power(x, exponent // 2, None)
        found = product(half, half)
        if exponent % 2:
            found = product(found, x)
        return found if start is None else [start, *found[1:]]
    found = [start]
    for k in range(1, len(x)):
        terms = [_scaled(_times(x[j], found[k - j]), exponent * j - (k - j)) for j in range(1, k + 1)]
        total = _sum(terms)
        found.append(None if total is None else total / (x[0] * k))
    return found
