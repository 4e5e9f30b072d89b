"""The product of small integers, and the product with an activation behind it."""

from __future__ import annotations

import numpy as np

from pullback.graph.operator import nondifferentiable
from pullback.graph.out import store
from pullback.graph.out_dtypes import cpp_of
from pullback.ops.matrix.addition import addmm
from pullback.ops.pointwise.activation import relu
from pullback.ops.pointwise.smooth import gelu
from pullback.ops.typing import Scalar, V


def _check(input: V, mat2: V) -> None:
    name = "int_mm_out_cpu"
    for word, matrix in (("self", input), ("mat2", mat2)):
        if matrix.ndim != 2:
            raise RuntimeError(f"{name}: Expected {word} to be of dimension 2 but got {matrix.ndim}")
    if input.shape[1] != mat2.shape[0]:
        sizes = f"{input.shape[1]} and {mat2.shape[0]}"
        raise RuntimeError(f"{name}: self.size(1) needs to match mat2.size(0) but got {sizes}")
    if input.dtype not in (np.int8, np.uint8):
        raise RuntimeError(f"{name}: Expected self dtype to be int8 or uint8 but got {cpp_of(input.dtype)}")
    if mat2.dtype != np.int8:
        raise RuntimeError(f"{name}: Expected mat2 dtype to be of type int8 but got {cpp_of(mat2.dtype)}")


@nondifferentiable()
def _int_mm(input: V, mat2: V) -> V:
    """``input @ mat2`` of int8 (the first may be uint8), summed in int32: ``(n, m), (m, p) -> (n, p)``.

    Raises ``RuntimeError`` for other dtypes and where ranks or sizes do not fit.
    """
    _check(input, mat2)
    return np.matmul(input, mat2, dtype=np.int32)


def _addmm_activation(
    input: V, mat1: V, mat2: V, *, beta: Scalar = 1, alpha: Scalar = 1, use_gelu: bool = False, out: V | None = None
) -> V:
    """`relu`, or with `use_gelu` `gelu`, of `addmm`."""
    result = (gelu if use_gelu else relu)(addmm(input, mat1, mat2, beta=beta, alpha=alpha))
    return result if out is None else store("_addmm_activation", out, result)
