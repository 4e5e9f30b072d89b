"""Products of two operands of fixed rank: vector·vector, matrix·vector, matrix·matrix, stack·stack.

The cotangents of C = A B are  dA = dC Bᴴ  and  dB = Aᴴ dC: matrix products again, of transposed views.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np

from pullback.arrays.mirrored import Mirrored
from pullback.arrays.products import BLAS, adjoint, adjoint_times, product, times_adjoint
from pullback.arrays.vocabulary import conj
from pullback.graph.operator import general, operator_of
from pullback.ops.matrix.checks import check_bmm, check_mm, check_mv, check_vectors, fits, fits_vector
from pullback.ops.typing import V

ndarray = np.ndarray


def total(*terms: Any) -> Any:
    """The sum of those terms of a tangent that are there."""
    found = [term for term in terms if term is not None]
    return reduce(add, found)


def _push(d_input: V | None, d_mat2: V | None, input: V, mat2: V) -> V:
    return total(
        None if d_input is None else product(d_input, mat2), None if d_mat2 is None else product(input, d_mat2)
    )


def _push_vec(d_input: V | None, d_vec: V | None, input: V, vec: V) -> V:
    return _push(d_input, d_vec, input, vec)


def _push_dot(d_input: V | None, d_tensor: V | None, input: V, tensor: V) -> V:
    return _push(d_input, d_tensor, input, tensor)


def _push_vdot(d_input: V | None, d_other: V | None, input: V, other: V) -> V:
    return _push(None if d_input is None else conj(d_input), d_other, conj(input), other)


@general(
    input=times_adjoint,
    mat2=adjoint_times,
    jvp=_push,
)
def mm(input: V, mat2: V) -> V:
    """Product of two matrices.

    Shapes: ``(n, m), (m, p) -> (n, p)``; no broadcasting. Both of one dtype, which is kept.
    Raises ``RuntimeError`` where ranks, sizes or dtypes do not fit, ``NotImplementedError`` for booleans.

    >>> import pullback as torch
    >>> torch.mm(torch.tensor([[1., 2.]]), torch.tensor([[3.], [4.]]))
    tensor([[11.]])
    """
    if input.__class__ is mat2.__class__ is ndarray and input.ndim == 2 == mat2.ndim:
        if input.shape[1] == mat2.shape[0] and input.dtype is mat2.dtype and input.dtype in BLAS:
            return input.dot(mat2)  # nearly all
    if not fits(input, mat2):
        check_mm(input, mat2)
    return product(input, mat2)


_product = operator_of(mm).forward


@general(
    node="MmBackward0",
    input=times_adjoint,
    mat2=lambda grad, input: adjoint(adjoint_times(grad, input)),
    jvp=_push,
)
def _mm_turned(input: V, mat2: V) -> V:
    """`mm` where `mat2` is the transpose of what lies in memory: its cotangent is laid out the same way.

    So a weight's gradient reaches the weight in the weight's own layout, without a transposing copy.
    """
    return _product(input, mat2)


@general(
    input=lambda grad, mat2: product(grad, adjoint(mat2)),
    mat2=lambda grad, input: product(adjoint(input), grad),
    jvp=_push,
)
def bmm(input: V, mat2: V) -> V:
    """Products of two stacks of matrices, pair by pair.

    Shapes: ``(b, n, m), (b, m, p) -> (b, n, p)``; no broadcasting. Both of one dtype, which is kept.
    Raises ``RuntimeError`` where ranks, sizes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.bmm(torch.ones(2, 1, 3), torch.ones(2, 3, 1)).flatten()
    tensor([3., 3.])
    """
    check_bmm(input, mat2)
    return product(input, mat2)


@general(
    input=lambda grad, vec: grad[:, None] * conj(vec),
    vec=adjoint_times,
    jvp=_push_vec,
)
def mv(input: V, vec: V) -> V:
    """Product of a matrix and a vector.

    Shapes: ``(n, m), (m) -> (n)``. Both of one dtype, which is kept. Raises ``RuntimeError`` where they do not fit.

    >>> import pullback as torch
    >>> torch.mv(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
    tensor([21., 43.])
    """
    if input.__class__ is vec.__class__ is ndarray and input.ndim == 2 and vec.ndim == 1:
        if input.shape[1] == vec.shape[0] and input.dtype is vec.dtype and input.dtype in BLAS:
            return input.dot(vec)  # nearly all
    if not fits_vector(input, vec):
        check_mv(vec, input, vec)
    return product(input, vec)


@general(
    input=lambda grad, tensor: grad * conj(tensor),
    tensor=lambda grad, input: grad * conj(input),
    jvp=_push_dot,
)
def dot(input: V, tensor: V) -> V:
    """Sum of the products of two vectors' elements; complex numbers are not conjugated (see `vdot`).

    Shapes: ``(n), (n) -> ()``. Both of one dtype, which is kept. Raises ``RuntimeError`` where they do not fit.

    >>> import pullback as torch
    >>> torch.dot(torch.tensor([2, 3]), torch.tensor([2, 1]))
    tensor(7)
    """
    check_vectors("dot", input, tensor)
    if isinstance(input, Mirrored) and isinstance(tensor, Mirrored) and input.conj and tensor.conj:
        return Mirrored(np.asarray(product(input.flipped(conj=True), tensor.flipped(conj=True))), conj=True, neg=False)
    return product(input, tensor)


@general(
    input=lambda grad, other: conj(grad) * other,
    other=lambda grad, input: grad * input,
    jvp=_push_vdot,
)
def vdot(input: V, other: V) -> V:
    """Inner product of two vectors, the first conjugated.

    Shapes: ``(n), (n) -> ()``. Both of one dtype, which is kept. Raises ``RuntimeError`` where they do not fit.

    >>> import pullback as torch
    >>> torch.vdot(torch.tensor([1 + 2j]), torch.tensor([1 + 1j]))
    tensor(3.-1.j)
    """
    check_vectors("vdot" if input.dtype.kind == "c" else "dot", input, other)
    return product(conj(input), other)
