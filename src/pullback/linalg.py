"""`torch.linalg`: linear algebra on stacks of matrices."""

from __future__ import annotations

from pullback.ops.matrix.chains import matrix_power as matrix_power, multi_dot as multi_dot
from pullback.ops.matrix.cholesky import cholesky_ex as cholesky_ex, linalg_cholesky as cholesky
from pullback.ops.matrix.conditioning import cond as cond, matrix_rank as matrix_rank
from pullback.ops.matrix.determinants import linalg_det as det, linalg_slogdet as slogdet
from pullback.ops.matrix.exponential import matrix_exp as matrix_exp
from pullback.ops.matrix.indefinite import (
    ldl_factor as ldl_factor,
    ldl_factor_ex as ldl_factor_ex,
    ldl_solve as ldl_solve,
)
from pullback.ops.matrix.least_squares import lstsq as lstsq
from pullback.ops.matrix.linalg_checks import LinAlgError as LinAlgError
from pullback.ops.matrix.lu import (
    linalg_lu as lu,
    linalg_lu_solve as lu_solve,
    lu_factor as lu_factor,
    lu_factor_ex as lu_factor_ex,
)
from pullback.ops.matrix.matmul import matmul as matmul
from pullback.ops.matrix.orthogonal import householder_product as householder_product, linalg_qr as qr
from pullback.ops.matrix.singular import linalg_svd as svd, pinv as pinv, svdvals as svdvals
from pullback.ops.matrix.solving import (
    inv as inv,
    inv_ex as inv_ex,
    solve as solve,
    solve_ex as solve_ex,
    solve_triangular as solve_triangular,
)
from pullback.ops.matrix.spectra import eig as eig, eigh as eigh, eigvals as eigvals, eigvalsh as eigvalsh
from pullback.ops.matrix.tensor_systems import (
    linalg_vander as vander,
    tensorinv as tensorinv,
    tensorsolve as tensorsolve,
)
from pullback.ops.matrix.vectors import linalg_cross as cross, vecdot as vecdot
from pullback.ops.reduction.norms import (
    linalg_norm as norm,
    matrix_norm as matrix_norm,
    vector_norm as vector_norm,
)
from pullback.ops.shape.diagonals import diagonal as _diagonal
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@asks_for_tensors
def diagonal(A: V, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> V:
    """`pullback.diagonal` of the last two axes: a view of ``(*, m, n)`` as ``(*, min(m, n))``."""
    return _diagonal(A, offset, dim1, dim2)


__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]
