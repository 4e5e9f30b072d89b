"""Running sums, products and extremes along one axis, and the linear recurrence that differentiates products.

The derivative of a product by one factor is the product of the others. Dividing by the factor fails at zeros,
so the exact form is built on the recurrence ``h[j] = terms[j] + factors[j] * h[j-1]``, a polynomial in its
inputs whose derivative is such a recurrence again: right at zeros, in every order. Without zeros, division is
faster.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.order import reverse
from pullback.arrays.reductions import FLOAT32, INT64, is_half
from pullback.arrays.vocabulary import cast, conj, dispatched, zeros_like


def span(array: Any, axis: int, start: int | None, stop: int | None) -> Any:
    """The elements from `start` to `stop` along `axis`."""
    return array[(slice(None),) * axis + (slice(start, stop),)]


def delayed(array: Any, axis: int, first: int = 0) -> Any:
    """The array moved on by one along `axis`, the number `first` entering."""
    gap = zeros_like(span(array, axis, 0, 1)) + first
    return np.concatenate([gap, span(array, axis, None, -1)], axis)


def advanced(array: Any, axis: int) -> Any:
    """The array moved back by one along `axis`, zero entering at the end."""
    return np.concatenate([span(array, axis, 1, None), zeros_like(span(array, axis, 0, 1))], axis)


def accumulator(array: Any, dtype: Any = None) -> Any:
    """The array in the dtype of its running sum: `dtype` if given, int64 for integers and booleans."""
    if dtype is not None:
        return cast(array, dtype)
    return cast(array, INT64) if array.dtype.kind in "biu" else array


def _accumulate(ufunc: Any, array: Any, axis: int) -> Any:
    if array.ndim == 0:
        return array[()]
    if is_half(array):
        return ufunc.accumulate(array.astype(FLOAT32), axis).astype(array.dtype)
    if array.dtype.kind == "b":  # a sum of booleans is "or", a product "and"
        return ufunc.accumulate(array, axis, dtype=np.int64).astype(bool)
    out = np.empty(array.shape, array.dtype) if isinstance(array, np.ndarray) and not array.flags.c_contiguous else None
    return ufunc.accumulate(array, axis, dtype=array.dtype, out=out)  # in C order, as PyTorch lays it out


@dispatched
def running_sum(array: Any, axis: int) -> Any:
    """Sum of the elements up to each one along `axis`, in the array's own dtype."""
    return _accumulate(np.add, array, axis)


@dispatched
def running_sum_from_end(array: Any, axis: int) -> Any:
    """Sum of the elements from each one on along `axis`: the transpose of `running_sum`."""
    if array.ndim == 0:
        return array[()]
    return reverse(_accumulate(np.add, reverse(array, axis), axis), axis)


@dispatched
def running_product(array: Any, axis: int) -> Any:
    """Product of the elements up to each one along `axis`, in the array's own dtype."""
    return _accumulate(np.multiply, array, axis)


@dispatched
def recurrence(factors: Any, terms: Any, axis: int) -> Any:
    """``h[j] = terms[j] + factors[j] * h[j-1]`` along `axis`; the first factor is not used."""
    return _recur(factors.swapaxes(axis, 0)[1:], terms.swapaxes(axis, 0), axis)


@dispatched
def recurrence_from_end(factors: Any, terms: Any, axis: int) -> Any:
    """``h[j] = terms[j] + factors[j+1] * h[j+1]`` along `axis`: the transpose of `recurrence`."""
    found = _recur(factors.swapaxes(axis, 0)[:0:-1], terms.swapaxes(axis, 0)[::-1], axis)
    return reverse(found, axis)


def _recur(factors: Any, terms: Any, axis: int) -> Any:
    found = np.empty(terms.shape, np.result_type(factors, terms))
    if len(terms):
        found[0] = last = terms[0]
        for number in range(1, len(terms)):
            found[number] = last = terms[number] + factors[number - 1] * last
    return found.swapaxes(0, axis)


@dispatched
def running_product_vjp(grad: Any, array: Any, result: Any, axis: int) -> Any:
    """The cotangent through `running_product`."""
    if np.all(array):
        return running_sum_from_end(grad * conj(result), axis) / conj(array)
    return exact_running_product_vjp(grad, array, result, axis)


def exact_running_product_vjp(grad: Any, array: Any, result: Any, axis: int) -> Any:
    """The same where there are zeros, and for derivatives of higher order."""
    return conj(delayed(result, axis, 1)) * recurrence_from_end(conj(array), grad, axis)


@dispatched
def product_vjp(grad: Any, array: Any, result: Any, axis: int) -> Any:
    """The cotangent through a product along `axis`; `grad` and `result` have length 1 there."""
    if np.all(array):
        return grad * conj(result / array)
    if array.ndim == 1 and np.count_nonzero(array) < len(array) - 1:
        return np.zeros_like(array)  # beside NaN too, as in PyTorch
    return exact_product_vjp(grad, array, result, axis)


def exact_product_vjp(grad: Any, array: Any, result: Any, axis: int) -> Any:
    """The same where there are zeros, and for higher orders: the products left and right of each factor."""
    left = delayed(running_product(array, axis), axis, 1)
    nothing = zeros_like(array)
    last = np.concatenate([span(nothing, axis, 1, None), span(nothing, axis, 0, 1) + 1], axis)
    return grad * conj(left * recurrence_from_end(array, last, axis))


@dispatched
def running_extreme(array: Any, axis: int, smallest: bool) -> tuple[Any, Any]:
    """The largest (or smallest) element up to each one, and its index: the latest of equals; NaN wins."""
    if array.ndim == 0:
        return array[()], np.int64(0)
    values = (np.minimum if smallest else np.maximum).accumulate(array, axis)
    places = np.arange(array.shape[axis]).reshape((-1,) + (1,) * (array.ndim - 1 - axis))
    reached = (array == values) | (array != array)
    return values, np.maximum.accumulate(np.where(reached, places, 0), axis)


@dispatched
def running_log_sum_exp(array: Any, axis: int) -> Any:
    """Logarithm of the running sum of exponentials along `axis`."""
    if array.dtype.kind != "c" or array.ndim == 0:
        return _accumulate(np.logaddexp, array, axis)
    steps = array.swapaxes(axis, 0)
    found = np.array(steps)
    for number in range(1, len(steps)):
        before, step = found[number - 1], steps[number]
        ahead = before.real >= step.real
        large, small = np.where(ahead, before, step), np.where(ahead, step, before)
        grown = large + np.log1p(np.exp(small - large))
        found[number] = np.where(np.isinf(large.real), large, grown)
    return found.swapaxes(0, axis)
