"""Matrix products of raw arrays: BLAS wherever the layout allows it, and PyTorch's arithmetic for narrow dtypes.

A product of half-precision matrices accumulates in single precision and is rounded once, as PyTorch does; integers
wrap around in their own dtype. Transposed operands go to BLAS as they are, without a copy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, conj, swapaxes

ndarray = np.ndarray
_SINGLE = np.dtype("f4")
_BLAS = frozenset(np.dtype(kind) for kind in ("f4", "f8", "c8", "c16"))


def product(a: Any, b: Any) -> Any:
    """``a @ b`` for any kind of array: matrices, stacks of them, vectors.

    >>> product(np.ones((2, 3), np.float16), np.ones((3, 1), np.float16)).dtype
    dtype('float16')
    """
    if a.__class__ is b.__class__ is ndarray and a.dtype in _BLAS and a.ndim <= 2 >= b.ndim:
        return a.dot(b)  # half the overhead of `@`, and it copies a layout that BLAS cannot read
    if is_half(a):
        return cast(product(cast(a, _SINGLE), cast(b, _SINGLE)), a.dtype)
    if a.__class__ is ndarray and b.__class__ is ndarray:
        if b.ndim <= 2 and a.ndim <= 2:
            return a.dot(b)
        return np.matmul(_for_blas(a), _for_blas(b))
    return a @ b


def add_product(addend: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * addend + alpha * (a @ b)``, rounded once; ``beta=0`` ignores what `addend` holds, even NaN."""
    dtype = a.dtype
    if is_half(a):
        a, b, addend = cast(a, _SINGLE), cast(b, _SINGLE), cast(addend, _SINGLE)
    result = product(a, b)
    if alpha != 1:
        result = result * alpha
    if beta != 0:
        addend = addend if beta == 1 else addend * beta
        if result.__class__ is ndarray and addend.__class__ is ndarray:
            np.add(result, addend, out=result)  # the product is new memory: no second large array
        else:
            result = result + addend
    return result if result.dtype == dtype else cast(result, dtype)


def adjoint(matrix: Any) -> Any:
    """The conjugate transpose of the last two axes; a view if real."""
    if matrix.__class__ is ndarray and matrix.dtype.kind != "c":
        return matrix.swapaxes(-1, -2)
    return swapaxes(conj(matrix), -1, -2)


def is_half(array: Any) -> bool:
    """Whether elements are float16 or bfloat16, whose sums are taken in float32."""
    dtype = array.dtype
    return dtype.itemsize == 2 and dtype.kind not in "iu"


def _for_blas(stack: Any) -> Any:
    """A stack of matrices in a layout that BLAS reads; NumPy would fall back to a loop 10 times slower."""
    if stack.ndim < 2:
        return stack
    (rows, columns), size = stack.shape[-2:], stack.itemsize
    down, along = stack.strides[-2:]
    if (along == size and down >= columns * size) or (down == size and along >= rows * size):
        return stack
    return np.ascontiguousarray(stack)
