"""`torch.linalg`: linear algebra on stacks of matrices."""

from __future__ import annotations

from pullback.ops.matrix.cholesky import cholesky_ex as cholesky_ex, linalg_cholesky as cholesky
from pullback.ops.matrix.determinants import linalg_det as det, linalg_slogdet as slogdet
from pullback.ops.matrix.linalg_checks import LinAlgError as LinAlgError
from pullback.ops.matrix.matmul import matmul as matmul
from pullback.ops.matrix.solving import (
    inv as inv,
    inv_ex as inv_ex,
    solve as solve,
    solve_ex as solve_ex,
    solve_triangular as solve_triangular,
)
