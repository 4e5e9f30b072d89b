"""Linear algebra at its edges: nothing to reduce, infinities, tolerances, results of another dtype."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

import pullback
from pullback import linalg

EYE = pullback.eye(2)


def fails(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=re.escape(text)):
        call()


@pytest.mark.parametrize(("ord", "dims", "axis"), [(-1, (0, 1), 0), (-inf, (1, 0), 0), (-2, (0, 1), -1)])
def test_the_smallest_of_nothing_has_no_value(ord: float, dims: tuple[int, int], axis: int) -> None:
    matrix = pullback.ones(3, 0)
    fails(lambda: linalg.matrix_norm(matrix, ord, dims), IndexError, f"amin(): Expected reduction dim {axis} to have")
    assert linalg.matrix_norm(matrix, -ord, dims).item() == 0


def test_a_norm_of_nothing_names_the_axis_as_it_was_given() -> None:
    fails(lambda: linalg.vector_norm(pullback.ones(2, 0), inf, -1), RuntimeError, "on the dimension -1because")
    fails(lambda: linalg.vector_norm(EYE, dim=(0, 1.0)), TypeError, "failed to unpack the object at pos 2")
    fails(lambda: linalg.matrix_norm(EYE, dim=(0, 1.0)), TypeError, "linalg_matrix_norm(): argument 'dim' failed")
    fails(lambda: linalg.vector_norm(EYE, dim=(None,)), TypeError, "must be tuple of ints, not tuple")


@pytest.mark.parametrize("value", [complex(inf, 0), complex(nan, -inf), complex(inf, inf)])
def test_complex_infinities_have_infinite_norms(value: complex) -> None:
    tensor = pullback.tensor([1, value])
    assert [tensor.norm().item(), linalg.vector_norm(tensor[None], 2, 1).item()] == [inf, inf]


def test_svd_of_infinities_is_nan_and_of_nan_fails() -> None:
    stack = pullback.tensor([[[1.0, 0], [0, inf]], [[3.0, 0], [0, 4]]])
    values = linalg.svdvals(stack)
    assert values.isnan().tolist() == [[True, True], [False, False]]
    assert values[1].tolist() == [4, 3]
    stack[1, 0, 0] = nan
    fails(lambda: linalg.svd(stack), linalg.LinAlgError, "linalg.svd: (Batch element 1): The algorithm failed")
    fails(lambda: linalg.lstsq(stack[1], EYE), linalg.LinAlgError, "linalg.lstsq: The algorithm failed")


def test_eigenvalues_of_infinities_are_nan_and_vectors_fail() -> None:
    stack = pullback.stack([EYE, EYE * inf])
    assert linalg.eigvals(stack).isnan().tolist() == [[False, False], [True, True]]
    fails(lambda: linalg.eig(stack), RuntimeError, "torch.linalg.eig: input tensor should not contain infs or NaNs.")


def test_tolerances_of_pinv_and_matrix_rank() -> None:
    matrix = pullback.diag(pullback.tensor([1.0, 0.1, 0.01]))
    expected = pullback.diag(pullback.tensor([1.0, 10.0, 0.0]))
    for found in (linalg.pinv(matrix, 0.05), linalg.pinv(matrix, pullback.tensor(0.05), True)):
        pullback.testing.assert_close(found, expected)
    complex_one = pullback.tensor(1j)
    for call, word in (
        (lambda: linalg.pinv(matrix, complex_one), "torch.linalg.pinv: rcond"),
        (lambda: linalg.pinv(matrix, rtol=complex_one), "torch.linalg.pinv: rtol"),
        (lambda: linalg.matrix_rank(matrix, complex_one), "torch.linalg.matrix_rank: atol"),
    ):
        fails(call, RuntimeError, f"{word} tensor of complex type is not supported. Got ComplexFloat")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda out: linalg.eigvals(EYE, out=out),
            "torch.linalg.eigvals: Expected eigenvalues to be safely castable from",
        ),
        (
            lambda out: linalg.pinv(EYE, out=out),
            "linalg.pinv: Expected result to be safely castable from Float dtype, but",
        ),
        (
            lambda out: linalg.cond(EYE, out=out),
            "linalg.cond: Expected result to be safely castable from Float dtype, but",
        ),
        (
            lambda out: pullback.cholesky_inverse(EYE, out=out),
            "cholesky_inverse: Expected result to be safely castable",
        ),
        (
            lambda out: pullback.geqrf(EYE, out=(pullback.empty(0), out)),
            "torch.geqrf: Expected tau to be safely castable",
        ),
        (lambda out: linalg.norm(EYE, 1, out=out), "linalg.matrix_norm expected out tensor dtype Float but got: Int"),
        (lambda out: pullback.mv(EYE, EYE[0], out=out), "Expected out tensor to have dtype float, but got int instead"),
    ],
)
def test_results_that_cannot_be_stored(call: Callable[[Any], Any], text: str) -> None:
    fails(lambda: call(pullback.empty(0, dtype=pullback.int32)), RuntimeError, text)


def test_factors_of_addr_have_the_kind_of_the_result() -> None:
    ones = pullback.ones(2)
    fails(lambda: pullback.addr(EYE, ones, ones, beta=True), RuntimeError, "Boolean beta only supported for Boolean")
    fails(lambda: EYE.addr_(ones, ones, alpha=False), RuntimeError, "Boolean alpha only supported for Boolean results.")
    whole = ones.int()
    fails(
        lambda: pullback.addr(EYE.int(), whole, whole, alpha=1.5),
        RuntimeError,
        "For integral input tensors, argument alpha must not be a floating point number.",
    )
    assert pullback.addr(EYE.bool(), ones.bool(), ones.bool(), beta=True, alpha=False).tolist() == EYE.bool().tolist()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: linalg.tensorsolve(pullback.ones(4, 2, 2, 4), EYE),
            RuntimeError,
            "Expected self to satisfy the requirement",
        ),
        (lambda: linalg.solve(EYE, EYE[0], left=False), RuntimeError, "linalg.solve: Incompatible shapes of A and B"),
        (
            lambda: linalg.solve(EYE, pullback.tensor(1.0)),
            RuntimeError,
            "linalg.solve: The input tensor B must have at",
        ),
        (
            lambda: linalg.vecdot(EYE, EYE.double()),
            RuntimeError,
            "linalg.vecdot: Expected x and y to have the same dtype",
        ),
        (lambda: linalg.eigh(EYE, UPLO=3), TypeError, "linalg_eigh(): argument 'UPLO' must be str, not int"),
        (lambda: linalg.matrix_power(EYE, 2.0), TypeError, "argument 'n' (position 2) must be int, not float"),
        (
            lambda: linalg.multi_dot(EYE),
            TypeError,
            "argument 'tensors' (position 1) must be tuple of Tensors, not Tensor",
        ),
        (
            lambda: pullback.lobpcg(pullback.ones(3, 4), 1),
            AssertionError,
            "A must be square, got shape torch.Size([3, 4])",
        ),
        (lambda: pullback.tensordot(EYE, EYE, 1.5), RuntimeError, "tensordot expects dims to be int or tuple"),
        (lambda: pullback.renorm(EYE, 2j, 0, 1), RuntimeError, "renorm: p must be real-valued"),
        (
            lambda: pullback.einsum("a->a.", EYE[0]),
            RuntimeError,
            "found '.' for output that is not part of any ellipsis (...)",
        ),
        (
            lambda: pullback.norm(EYE[None], "fro", (0, 1, 2)),
            RuntimeError,
            "linalg.matrix_norm: dim must be a 2-tuple.",
        ),
    ],
)
def test_what_is_refused(call: Callable[[], Any], error: type[Exception], text: str) -> None:
    fails(call, error, text)


@pytest.mark.parametrize("pivot", [0, 5])
def test_pivots_are_rows(pivot: int) -> None:
    pivots = pullback.tensor([pivot, 1], dtype=pullback.int32)
    fails(lambda: pullback.lu_unpack(EYE, pivots), RuntimeError, "pivots passed to lu_unpack must be between 1 and LU")
    three = pullback.tensor([1, 2, 3], dtype=pullback.int32)
    fails(
        lambda: linalg.lu_solve(EYE, three, EYE), RuntimeError, "linalg.lu_solve: Number of pivots per batch should be"
    )


def test_products_of_small_integers_are_summed_in_int32() -> None:
    a, b = pullback.full((2, 3), 100, dtype=pullback.int8), pullback.full((3, 2), 127, dtype=pullback.int8)
    found = pullback._int_mm(a, b)
    assert (found.dtype, found.tolist()) == (pullback.int32, [[38100, 38100], [38100, 38100]])
    fails(lambda: pullback._int_mm(a, b.float()), RuntimeError, "Expected mat2 dtype to be of type int8 but got float")
    fails(lambda: pullback._int_mm(a, a), RuntimeError, "self.size(1) needs to match mat2.size(0) but got 3 and 2")


def test_a_product_with_an_activation() -> None:
    a = pullback.tensor([[-1.0, 2.0]])
    assert pullback._addmm_activation(EYE[0], a, EYE).tolist() == [[0, 2]]
    found = pullback._addmm_activation(EYE[0], a, EYE, use_gelu=True, alpha=2, beta=0)
    pullback.testing.assert_close(found, pullback.nn.functional.gelu(2 * a))


def test_the_kronecker_product_of_images_is_one() -> None:
    images = [pullback.rand(1, 2, 3, 4), pullback.rand(2, 1, 2, 2)]
    found = pullback.kron(*(each.to(memory_format=pullback.channels_last) for each in images))
    assert found.is_contiguous(memory_format=pullback.channels_last)
    assert found.equal(pullback.kron(*images))


def test_operands_of_ormqr_agree() -> None:
    stack, tau = EYE[None], pullback.ones(1, 2)
    fails(
        lambda: pullback.ormqr(stack, tau, EYE.expand(3, 2, 2)),
        RuntimeError,
        "batch dimensions of other to be equal to",
    )
    fails(lambda: pullback.ormqr(stack, tau.double(), stack), RuntimeError, "tau has dtype Double")
    fails(
        lambda: pullback.ormqr(EYE, pullback.ones(3), EYE),
        RuntimeError,
        "tau.shape[-1] must be equal to min(other.shape",
    )
