"""Which dtypes go in and come out, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback.nn import functional as F

B, I, U = torch.tensor([True, False]), torch.tensor([3, -3]), torch.tensor([1, 255], dtype=torch.uint8)
H, X, C = torch.tensor([1.5, -2.0]).half(), torch.tensor([1.5, -2.0]), torch.tensor([1 + 2j, 0.5j])


@pytest.mark.parametrize(
    ("expression", "dtype"),
    [
        ("torch.exp(I)", "float32"), ("torch.sigmoid(B)", "float32"), ("torch.sqrt(I)", "float32"),
        ("torch.square(B)", "int64"), ("torch.relu(I)", "int64"), ("torch.floor(I)", "int64"),
        ("torch.abs(C)", "float32"), ("torch.angle(I)", "float32"), ("torch.sign(B)", "bool"),
        ("torch.clamp(I, 0.5)", "float32"), ("torch.clamp(B, 0, 1)", "int64"), ("torch.clamp(U, 3)", "uint8"),
        ("torch.where(B, 1, 2.5)", "float32"), ("torch.where(B, X, I)", "float32"), ("torch.where(B, X, 1j)", "complex64"),
        ("torch.maximum(I, U)", "int64"), ("torch.float_power(I, 2)", "float64"), ("torch.float_power(C, 2)", "complex128"),
        ("torch.ldexp(I, I)", "float32"), ("torch.ldexp(H, I)", "float16"), ("torch.xlogy(I, 2.5)", "float32"),
        ("torch.copysign(I, 1)", "float32"), ("torch.atan2(I, I)", "float32"), ("I ** 2.5", "float32"),
        ("X ** 1j", "complex64"), ("1j ** X", "complex64"), ("H * 2.5", "float16"), ("H.bfloat16() + H", "float32"),
        ("torch.isnan(C)", "bool"), ("X == 1", "bool"), ("F.hardtanh(I)", "int64"), ("F.gelu(H)", "float16"),
        ("F.silu(H.bfloat16())", "bfloat16"), ("torch.logical_and(X, C)", "bool"), ("I // 2", "int64"), ("I / 2", "float32"),
        ("torch.deg2rad(H.bfloat16())", "bfloat16"), ("F.rrelu(H.bfloat16())", "bfloat16"),
    ],
)  # fmt: skip
def test_result_dtype(expression: str, dtype: str) -> None:
    assert eval(expression, globals()).dtype is getattr(torch, dtype)


@pytest.mark.parametrize(
    ("expression", "kind", "words"),
    [
        ("F.silu(I)", NotImplementedError, "\"silu_cpu\" not implemented for 'Long'"),
        ("F.gelu(I)", NotImplementedError, "\"GeluKernelImpl\" not implemented for 'Long'"),
        ("F.softplus(C)", NotImplementedError, "\"softplus_cpu\" not implemented for 'ComplexFloat'"),
        ("torch.relu(B)", RuntimeError, "Boolean inputs not supported for relu"),
        ("abs(B)", NotImplementedError, "\"abs_cpu\" not implemented for 'Bool'"),
        ("torch.floor(B)", NotImplementedError, "\"floor_vml_cpu\" not implemented for 'Bool'"),
        ("torch.floor(C)", NotImplementedError, "floor is not supported for complex inputs"),
        ("torch.frac(I)", NotImplementedError, "\"frac_cpu\" not implemented for 'Long'"),
        ("torch.sign(C)", NotImplementedError, "Unlike NumPy, torch.sign"),
        ("C < C", NotImplementedError, "\"lt_cpu\" not implemented for 'ComplexFloat'"),
        ("torch.maximum(C, C)", RuntimeError, "maximum not implemented for complex tensors"),
        ("torch.clamp(C, 0)", NotImplementedError, "clamp is not supported for complex types"),
        ("torch.clamp(X)", RuntimeError, "torch.clamp: At least one of 'min' or 'max' must not be None"),
        ("torch.clamp(U, -256)", RuntimeError, "value cannot be converted to type uint8_t without overflow"),
        ("X & X", NotImplementedError, "\"bitwise_and_cpu\" not implemented for 'Float'"),
        ("X << 1", NotImplementedError, "\"lshift_cpu\" not implemented for 'Float'"),
        ("B // B", NotImplementedError, "\"div_floor_cpu\" not implemented for 'Bool'"),
        ("torch.lerp(X, X.double(), 0.5)", RuntimeError, "expected dtype float for `end` but got dtype double"),
        ("torch.lerp(I, I, 0.5)", NotImplementedError, "\"lerp_kernel_scalar\" not implemented for 'Long'"),
        ("torch.where(X, X, X)", RuntimeError, "where expected condition to be a boolean tensor"),
        ("torch.isclose(X, I)", RuntimeError, "Float did not match Long"),
        ("torch.addcdiv(X, I, I)", RuntimeError, "Integer division with addcdiv is no longer supported"),
        ("torch.maximum(X, 1)", TypeError, r"maximum\(\): argument 'other' \(position 2\) must be Tensor, not int"),
        ("torch.exp(1.0)", TypeError, r"exp\(\): argument 'input' \(position 1\) must be Tensor, not float"),
        ("torch.ones(2) + torch.ones(3)", RuntimeError, r"The size of tensor a \(2\) must match the size of tensor b"),
        ("F.prelu(torch.ones(2, 3), torch.ones(2))", RuntimeError, "Mismatch of parameter numbers"),
        ("F.glu(torch.ones(3))", RuntimeError, "Halving dimension must be even, but dimension 0 is size 3"),
        ("F.softshrink(X, -1)", RuntimeError, "lambda must be in range"),
        ("F.celu(X, 0)", RuntimeError, "ZeroDivisionError: alpha cannot be 0 for CELU"),
        ("X.float_power_(2)", RuntimeError, "the base given to float_power_ has dtype Float"),
        ("I.sqrt_()", RuntimeError, "result type Float can't be cast to the desired output type Long"),
        ("torch.imag(X)", RuntimeError, "imag is not implemented for tensors with non-complex dtypes"),
        ("torch.round(I, decimals=1)", NotImplementedError, "\"round_cpu\" not implemented for 'Long'"),
        ("torch.special.bessel_j0(H)", NotImplementedError, "\"bessel_j0_cpu\" not implemented for 'Half'"),
    ],
)
def test_refused_in_pytorchs_words(expression: str, kind: type[BaseException], words: str) -> None:
    with pytest.raises(kind, match=words):
        eval(expression, globals())


def test_uint8_condition_is_taken_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="where received a uint8 condition tensor"):
        found = torch.where(torch.tensor([0, 1], dtype=torch.uint8), X, I)
    assert found.tolist() == [3.0, -2.0]


def test_half_precision_is_rounded_once() -> None:
    """A formula of several steps in float16 would lose digits at each of them."""
    x = torch.linspace(-8, 8, 1001)
    functions: list[Any] = [
        F.silu,
        F.gelu,
        F.softplus,
        F.mish,
        F.elu,
        torch.sigmoid,
        F.logsigmoid,
        torch.sinc,
        F.hardswish,
    ]
    for function in functions:
        for dtype in (torch.float16, torch.bfloat16):
            found = function(x.to(dtype))
            assert torch.equal(found, function(x.to(dtype).float()).to(dtype)), (function, dtype)


def test_gradient_in_half_precision_is_rounded_once_too() -> None:
    x = torch.linspace(-4, 4, 101).to(torch.bfloat16).requires_grad_()
    F.silu(x).backward(torch.ones_like(x))
    wide = x.detach().float().requires_grad_()
    F.silu(wide).backward(torch.ones_like(wide))
    assert x.grad.dtype is torch.bfloat16
    assert torch.equal(x.grad, wide.grad.to(torch.bfloat16))
