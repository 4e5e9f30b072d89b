"""The p-norm of raw arrays and its cotangent."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.arrays.reductions import Axes, add_over, kept, matches, widened
from pullback.arrays.signs import sign_of
from pullback.arrays.vocabulary import cast, conj


def square_sum(array: Any, axes: Axes, keepdims: bool = False) -> Any:
    """Sum of squared magnitudes, real; of a whole NumPy array by one inner product."""
    if array.__class__ is np.ndarray and axes is None and not keepdims and array.flags.c_contiguous:
        flat = array.reshape(-1)
        if array.dtype.kind == "c":  # BLAS multiplies complex infinities to NaN
            flat = flat.view(flat.real.dtype)
        return np.vdot(flat, flat)[()]
    squares = array * array if array.dtype.kind != "c" else np.real(array * conj(array))
    return np.add.reduce(squares, axis=axes, keepdims=keepdims)


def vector_norm(array: Any, ord: float, axes: Axes, keepdims: bool = False) -> Any:
    """``sum(|x|^ord)^(1/ord)`` over `axes`; the extreme magnitude for ±inf, the number of nonzeros for 0."""
    wide = widened(array)
    if ord == 2:
        found = np.sqrt(square_sum(wide, axes, keepdims))
        if wide.__class__ is np.ndarray and wide.dtype.kind == "c" and np.isnan(found).any():
            found = vector_norm(np.abs(wide), 2, axes, keepdims)  # the magnitude of (inf, NaN) is infinite
    elif ord == 0:
        found = np.add.reduce(cast(wide != 0, np.abs(wide).dtype), axis=axes, keepdims=keepdims)
    elif ord == 1:
        found = np.add.reduce(np.abs(wide), axis=axes, keepdims=keepdims)
    elif abs(ord) == np.inf:
        extreme = np.maximum if ord > 0 else np.minimum
        found = extreme.reduce(np.abs(wide), axis=axes, keepdims=keepdims)
    else:
        found = np.add.reduce(np.abs(wide) ** ord, axis=axes, keepdims=keepdims) ** (1 / ord)
    return found if wide is array else cast(found, array.dtype if array.dtype.kind != "W" else np.float16)


def vector_norm_vjp(grad: Any, array: Any, norm: Any, ord: float, axes: Axes, keepdims: bool = False) -> Any:
    """The cotangent through `vector_norm`; 0 at a norm of 0, shared among equals for ±inf.

    Second derivatives at 0 are those of PyTorch, which are no numbers for orders up to 2 but 1.
    """
    if ord == 0:
        return None
    shape = array.shape
    grad, norm = kept(grad, shape, axes, keepdims), kept(norm, shape, axes, keepdims)
    if ord == 1:
        return grad * sign_of(array)
    if ord == 2:  # the factor is made small, then seen at full shape once; of a small norm it exceeds half precision
        norm = widened(norm)
        return array * (widened(grad) * np.where(norm == 0, 0, 1 / norm))
    size = np.abs(array)
    if abs(ord) == np.inf:
        mask = matches(size, norm)
        return sign_of(array) * mask * (grad / cast(add_over(mask, axes, True), grad.dtype))
    if ord < 1:
        return np.sign(array) * drop(size ** (ord - 1), size == 0) * (grad * norm ** (1 - ord))
    if ord < 2:
        return np.sign(array) * size ** (ord - 1) * drop(grad / norm ** (ord - 1), norm == 0)
    divisor = np.where(norm == 0, 1, norm)  # before `drop`, which comes last where the rule is transposed
    scaled = (np.where(size == 0, 1, size) / divisor) ** (ord - 2)
    return array * np.where(size == 0, 0, scaled) * drop(grad / divisor, norm == 0)
