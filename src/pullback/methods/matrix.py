"""Methods: products of vectors, matrices and stacks of matrices."""

from __future__ import annotations

from pullback.graph.inplace import in_place
from pullback.ops.matrix import addition, contraction, matmul as products_of_any_rank, products


class MatrixMethods:
    """``x @ y`` and what belongs to it."""

    __slots__ = ()

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
    addbmm_ = in_place(addition.addbmm)
