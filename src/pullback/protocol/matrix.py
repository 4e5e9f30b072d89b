"""NumPy's matrix products on tensors, and our words for convolutions and windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import (
    correlation,
    lu as raw_lu,
    matrix_exponential,
    maxima,
    resampling,
    spectral,
    systems,
    triangular,
    windows,
)
from pullback.ops.matrix import (
    cholesky,
    determinants,
    exponential,
    least_squares,
    lu,
    orthogonal,
    singular,
    solving,
    spectra,
)
from pullback.ops.matrix.contraction import inner, kron, outer, tensordot
from pullback.ops.matrix.einsum import einsum
from pullback.ops.matrix.matmul import matmul
from pullback.ops.neural import convolution, interpolation, max_pooling, mean_pooling, unpooling
from pullback.ops.shape.padding import constant_pad_nd


def _pad(array: Any, before: Any, after: Any, value: Any = 0) -> Any:
    return constant_pad_nd(array, [n for pair in zip(reversed(before), reversed(after)) for n in pair], value)


def _dot(a: Any, b: Any) -> Any:
    """`numpy.dot`, which for more than two axes is not `numpy.matmul`."""
    if not np.ndim(a) or not np.ndim(b):
        return a * b
    return matmul(a, b) if np.ndim(b) <= 2 else tensordot(a, b, ([-1], [-2]))


def _solve_triangular(array: Any, right: Any, upper: bool, unit: bool = False) -> Any:
    return solving.solve_triangular(array, right, upper=upper, unitriangular=unit)


def _phase_checked(value: Any, phase: Any, message: str) -> Any:
    spectral.phase_checked(value._array, phase._array, message)
    return value


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    return singular.linalg_svd(a, full_matrices) if compute_uv else singular.svdvals(a)


def _einsum(*operands: Any, optimize: Any = False) -> Any:
    return einsum(*operands)


UFUNCS: dict[Any, Any] = {np.matmul: matmul}

FUNCTIONS: dict[Any, Any] = {
    np.dot: _dot,
    np.inner: inner,
    np.outer: lambda a, b: outer(a.reshape(-1), b.reshape(-1)),
    np.kron: kron,
    np.tensordot: lambda a, b, axes=2: tensordot(a, b, axes),
    np.einsum: _einsum,
    np.linalg.inv: solving.inv,
    np.linalg.solve: solving.solve,
    np.linalg.det: determinants.det,
    np.linalg.slogdet: determinants.slogdet,
    systems.inverse: solving.inv_ex,
    systems.solution: lambda a, b, left: solving.solve_ex(a, b, left=left),
    systems.cofactors: determinants.cofactors_of,
    triangular.solve_triangular: _solve_triangular,
    triangular.cholesky: lambda array: cholesky._cholesky_ex(array, False),
    matrix_exponential.exponential: exponential.matrix_exp,
    systems.pseudo_inverse: least_squares.pseudo_inverse_of,
    raw_lu.permutation_matrix: lu.permutation_of,
    spectral.phase_checked: _phase_checked,
    np.linalg.cholesky: lambda a: cholesky.linalg_cholesky(a),
    np.linalg.eigh: lambda a, UPLO="L": spectra.eigh(a, UPLO),
    np.linalg.eigvalsh: lambda a, UPLO="L": spectra.eigvalsh(a, UPLO),
    np.linalg.pinv: lambda a, rcond=None: singular.pinv(a, rtol=rcond),
    np.linalg.qr: lambda a, mode="reduced": orthogonal.linalg_qr(a, mode),
    np.linalg.svdvals: singular.svdvals,
    np.linalg.svd: _svd,
    correlation.correlate: convolution.output_gradient,
    correlation.correlate_input: convolution.input_gradient,
    correlation.correlate_weight: convolution.weight_gradient,
    windows.pad: _pad,
    windows.sum_windows: mean_pooling.add_windows,
    windows.spread_windows: mean_pooling.spread_over_windows,
    maxima.spread_places: max_pooling.spread_at,
    maxima.pick_places: max_pooling.pick_at,
    maxima.put_places: unpooling._max_unpool2d,
    resampling.resample: interpolation.resampled,
}
