"""Logarithms of two operands: of sums, and products with a logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.calling import overload_of
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, NUMERIC, beside, indirect, unsupported
from pullback.ops.typing import Scalar, V


@elementwise(
    input=lambda grad, input, other: grad / (1 + np.exp(other - input)),
    other=lambda grad, input, other: grad / (1 + np.exp(input - other)),
)
def logaddexp(input: V, other: V) -> V:
    """``log(exp(input) + exp(other))`` without overflow. Floating and complex dtypes; shapes broadcast.

    >>> import pullback as torch
    >>> torch.logaddexp(torch.tensor([1000.]), torch.tensor([1000.]))
    tensor([1000.6932])
    """
    if input.dtype in INDIRECT:
        return indirect(logaddexp, "logaddexp_cpu", input, other)
    if input.dtype.kind == "c":
        return _complex_logaddexp(input, other)
    return np.logaddexp(input, other)


def _complex_logaddexp(a: Any, b: Any) -> Any:
    """The larger real part is taken out, so that the exponential stays below 1."""
    first = np.real(a) >= np.real(b)
    larger, smaller = np.where(first, a, b), np.where(first, b, a)
    return larger + np.log1p(np.exp(smaller - larger))


@elementwise(
    input=lambda grad, input, other: grad / (1 + np.exp2(other - input)),
    other=lambda grad, input, other: grad / (1 + np.exp2(input - other)),
)
def logaddexp2(input: V, other: V) -> V:
    """``log2(2 ** input + 2 ** other)`` without overflow. Floating dtypes; shapes broadcast."""
    if input.dtype in INDIRECT:
        return indirect(logaddexp2, "logaddexp2_cpu", input, other)
    if input.dtype in COMPLEX:
        raise unsupported("logaddexp2_cpu", input.dtype)
    return np.logaddexp2(input, other)


def _product(x: Any, y: Any) -> Any:
    """``x * log(y)``: 0 where `x` is 0, unless `y` is NaN."""
    if y.dtype.kind == "c":
        raise unsupported("xlogy_cpu", y.dtype)
    return drop(x * np.log(y), (x == 0) & (y == y))


def _by_first(grad: Any, x: Any, y: Any) -> Any:
    return drop(grad * np.log(y), (x == 0) & (y <= 0))


@overload_of("xlogy")
@elementwise(
    node="XlogyBackward0",
    floats=True,
    input=lambda grad, input, other: _by_first(grad, input, other),
    other=lambda grad, input, other: grad * (input / other),
)
def _xlogy(input: V, other: V) -> V:
    return _product(input, other)


@overload_of("xlogy")
@elementwise(
    node="XlogyBackward1", floats=True, promotes=("other",), other=lambda grad, input, other: grad * (input / other)
)
def _xlogy_of_number(input: Scalar, other: V) -> V:
    other, number = beside(other, input)
    return _product(number, other)


def _by_number(grad: Any, input: Any, other: Any) -> Any:
    logarithm = np.log(other).item()  # a Python number, which leaves the dtype of an array alone
    return grad * logarithm if other > 0 else drop(grad * logarithm, input == 0)


@overload_of("xlogy")
@elementwise(node="XlogyBackward2", floats=True, promotes=("input",), input=_by_number)
def _xlogy_by_number(input: V, other: Scalar) -> V:
    input, number = beside(input, other)
    return _product(input, number)


def xlogy(input: V | Scalar, other: V | Scalar, *, out: Any = None) -> V:
    """``input * log(other)``, and 0 where `input` is 0 whatever `other` is, unless it is NaN.

    One of the two may be a number. Shapes broadcast, dtypes promote, integers become floats; not for complex.

    >>> import pullback as torch
    >>> torch.xlogy(torch.tensor([0., 2.]), torch.tensor([0., 1.]))
    tensor([0., 0.])
    """
    if isinstance(input, NUMERIC):
        return _xlogy_of_number(input, other, out=out)
    return (_xlogy_by_number if isinstance(other, NUMERIC) else _xlogy)(input, other, out=out)


def _product_1p(x: Any, y: Any) -> Any:
    """``x * log1p(y)``: 0 where `x` is 0, unless `y` is NaN."""
    if y.dtype.kind == "c":
        raise unsupported("xlog1py_cpu", y.dtype)
    return drop(x * np.log1p(y), (x == 0) & (y == y))


@overload_of("special_xlog1py")
@elementwise(
    node="SpecialXlog1PyBackward0",
    floats=True,
    input=lambda grad, input, other: drop(grad * np.log1p(other), (input == 0) & (other <= -1)),
    other=lambda grad, input, other: grad * (input / (other + 1)),
)
def _xlog1py(input: V, other: V) -> V:
    return _product_1p(input, other)


@overload_of("special_xlog1py")
@elementwise(
    node="SpecialXlog1PyBackward1",
    floats=True,
    promotes=("other",),
    other=lambda grad, input, other: grad * (input / (other + 1)),
)
def _xlog1py_of_number(input: Scalar, other: V) -> V:
    other, number = beside(other, input)
    return _product_1p(number, other)


def _by_number_1p(grad: Any, input: Any, other: Any) -> Any:
    logarithm = np.log1p(other).item()
    return grad * logarithm if other > -1 else drop(grad * logarithm, input == 0)


@overload_of("special_xlog1py")
@elementwise(node="SpecialXlog1PyBackward2", floats=True, promotes=("input",), input=_by_number_1p)
def _xlog1py_by_number(input: V, other: Scalar) -> V:
    input, number = beside(input, other)
    return _product_1p(input, number)


def xlog1py(input: V | Scalar, other: V | Scalar, *, out: Any = None) -> V:
    """``input * log1p(other)``, and 0 where `input` is 0 whatever `other` is, unless it is NaN."""
    if isinstance(input, NUMERIC):
        return _xlog1py_of_number(input, other, out=out)
    return (_xlog1py_by_number if isinstance(other, NUMERIC) else _xlog1py)(input, other, out=out)
