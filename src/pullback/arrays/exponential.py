"""Kernels of softmax and its kin, shifted by the maximum so that nothing overflows.

One function per kernel. On a NumPy array the passes share one buffer; on any other array the same formula is
written without.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.reductions import Axes, add_over, widened
from pullback.arrays.vocabulary import cast


def log_sum_exp(array: Any, axes: Axes, keepdims: bool) -> Any:
    """Logarithm of the sum of exponentials over `axes`."""
    wide = widened(array)
    if 0 in array.shape:
        return cast(np.log(add_over(np.exp(wide), axes, keepdims)), array.dtype)
    real = np.real(wide) if wide.dtype.kind == "c" else wide
    top = np.maximum.reduce(real, axis=axes, keepdims=True)
    top = np.where(np.isinf(top), 0, top)  # of all -inf the sum is 0, of one inf it is inf
    total = np.log(add_over(np.exp(wide - top), axes, keepdims))
    if not keepdims:
        top = np.add.reduce(top, axis=axes)  # over axes of length 1: drops them
    return cast(total + top, array.dtype)


def softmax(array: Any, axis: Axes) -> Any:
    """Exponentials along `axis`, divided by their sum; half precision is computed in single."""
    wide = widened(array)
    found = wide - np.maximum.reduce(wide, axis=axis, keepdims=True) if 0 not in array.shape else wide
    if found.__class__ is np.ndarray:
        np.exp(found, out=found)
        np.true_divide(found, np.add.reduce(found, axis=axis, keepdims=True), out=found)
    else:
        found = np.exp(found)
        found = found / np.add.reduce(found, axis=axis, keepdims=True)
    return cast(found, array.dtype)


def softmax_vjp(grad: Any, result: Any, axis: Axes) -> Any:
    """The cotangent through `softmax`: ``result * (grad - sum(grad * result))``."""
    weighted = grad * result
    return weighted - result * add_over(weighted, axis, True)


def log_softmax(array: Any, axis: Axes) -> Any:
    """Logarithm of `softmax`, without forming it."""
    if 0 in array.shape:
        return array * 1
    wide = widened(array)
    found = wide - np.maximum.reduce(wide, axis=axis, keepdims=True)
    total = np.log(np.add.reduce(np.exp(found), axis=axis, keepdims=True))
    if found.__class__ is np.ndarray:
        np.subtract(found, total, out=found)
    else:
        found = found - total
    return cast(found, array.dtype)


def log_softmax_vjp(grad: Any, result: Any, axis: Axes) -> Any:
    """The cotangent through `log_softmax`: ``grad - exp(result) * sum(grad)``."""
    return grad - np.exp(result) * add_over(grad, axis, True)
