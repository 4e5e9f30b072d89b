"""`torch.linalg`: linear algebra on stacks of matrices."""

from __future__ import annotations

from pullback.ops.matrix.cholesky import cholesky_ex as cholesky_ex
from pullback.ops.matrix.linalg_checks import LinAlgError as LinAlgError
from pullback.ops.matrix.matmul import matmul as matmul
from pullback.ops.matrix.solving import (
    inv as inv,
)
from pullback.ops.matrix.solving import (
    inv_ex as inv_ex,
)
from pullback.ops.matrix.solving import (
    solve as solve,
)
from pullback.ops.matrix.solving import (
    solve_ex as solve_ex,
)
from pullback.ops.matrix.solving import (
    solve_triangular as solve_triangular,
)
