"""What is known of single operators on Taylor series, by their names; see `pullback.func.taylor_level`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays import taylor
from pullback.func import taylor_factors, taylor_selections
from pullback.ops.matrix.singular import pinv
from pullback.ops.shape.joining import stack

PRODUCTS = {
    "mul": ("input", "other"),
    "mm": ("input", "mat2"),
    "mm_turned": ("input", "mat2"),
    "bmm": ("input", "mat2"),
    "mv": ("input", "vec"),
    "dot": ("input", "tensor"),
    "cross": ("input", "other"),
    "convolution": ("input", "weight"),
    "input_gradient": ("y", "w"),
    "weight_gradient": ("y", "x"),
}
"""Operators that are linear in two operands; a third, ``bias``, is added."""


LINEAR = frozenset(("avg_pool2d", "avg_pool3d", "nll_loss", "nll_loss2d"))
"""Operators that are linear in what may vary, though they are not declared so."""


def _powers(point: Any, x: list[Any], exponent: list[Any]) -> Any:
    number = exponent[0]
    if isinstance(number, (int, float)) and not any([each is not None for each in exponent[1:]]):
        return taylor.power(x, number, point)
    return None


RECURRENCES: dict[str, Callable[..., Any]] = {
    "true_divide": lambda point, x, y: taylor.quotient(x, y, point),
    "pow_number": _powers,
    "sin": lambda point, x: taylor.circular(x, point, np.cos(x[0]))[0],
    "cos": lambda point, x: taylor.circular(x, np.sin(x[0]), point)[1],
    "sinh": lambda point, x: taylor.circular(x, point, np.cosh(x[0]), 1)[0],
    "matrix_exp": taylor_factors.exponential,
    "cosh": lambda point, x: taylor.circular(x, np.sinh(x[0]), point, 1)[1],
}
"""What starts at the first argument, by the terms of the operands."""


def _amax_tangent(result: Any, moved: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    """The mean over the places of the extremum."""
    dims = dim if dim is None or isinstance(dim, int) or len(dim) else None
    whole = result if keepdim or dims is None else _unsqueezed(result, dims, input.ndim)
    places = (input == whole).to(input.dtype)
    if dims is None:
        return (moved["input"] * places).sum() / places.sum()
    return (moved["input"] * places).sum(dims, keepdim) / places.sum(dims, keepdim)


def _unsqueezed(result: Any, dims: Any, ndim: int) -> Any:
    for axis in sorted(each % ndim for each in ((dims,) if isinstance(dims, int) else dims)):
        result = result.unsqueeze(axis)
    return result


def _picked(axes: int) -> Callable[..., Any]:
    """What stands at the places of the maxima, which the second result tells."""

    def tangent(result: Any, moved: Any, input: Any, **_: Any) -> Any:
        places = result[1].flatten(-axes)
        return moved["input"].flatten(-axes).gather(-1, places).reshape(result[0].shape), None

    return tangent


TANGENTS: dict[str, Callable[..., Any]] = {
    "amax": _amax_tangent,
    "amin": _amax_tangent,
    "median": taylor_selections.median,
    "nanmedian": taylor_selections.median,
    "frexp": taylor_selections.frexp,
    "scatter_reduce": taylor_selections.scatter_reduce,
    "segment_reduce": taylor_selections.segment_reduce,
    "inv_ex": taylor_factors.inverse,
    "pinv": taylor_factors.pseudo_inverse,
    "solve_ex": taylor_factors.solve,
    "solve_triangular": taylor_factors.solve_triangle,
    "slogdet": taylor_factors.slogdet,
    "qr": taylor_factors.qr,
    "svd": taylor_factors.svd,
    "eig": taylor_factors.eig,
    "lu": taylor_factors.lu,
    "lu_factor_ex": taylor_factors.lu_factor,
    "max_pool2d": _picked(2),
    "max_pool3d": _picked(3),
    "adaptive_max_pool2d": _picked(2),
    "adaptive_max_pool3d": _picked(3),
    "det": taylor_factors.det,
}
"""Pushforwards of operators that declare reverse rules only: ``(result, tangents by name, **operands)``."""


def _running_products(input: Any, dim: int, **_: Any) -> Any:
    found: list[Any] = []
    for each in input.unbind(dim):
        found.append(found[-1] * each if found else each)
    return stack(found, dim) if found else input


def _running_log_sums(input: Any, dim: int) -> Any:
    top = input.amax(dim, keepdim=True)
    return (input - top).exp().cumsum(dim).log() + top


def _prod(input: Any, dim: Any = None, keepdim: bool = False, **_: Any) -> Any:
    parts = input.reshape(-1).unbind(0) if dim is None else input.unbind(dim)
    found = parts[0] if parts else input.new_ones(())
    for each in parts[1:]:
        found = found * each
    return found.unsqueeze(dim) if keepdim else found


def _added_product(input: Any, first: Any, second: Any, beta: Any, alpha: Any) -> Any:
    return input * beta + (first @ second) * alpha


def _least_squares(A: Any, B: Any, rtol: Any, vector: bool, with_residuals: bool) -> Any:
    right = B.unsqueeze(-1) if vector else B
    solution = pinv(A, rtol=rtol) @ right
    apart = right - A @ solution
    residuals = (
        (apart * apart.conj()).real.sum(-2) if with_residuals and apart.is_complex() else (apart * apart).sum(-2)
    )
    return solution.squeeze(-1) if vector else solution, residuals if with_residuals else A.new_zeros(0)


REWRITTEN: dict[str, Callable[..., Any]] = {
    "lstsq": _least_squares,
    "addmm": lambda input, mat1, mat2, **factors: _added_product(input, mat1, mat2, **factors),
    "addmm_turned": lambda input, mat1, mat2, **factors: _added_product(input, mat1, mat2, **factors),
    "addmv": lambda input, mat, vec, **factors: _added_product(input, mat, vec, **factors),
    "baddbmm": lambda input, batch1, batch2, **factors: _added_product(input, batch1, batch2, **factors),
    "prod": _prod,
    "cumprod": _running_products,
    "logcumsumexp": _running_log_sums,
}
"""Operators in terms of others that have series."""
