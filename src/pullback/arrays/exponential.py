"""Kernels of softmax and its kin, shifted by the maximum so that nothing overflows.

One function per kernel. A NumPy array is worked on in blocks of rows that stay in the cache, into one result; on any
other array the same formula is written without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays.reductions import Axes, add_over, extreme_over, is_half, products_of_rows, sum_of_rows, widened
from pullback.arrays.vocabulary import cast, conj
from pullback.later import later

blocks, compiled, threads = later("pullback.arrays", "blocks compiled threads")

LARGE = 1 << 16
"""Elements from which a kernel may be a compiled one."""
BLOCK = 1 << 17
"""Elements in a block: 512 KB of float32."""


def _by_rows(kernel: Callable[..., None], axes: Axes, *arrays: Any) -> Any:
    """Run ``kernel(*rows, out)`` over blocks of rows along the last axis; `None` where the arrays are not such."""
    first = arrays[0]
    if axes != (first.ndim - 1,) or not first.size:
        return None
    for array in arrays:
        if array.__class__ is not np.ndarray or not array.flags.c_contiguous:
            return None
    length = first.shape[-1]
    out = np.empty(first.shape, first.dtype)
    if first.size <= LARGE:
        kernel(*arrays, out)
        return out
    kernel = compiled.twin(kernel.__name__.removeprefix("_").removesuffix("_rows"), first) or kernel
    rows = [array.reshape(-1, length) for array in (*arrays, out)]
    parts = blocks.even(len(rows[0]), max(1, BLOCK // length))
    threads.each(lambda part: kernel(*[each[part] for each in rows]), parts)
    return out


def log_sum_exp(array: Any, axes: Axes, keepdims: bool) -> Any:
    """Logarithm of the sum of exponentials over `axes`."""
    wide = widened(array)
    if 0 in array.shape:
        return cast(np.log(add_over(np.exp(wide), axes, keepdims)), array.dtype)
    if wide.__class__ is np.ndarray and wide.size > LARGE and axes == (wide.ndim - 1,) and wide.flags.c_contiguous:
        rows = wide.reshape(-1, wide.shape[-1])
        found = np.empty((len(rows), 1), wide.dtype)

        def compute(part: slice) -> None:
            found[part] = _log_sum_exp(rows[part], (1,))

        threads.each(compute, blocks.even(len(rows), max(1, BLOCK // rows.shape[1])))
        found = found.reshape(*wide.shape[:-1], 1)
    else:
        found = _log_sum_exp(wide, axes)
    if not keepdims:
        found = np.add.reduce(found, axis=axes)  # over axes of length 1: drops them
    return cast(found, array.dtype)


def _log_sum_exp(wide: Any, axes: Axes) -> Any:
    top = extreme_over(np.maximum, np.real(wide) if wide.dtype.kind == "c" else wide, axes, True)
    top = np.where(np.isinf(top), 0, top)  # of all -inf the sum is 0, of one inf it is inf
    return np.log(add_over(np.exp(wide - top), axes, True)) + top


def log_sum_exp_vjp(grad: Any, array: Any, result: Any) -> Any:
    """The cotangent through `log_sum_exp`, `grad` and `result` having axes of length 1."""
    if array.__class__ is np.ndarray and array.size > LARGE:
        return blocks.in_blocks(_share_of_sum, grad, array, result)
    return _share_of_sum(grad, array, result)


def _share_of_sum(grad: Any, array: Any, result: Any) -> Any:
    return grad * conj(np.exp(array - result))


def _softmax_rows(rows: Any, out: Any) -> None:
    np.subtract(rows, extreme_over(np.maximum, rows, (rows.ndim - 1,), True), out=out)
    np.exp(out, out=out)
    np.true_divide(out, sum_of_rows(out), out=out)


def softmax(array: Any, axes: Axes) -> Any:
    """Exponentials along one axis, divided by their sum; half precision is computed in single."""
    if is_half(array):
        return cast(softmax(widened(array), axes), array.dtype)
    found = _by_rows(_softmax_rows, axes, array)
    if found is not None or 0 in array.shape:
        return array * 1 if found is None else found
    found = np.exp(array - np.maximum.reduce(array, axis=axes, keepdims=True))
    return found / np.add.reduce(found, axis=axes, keepdims=True)


def _softmax_vjp_rows(grad: Any, result: Any, out: Any) -> None:
    np.subtract(grad, products_of_rows(grad, result), out=out)
    np.multiply(out, result, out=out)


def softmax_vjp(grad: Any, result: Any, axes: Axes) -> Any:
    """The cotangent through `softmax`: ``result * (grad - sum(grad * result))``."""
    if is_half(result):
        return cast(softmax_vjp(widened(grad), widened(result), axes), result.dtype)
    found = _by_rows(_softmax_vjp_rows, axes, grad, result)
    if found is not None:
        return found
    weighted = grad * result
    return weighted - result * add_over(weighted, axes, True)


def _log_softmax_rows(rows: Any, out: Any) -> None:
    np.subtract(rows, extreme_over(np.maximum, rows, (rows.ndim - 1,), True), out=out)
    np.subtract(out, np.log(sum_of_rows(np.exp(out))), out=out)


def log_softmax(array: Any, axes: Axes) -> Any:
    """Logarithm of `softmax`, without forming it."""
    if is_half(array):
        return cast(log_softmax(widened(array), axes), array.dtype)
    found = _by_rows(_log_softmax_rows, axes, array)
    if found is not None or 0 in array.shape:
        return array * 1 if found is None else found
    found = array - np.maximum.reduce(array, axis=axes, keepdims=True)
    return found - np.log(np.add.reduce(np.exp(found), axis=axes, keepdims=True))


def _log_softmax_vjp_rows(grad: Any, result: Any, out: Any) -> None:
    np.exp(result, out=out)
    np.multiply(out, sum_of_rows(grad), out=out)
    np.subtract(grad, out, out=out)


def log_softmax_vjp(grad: Any, result: Any, axes: Axes) -> Any:
    """The cotangent through `log_softmax`: ``grad - exp(result) * sum(grad)``."""
    if is_half(result):
        return cast(log_softmax_vjp(widened(grad), widened(result), axes), result.dtype)
    found = _by_rows(_log_softmax_vjp_rows, axes, grad, result)
    return grad - np.exp(result) * add_over(grad, axes, True) if found is None else found
