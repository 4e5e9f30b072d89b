"""Jacobians, Hessians and their products with vectors: values from theory, structures, errors."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback.autograd import functional as F

A = [1.0, 2.0, 3.0]


def point(*values: float, grad: bool = False) -> torch.Tensor:
    return torch.tensor(list(values or A), dtype=torch.float64, requires_grad=grad)


def cube(x: Any) -> Any:
    return (x**3).sum()


def test_jacobian_of_an_elementwise_square_is_diagonal() -> None:
    assert F.jacobian(lambda x: x**2, point()).tolist() == [[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 6.0]]


@pytest.mark.parametrize("options", [{}, {"vectorize": True}, {"vectorize": True, "strategy": "forward-mode"}])
def test_jacobian_by_every_strategy(options: dict[str, Any]) -> None:
    x, y = point(1.0, 2.0), point(3.0)
    found = F.jacobian(lambda x, y: (x * y, x.sum()), (x, y), **options)
    assert [[block.tolist() for block in row] for row in found] == [
        [[[3.0, 0.0], [0.0, 3.0]], [[1.0], [2.0]]],
        [[1.0, 1.0], [0.0]],
    ]


def test_jacobian_has_the_axes_of_output_then_input() -> None:
    found = F.jacobian(lambda x: x.sum(0), torch.ones(2, 3))
    assert found.shape == (3, 2, 3)


def test_independent_parts_are_zeros() -> None:
    found = F.jacobian(lambda x, y: x * 2, (point(1.0), point(5.0)))
    assert found[1].tolist() == [[0.0]]


def test_hessian_blocks_of_two_inputs() -> None:
    found = F.hessian(lambda x, y: (x**2 * y).sum(), (point(1.0), point(3.0)))
    assert [[block.tolist() for block in row] for row in found] == [[[[6.0]], [[2.0]]], [[[2.0]], [[0.0]]]]


@pytest.mark.parametrize("outer", ["reverse-mode", "forward-mode"])
def test_hessian_by_forward_over_reverse(outer: str) -> None:
    found = F.hessian(cube, point(1.0, 2.0), vectorize=True, outer_jacobian_strategy=outer)
    assert found.tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_forward_over_reverse_through_saved_results() -> None:
    """exp and sigmoid keep their results, which must come back with their tangents."""
    x = point(0.3, -0.7)
    reverse = F.hessian(lambda x: (x.exp() * x.sigmoid()).sum(), x)
    forward = F.hessian(
        lambda x: (x.exp() * x.sigmoid()).sum(), x, vectorize=True, outer_jacobian_strategy="forward-mode"
    )
    assert torch.allclose(reverse, forward, rtol=1e-12)


def test_products_with_vectors() -> None:
    x, v = point(), point(1.0, 1.0, 10.0)
    value, pulled = F.vjp(lambda x: x**2, x, v)
    assert value.tolist() == [1.0, 4.0, 9.0] and pulled.tolist() == [2.0, 4.0, 60.0]
    assert F.jvp(lambda x: x**2, x, v)[1].tolist() == [2.0, 4.0, 60.0]
    assert F.vhp(cube, x, v)[1].tolist() == [6.0, 12.0, 180.0]
    assert F.hvp(cube, x, v)[1].tolist() == [6.0, 12.0, 180.0]


def test_create_graph_makes_results_differentiable() -> None:
    x = point(2.0, grad=True)
    _, pulled = F.vjp(lambda x: x**3, x, point(1.0), create_graph=True)
    assert torch.autograd.grad(pulled.sum(), x)[0].tolist() == [12.0]
    assert not F.vjp(lambda x: x**3, x, point(1.0))[1].requires_grad


def test_no_grad_outside_changes_nothing() -> None:
    with torch.no_grad():
        assert F.jacobian(lambda x: x**2, point(3.0)).tolist() == [[6.0]]
        assert F.vjp(lambda x: x**2, point(3.0), point(1.0), create_graph=True)[1].tolist() == [6.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.vjp(lambda x: x.detach(), point(), point(), strict=True), "Output 0 of the user-provided function"),
        (lambda: F.vjp(lambda x, y: x, (point(), point()), point(), strict=True), "The output of the user-provided"),
        (lambda: F.hessian(lambda x: x.sum(), point(), strict=True), "While computing the hessian, found that"),
        (lambda: F.jacobian(lambda x: 2 * x, point(), strict=True, create_graph=True), "The jacobian of the user"),
        (lambda: F.vjp(lambda x: x, point()), "The vector v can only be None if"),
        (lambda: F.vjp(lambda x: x, point(), point(1.0)), "v has invalid size: should be torch.Size"),
        (lambda: F.hessian(lambda x: x, point()), "The Tensor returned by the function given to hessian"),
        (lambda: F.hvp(lambda x: (x.sum(), x), point(), point()), "The function given to hvp should return a single"),
        (lambda: F.jacobian(lambda x: x, point(), vectorize=True, strict=True), "torch.autograd.functional.jacobian"),
    ],
)
def test_runtime_errors(call: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        call()


def test_type_errors_name_argument_and_function() -> None:
    with pytest.raises(TypeError, match="inputs given to vjp must be either a Tensor or a tuple of Tensors"):
        F.vjp(lambda x: x, (point(), 2))
    with pytest.raises(
        TypeError, match="outputs of the user-provided function given to jacobian .* the value at index 1"
    ):
        F.jacobian(lambda x: (x, "x"), point())
    with pytest.raises(AssertionError, match='either "forward-mode" or "reverse-mode"'):
        F.jacobian(lambda x: x, point(), strategy="sideways")
    with pytest.raises(NotImplementedError, match="`vectorize=True`"):
        F.jacobian(lambda x: x, point(), strategy="forward-mode")


def test_helpers_that_packages_use() -> None:
    first, second = F._construct_standard_basis_for((torch.zeros(2), torch.zeros(1)), (2, 1))
    assert first.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]] and second.tolist() == [[0.0], [0.0], [1.0]]
    assert F._as_tuple_nocheck([1, 2]) == (1, 2) and F._as_tuple(3) == (3,)
    assert F._tuple_postprocess(((1,), (2,)), (True, False)) == (1, 2)
    with pytest.raises(RuntimeError, match="Invalid stage argument"):
        F._fill_in_zeros((None,), (point(),), False, False, "sideways")


def test_forward_mode_jacobian_calls_the_function_once() -> None:
    calls = []

    def function(x: Any) -> Any:
        calls.append(x)
        return x.sin() * x.sum(), x.prod()

    x = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    found = F.jacobian(function, x, vectorize=True, strategy="forward-mode")
    assert len(calls) == 1
    torch.testing.assert_close(found, F.jacobian(function, x))


def test_forward_mode_jacobian_of_a_function_that_reads_tangents() -> None:
    def function(x: Any) -> Any:
        tangent = torch.autograd.forward_ad.unpack_dual(x).tangent
        return x * 2 if tangent[0].item() else x * 3

    x = torch.tensor([1.0, 1.0])
    found = F.jacobian(function, x, vectorize=True, strategy="forward-mode")
    assert found.tolist() == [[2.0, 0.0], [0.0, 3.0]]
