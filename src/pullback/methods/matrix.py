"""Methods: products of vectors, matrices and stacks of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.graph.inplace import in_place
from pullback.later import later
from pullback.ops.matrix import addition, contraction, matmul as products_of_any_rank, products

if TYPE_CHECKING:
    from pullback import removed
    from pullback.ops.matrix import (
        chains,
        cholesky as cholesky_factor,
        cholesky_systems,
        determinants,
        exponential,
        lu as factors,
        orthogonal,
        singular,
        solving,
        vectors,
    )
else:
    (removed,) = later("pullback", "removed")
    (
        chains,
        cholesky_factor,
        cholesky_systems,
        determinants,
        exponential,
        factors,
        orthogonal,
        singular,
        solving,
        vectors,
    ) = later(
        "pullback.ops.matrix",
        "chains cholesky cholesky_systems determinants exponential lu orthogonal singular solving vectors",
    )


class MatrixMethods:
    """``x @ y`` and what belongs to it."""

    __slots__ = ()

    eig, lstsq, solve, symeig = removed.eig, removed.lstsq, removed.solve, removed.symeig

    mm = products.mm
    bmm = products.bmm
    mv = products.mv
    dot = products.dot
    vdot = products.vdot
    matmul = products_of_any_rank.matmul
    __matmul__ = products_of_any_rank.matmul_operator
    __rmatmul__ = products_of_any_rank.matmul_reversed

    outer = contraction.outer
    ger = contraction.ger
    inner = contraction.inner
    kron = contraction.kron

    addmm = addition.addmm
    addmm_ = in_place(addition.addmm)
    addmv = addition.addmv
    addmv_ = in_place(addition.addmv)
    addr = addition.addr
    addr_ = in_place(addition.addr)
    baddbmm = addition.baddbmm
    baddbmm_ = in_place(addition.baddbmm)
    addbmm = addition.addbmm
    addbmm_ = addition.addbmm_

    matrix_power = chains.matrix_power
    matrix_exp = exponential.matrix_exp
    cross = vectors.cross

    det = determinants.det
    logdet = determinants.logdet
    slogdet = determinants.slogdet
    inverse = solving.inverse_function
    pinverse = singular.pinverse
    triangular_solve = solving.triangular_solve
    cholesky = cholesky_factor.cholesky
    cholesky_inverse = cholesky_systems.cholesky_inverse
    cholesky_solve = cholesky_systems.cholesky_solve
    lu = factors.lu
    lu_solve = factors.lu_solve
    qr = orthogonal.qr
    geqrf = orthogonal.geqrf
    orgqr = orthogonal.orgqr
    ormqr = orthogonal.ormqr
    svd = singular.svd
