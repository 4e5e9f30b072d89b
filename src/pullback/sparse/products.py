"""torch.sparse.mm and its kin: as the ordinary products, but the gradient of a sparse factor keeps to its places."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.along import reduced_along
from pullback.arrays.products import adjoint, product
from pullback.arrays.scatter import spread
from pullback.arrays.sparse import unsupported
from pullback.graph.operator import general
from pullback.graph.tensor_base import wrap
from pullback.ops.index.reducing import values_cotangent
from pullback.ops.matrix.addition import addmm as dense_addmm
from pullback.ops.matrix.products import mm as dense_mm
from pullback.ops.shape.axes import t
from pullback.ops.typing import Scalar, V
from pullback.sparse.places import array_of, is_sparse, masked, read
from pullback.sparse.reductions import _first_order


def _times(value: Any, factor: Any) -> Any:
    return value if factor == 1 else value * factor


@general(
    node="SparseAddmmBackward0",
    input=lambda grad, beta: _times(grad, beta),
    mat1=lambda grad, mat1, mat2, alpha: masked(_times(product(grad, adjoint(mat2)), alpha), mat1),
    mat2=lambda grad, mat1, alpha: _times(product(adjoint(mat1), grad), alpha),
)
def _sparse_addmm(input: V, mat1: V, mat2: V, beta: Any, alpha: Any) -> V:
    found = _times(product(mat1, mat2), alpha)
    return found + _times(input, beta) if beta != 0 else found


def _zeroed(found: Any, pattern: Any) -> Any:
    """`found`, a sparse product, with zeros outside of the places of `pattern`."""
    own, places = array_of(found), array_of(pattern)
    mask = own.like(read(places.like(np.ones_like(places.values)), own))
    return found * (mask if found is own else wrap(mask))


@general(
    node="SparseSparseMatmulBackward0",
    mat1=lambda grad, mat1, mat2: _zeroed(product(grad, adjoint(mat2)), mat1),
    mat2=lambda grad, mat1, mat2: _zeroed(product(adjoint(mat1), grad), mat2),
)
def _sparse_sparse(mat1: V, mat2: V) -> V:
    return product(mat1, mat2)


def _check(a: Any, b: Any) -> None:
    if a._array.ndim != 2 or b._array.ndim != 2:
        raise RuntimeError(
            f"Argument #1: matrices expected, got {a._array.ndim}D and {b._array.ndim}D tensors (in torch.sparse.mm)"
        )
    if a._array.dtype != b._array.dtype:
        raise RuntimeError("mat1 and mat2 must have the same dtype")
    if a._array.shape[1] != b._array.shape[0]:
        sizes = f"{'x'.join(map(str, a._array.shape))} and {'x'.join(map(str, b._array.shape))}"
        if is_sparse(a) and is_sparse(b):
            raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({sizes})")
        raise RuntimeError(
            f"addmm: Argument #3 (dense): Expected dim 0 size {a._array.shape[1]}, got {b._array.shape[0]}"
        )


def mm(mat1: Any, mat2: Any, reduce: str | None = None) -> Any:
    """The product of a sparse matrix with a dense one, which is dense, or with a sparse one, which is sparse.

    Unlike that of `torch.mm` the gradient of a sparse factor is sparse: only its own places get one. Both of one dtype.
    With `reduce` (``"sum"``, ``"mean"``, ``"amax"``, ``"amin"``) `mat1` is CSR, and the products of a row are reduced
    so; a row without values is 0. Raises ``RuntimeError`` where shapes, dtypes or layouts do not fit.

    >>> import pullback as torch
    >>> torch.sparse.mm(torch.eye(2).to_sparse(), torch.ones(2, 2))
    tensor([[1., 1.],
            [1., 1.]])
    """
    if reduce is not None:
        return _reduced_mm(mat1, mat2, _check_reduced(mat1, mat2, reduce))
    _check(mat1, mat2)
    if is_sparse(mat1) and is_sparse(mat2):
        return _sparse_sparse(mat1, mat2)
    if is_sparse(mat1):
        return _sparse_addmm(_nothing(mat1, mat2), mat1, mat2, 0, 1)
    if is_sparse(mat2):
        return t(_sparse_addmm(_nothing(mat1, mat2), t(mat2), t(mat1), 0, 1))
    return dense_mm(mat1, mat2)


def _check_reduced(mat1: Any, mat2: Any, reduce: str) -> str:
    """The name of the reduction; PyTorch's errors where it or the matrices do not fit."""
    layouts = [getattr(each._array, "layout", "strided") for each in (mat1, mat2)]
    if layouts[0] == "sparse_coo" or layouts == ["strided"] * 2:
        raise unsupported("_sparse_mm_reduce_impl", layouts[0])
    first, second = (each.title().replace("_", "") for each in layouts)
    if first != "SparseCsr":
        raise RuntimeError(f"sparse_mm_reduce: expect self to be SparseCsr, got {first}")
    if second != "Strided":
        raise RuntimeError(
            f"Expected tensor to have Strided Layout, but got tensor with {second} Layout (while checking arguments for "
            "sparse_mm_reduce)"
        )
    if reduce == "prod":
        raise RuntimeError("sparse_mm_reduce: reduce type of prod has not been enabled.")
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    _check(mat1, mat2)
    return _REDUCTIONS[reduce]


_REDUCTIONS = {"sum": "sum", "mean": "mean", "amax": "amax", "max": "amax", "amin": "amin", "min": "amin"}


def _meeting(mat1: Any, mat2: Any) -> tuple[Any, Any, Any, Any]:
    """For each value of `mat1` its row, repeated, the row of `mat2` that it meets, and their product."""
    rows, columns = mat1.places()
    met = mat2[columns]
    return np.broadcast_to(rows[:, None], met.shape), columns, met, mat1.values[:, None] * met


def _product_cotangent(grad: Any, mat1: Any, mat2: Any, how: str, result: Any) -> tuple[Any, Any, Any]:
    _first_order("sparse.mm with reduce", grad)
    rows, columns, met, products = _meeting(mat1, mat2)
    start = np.zeros_like(result)
    return values_cotangent(grad, start, 0, rows, products, how, False, result), columns, met


def _first_factor(grad: Any, mat1: Any, mat2: Any, how: str, result: Any) -> Any:
    found, _, met = _product_cotangent(grad, mat1, mat2, how, result)
    return mat1.like(np.add.reduce(found * met, axis=-1))


def _second_factor(grad: Any, mat1: Any, mat2: Any, how: str, result: Any) -> Any:
    found, columns, _ = _product_cotangent(grad, mat1, mat2, how, result)
    return spread(found * mat1.values[:, None], [columns], (0,), mat2.shape)


@general(node="SparseMmReduceImplBackward0", mat1=_first_factor, mat2=_second_factor)
def _reduced_mm(mat1: V, mat2: V, how: str) -> V:
    rows, _, _, products = _meeting(mat1, mat2)
    start = np.zeros((mat1.shape[0], mat2.shape[1]), products.dtype)
    return reduced_along(start, rows, 0, products, how, False)


def _nothing(mat1: Any, mat2: Any) -> Any:
    dense = mat2 if is_sparse(mat1) else mat1
    return wrap(dense._array.dtype.type(0))


def addmm(mat: Any, mat1: Any, mat2: Any, *, beta: Scalar = 1, alpha: Scalar = 1) -> Any:
    """``beta * mat + alpha * (mat1 @ mat2)`` with `mat1` sparse and the others dense; gradients as those of `mm`."""
    if not is_sparse(mat1):
        return dense_addmm(mat, mat1, mat2, beta=beta, alpha=alpha)
    _check(mat1, mat2)
    return _sparse_addmm(mat, mat1, mat2, beta, alpha)


@general(
    node="SparseSampledAddmmBackward0",
    input=lambda grad, input, beta: _times(masked(grad, input), beta),
    mat1=lambda grad, mat2, alpha: _times(product(grad, adjoint(mat2)), alpha),
    mat2=lambda grad, mat1, alpha: _times(product(adjoint(mat1), grad), alpha),
)
def _sampled(input: V, mat1: V, mat2: V, beta: Any, alpha: Any) -> V:
    return input.like(_times(input.values, beta) + _times(input.at(product(mat1, mat2)), alpha))


def sampled_addmm(input: Any, mat1: Any, mat2: Any, *, beta: Scalar = 1, alpha: Scalar = 1, out: Any = None) -> Any:
    """``beta * input + alpha * (mat1 @ mat2)`` at the places of the sparse matrix `input` only."""
    if getattr(input._array, "layout", None) != "sparse_csr":
        raise unsupported("sparse_sampled_addmm", getattr(input._array, "layout", "strided"))
    found = _sampled(input, mat1, mat2, beta, alpha)
    return found if out is None else out.copy_(found)


def smm(input: Any, mat: Any) -> Any:
    """A sparse matrix times a dense one, as a sparse tensor."""
    return mm(input, mat).to_sparse()


def hspmm(mat1: Any, mat2: Any) -> Any:
    """A sparse matrix times a dense one, as a tensor whose rows are sparse."""
    return mm(mat1, mat2).to_sparse(1)


def sspaddmm(input: Any, mat1: Any, mat2: Any, *, beta: Scalar = 1, alpha: Scalar = 1) -> Any:
    """``beta * input + alpha * (mat1 @ mat2)`` with `input` and `mat1` sparse, as a sparse tensor."""
    return input * beta + smm(mat1, mat2) * alpha


dsmm = hsmm = spmm = dense_mm
saddmm = dense_addmm
