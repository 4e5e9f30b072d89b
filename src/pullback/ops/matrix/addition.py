"""A product added to something: ``beta * input + alpha * (a @ b)`` with operands of fixed rank.

With ``beta=0`` the addend only lends its dtype: NaN in it does not spread. With ``alpha=0`` the product is not taken
(except in `baddbmm` and `addr`, as in PyTorch).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.products import (
    BLAS,
    FEW_ROWS,
    add_product,
    add_product_of_few_rows,
    adjoint,
    adjoint_times,
    product,
    times_adjoint,
)
from pullback.arrays.vocabulary import cast, conj, reshape, swapaxes, zeros_like
from pullback.graph.inplace import in_place, spoken, store
from pullback.graph.operator import general, operator_of
from pullback.graph.record import LARGE
from pullback.graph.tensor_base import twin
from pullback.graph.writable import ELEMENTWISE, check_writable
from pullback.ops.matrix.checks import (
    check_expands,
    check_inner,
    check_mv,
    check_not_bool,
    check_stacks,
    cpp_name,
    fits,
)
from pullback.ops.matrix.products import total
from pullback.ops.pointwise.calling import formerly
from pullback.ops.typing import Scalar, V


def _factor(value: Any, array: Any) -> Any:
    """`alpha` or `beta` as a number that may multiply `array`; integers take its whole part."""
    if hasattr(value, "item"):
        value = value.item()
    kind = array.dtype.kind
    if isinstance(value, complex) and kind != "c":
        word = "int64_t" if kind in "iu" else cpp_name(array.dtype)
        raise RuntimeError(f"value cannot be converted to type {word} without overflow")
    return int(value) if kind in "iu" or isinstance(value, bool) else value


def _times(grad: Any, factor: Any) -> Any:
    """The cotangent of what was multiplied by `factor`."""
    if hasattr(factor, "item"):
        factor = factor.item()
    return grad if factor == 1 else grad * factor.conjugate()


def _push(d_addend: Any, d_a: Any, d_b: Any, a: Any, b: Any, beta: Any, alpha: Any) -> Any:
    """What tangents become at ``beta * addend + alpha * (a @ b)``."""
    terms = [None if d_a is None else product(d_a, b), None if d_b is None else product(a, d_b)]
    terms = [each if each is None or alpha == 1 else each * alpha for each in terms]
    if d_addend is not None:
        terms.append(d_addend if beta == 1 else d_addend * beta)
    return total(*terms)


def _add(addend: Any, a: Any, b: Any, beta: Any, alpha: Any) -> Any:
    if alpha == 1 and beta == 1:
        return add_product(addend, a, b)
    beta, alpha = _factor(beta, a), _factor(alpha, a)
    if alpha == 0:
        zeros = zeros_like(addend, (*a.shape[:-1], *b.shape[1:]))
        return zeros if beta == 0 else addend * beta + zeros
    return add_product(addend, a, b, beta, alpha)


def _check_addmm(addend: Any, a: Any, b: Any) -> None:
    if fits(a, b) and addend.shape == b.shape[1:] and addend.dtype == b.dtype:
        return
    for name, matrix in (("mat1", a), ("mat2", b)):
        if matrix.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {matrix.ndim}-D tensor")
    if a.dtype != b.dtype:
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {spoken(a.dtype)} and {spoken(b.dtype)}")
    check_inner(a, b)
    check_expands(addend, (a.shape[0], b.shape[1]))
    if addend.dtype != b.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {spoken(addend.dtype)} and {spoken(b.dtype)}"
        )
    check_not_bool("addmm_impl_cpu_", a)


@formerly("beta", "alpha")
@general(
    input=lambda grad, beta: _times(grad, beta),
    mat1=lambda grad, mat2, alpha: _times(times_adjoint(grad, mat2), alpha),
    mat2=lambda grad, mat1, alpha: _times(adjoint_times(mat1, grad), alpha),
    jvp=lambda d_input, d_mat1, d_mat2, mat1, mat2, beta, alpha: _push(
        d_input, d_mat1, d_mat2, mat1, mat2, beta, alpha
    ),
)
def addmm(input: V, mat1: V, mat2: V, *, beta: Scalar = 1, alpha: Scalar = 1) -> V:
    """``beta * input + alpha * (mat1 @ mat2)``.

    Shapes: `input` broadcasts to ``(n, p)``; ``(n, m), (m, p) -> (n, p)``. All of one dtype, which is kept.
    Raises ``RuntimeError`` where ranks, sizes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.addmm(torch.ones(1), torch.ones(2, 2), torch.eye(2), alpha=3)
    tensor([[4., 4.],
            [4., 4.]])
    """
    _check_addmm(input, mat1, mat2)
    return _add(input, mat1, mat2, beta, alpha)


@general(
    node="AddmmBackward0",
    input=lambda grad, beta: _times(grad, beta),
    mat1=lambda grad, mat2, alpha: _times(times_adjoint(grad, mat2), alpha),
    mat2=lambda grad, mat1, alpha: _times(adjoint(adjoint_times(grad, mat1)), alpha),
    jvp=lambda d_input, d_mat1, d_mat2, mat1, mat2, beta, alpha: _push(
        d_input, d_mat1, d_mat2, mat1, mat2, beta, alpha
    ),
)
def _addmm_turned(input: V, mat1: V, mat2: V, *, beta: Scalar = 1, alpha: Scalar = 1) -> V:
    """`addmm` where `mat2` is the transpose of what lies in memory; see `products._mm_turned`."""
    _check_addmm(input, mat1, mat2)
    return _add(input, mat1, mat2, beta, alpha)


def _addmm_large(input: V, mat1: V, mat2: V, *, beta: Scalar = 1, alpha: Scalar = 1) -> V:
    if mat2.size > LARGE and fits(mat1, mat2) and mat1.shape[0] <= FEW_ROWS and alpha == beta == 1:
        plain = input.__class__ is mat1.__class__ is mat2.__class__ is np.ndarray
        if plain and input.dtype == mat2.dtype in BLAS and input.shape == mat2.shape[1:]:
            return add_product_of_few_rows(input, mat1, mat2)  # type: ignore[no-any-return]
    return operator_of(_addmm_turned).forward(input, mat1, mat2, beta=beta, alpha=alpha)  # type: ignore[no-any-return]


operator_of(_addmm_turned).large = _addmm_large


@formerly("beta", "alpha")
@general(
    input=lambda grad, beta: _times(grad, beta),
    mat=lambda grad, vec, alpha: _times(grad[:, None] * conj(vec), alpha),
    vec=lambda grad, mat, alpha: _times(adjoint_times(mat, grad), alpha),
    jvp=lambda d_input, d_mat, d_vec, mat, vec, beta, alpha: _push(d_input, d_mat, d_vec, mat, vec, beta, alpha),
)
def addmv(input: V, mat: V, vec: V, *, beta: Scalar = 1, alpha: Scalar = 1) -> V:
    """``beta * input + alpha * (mat @ vec)``.

    Shapes: `input` broadcasts to ``(n)``; ``(n, m), (m) -> (n)``. All of one dtype, which is kept.
    Raises ``RuntimeError`` where ranks, sizes or dtypes do not fit.
    """
    check_mv(input, mat, vec)
    return _add(input, mat, vec, beta, alpha)


@formerly("beta", "alpha")
@general(
    promotes=True,
    input=lambda grad, beta: _times(grad, beta),
    vec1=lambda grad, vec2, alpha: _times(product(grad, conj(vec2)), alpha),
    vec2=lambda grad, vec1, alpha: _times(product(swapaxes(grad, 0, 1), conj(vec1)), alpha),
)
def addr(input: V, vec1: V, vec2: V, *, beta: Scalar = 1, alpha: Scalar = 1) -> V:
    """``beta * input + alpha * outer(vec1, vec2)``.

    Shapes: `input` broadcasts to ``(n, m)``; ``(n), (m) -> (n, m)``. Dtypes promote; booleans mean *or* of *and*.
    Raises ``RuntimeError`` where ranks or sizes do not fit.
    """
    for name, vector in (("vec1", vec1), ("vec2", vec2)):
        if vector.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {vector.ndim}-D")
    check_expands(input, (*vec1.shape, *vec2.shape))
    outer = vec1[:, None] * vec2
    for name, factor in (("beta", beta), ("alpha", alpha)):
        if isinstance(factor, bool) and outer.dtype.kind != "b":
            raise RuntimeError(f"Boolean {name} only supported for Boolean results.")
        if isinstance(factor, float) and outer.dtype.kind in "biu":
            raise RuntimeError(f"For integral input tensors, argument {name} must not be a floating point number.")
    if outer.dtype.kind == "b":
        outer = outer & bool(alpha)
        return (input & bool(beta)) | outer if beta else outer
    beta, alpha = _factor(beta, outer), _factor(alpha, outer)
    dtype, outer = outer.dtype, outer if alpha == 1 else outer * alpha
    return cast(outer if beta == 0 else (input if beta == 1 else input * beta) + outer, dtype)


@formerly("beta", "alpha")
@general(
    input=lambda grad, beta: _times(grad, beta),
    batch1=lambda grad, batch2, alpha: _times(product(grad, adjoint(batch2)), alpha),
    batch2=lambda grad, batch1, alpha: _times(product(adjoint(batch1), grad), alpha),
    jvp=lambda d_input, d_batch1, d_batch2, batch1, batch2, beta, alpha: _push(
        d_input, d_batch1, d_batch2, batch1, batch2, beta, alpha
    ),
)
def baddbmm(input: V, batch1: V, batch2: V, *, beta: Scalar = 1, alpha: Scalar = 1) -> V:
    """``beta * input + alpha * (batch1 @ batch2)``, pair by pair.

    Shapes: `input` broadcasts to ``(b, n, p)``; ``(b, n, m), (b, m, p) -> (b, n, p)``. All of one dtype.
    Raises ``RuntimeError`` where ranks, sizes or dtypes do not fit.
    """
    for name, stack in (("batch1", batch1), ("batch2", batch2)):
        if stack.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    check_expands(input, (batch1.shape[0], batch1.shape[1], batch2.shape[2]))
    if not input.dtype == batch1.dtype == batch2.dtype:
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {cpp_name(input.dtype)}, batch1: {cpp_name(batch1.dtype)}, "
            f"batch2: {cpp_name(batch2.dtype)}"
        )
    check_stacks(batch1, batch2)
    check_not_bool("baddbmm", batch1)
    return add_product(input, batch1, batch2, _factor(beta, batch1), _factor(alpha, batch1))


def _side_by_side(stack: Any) -> Any:
    """A stack ``(b, n, m)`` as one matrix ``(n, b m)``: a sum of products is one product of these."""
    b, n, m = stack.shape
    return reshape(swapaxes(stack, 0, 1), (n, b * m))


@formerly("beta", "alpha")
@general(
    input=lambda grad, beta: _times(grad, beta),
    batch1=lambda grad, batch2, alpha: _times(product(grad, adjoint(batch2)), alpha),
    batch2=lambda grad, batch1, alpha: _times(product(adjoint(batch1), grad), alpha),
)
def addbmm(input: V, batch1: V, batch2: V, *, beta: Scalar = 1, alpha: Scalar = 1) -> V:
    """``beta * input + alpha * sum_i(batch1[i] @ batch2[i])``.

    Shapes: `input` broadcasts to ``(n, p)``; ``(b, n, m), (b, m, p) -> (n, p)``. All of one dtype.
    Raises ``RuntimeError`` where ranks, sizes or dtypes do not fit.
    """
    for name, stack in (("batch1", batch1), ("batch2", batch2)):
        if stack.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    (b, n, m), (c, k, p) = batch1.shape, batch2.shape
    check_expands(input, (n, p))
    if b != c:
        raise RuntimeError(f"batch1 and batch2 must have same number of batches, got {b} and {c}")
    if m != k:
        raise RuntimeError(f"Incompatible matrix sizes for bmm ({n}x{m} and {k}x{p})")
    if not input.dtype == batch1.dtype == batch2.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {spoken(input.dtype)} and {spoken(batch2.dtype)}"
        )
    check_not_bool("addmm_impl_cpu_", batch1)
    return _add(input, _side_by_side(batch1), reshape(batch2, (c * k, p)), beta, alpha)


_addbmm_ = in_place(addbmm)


def addbmm_(input: V, *operands: Any, **options: Any) -> V:
    """`addbmm` in place. As in PyTorch, and of all functions only here, `input` grows to the shape of the result."""
    stacks = [each._array.shape for each in (*operands, *options.values()) if getattr(each, "ndim", 0) == 3]
    if len(stacks) != 2 or input.ndim > 2 or input._is_view() or input.shape == (stacks[0][1], stacks[1][2]):
        return _addbmm_(input, *operands, **options)
    check_writable(input, operands, ELEMENTWISE)
    source = twin(input, input._array)
    result = addbmm(source, *operands, **options)
    input._array = np.empty_like(result._array)
    store(input, result, source)
    return input
