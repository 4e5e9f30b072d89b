"""Operands of unlike dtypes, numbers beside integers, special values: what PyTorch 2.13 gives for each."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import pytest

import pullback as torch

U = torch.tensor([1, 0, 4], dtype=torch.uint8)
FOUR = torch.tensor(-4, dtype=torch.int8)
NAN = float("nan")


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("U / -1", [-1.0, 0.0, -4.0]), ("torch.true_divide(-1, U)", [-1.0, -math.inf, -0.25]), ("U / FOUR", [-0.25, 0.0, -1.0]),
        ("torch.copysign(U, FOUR)", [-1.0, 0.0, -4.0]), ("torch.special.chebyshev_polynomial_t(U, -1)", [0.0, 0.0, 0.0]),
        ("torch.special.chebyshev_polynomial_t(-1, U)", [-1.0, 1.0, 1.0]), ("torch.ldexp(U, FOUR)", [0.0625, 0.0, 0.25]),
        ("torch.special.hermite_polynomial_h(-1, U)", [-2.0, 1.0, -20.0]),
    ],
)  # fmt: skip
def test_whole_numbers_become_floats_before_they_wrap(expression: str, values: list[float]) -> None:
    result = eval(expression, globals())
    assert result.dtype is torch.float32
    assert result.tolist() == values


@pytest.mark.parametrize(
    "expression",
    [
        "x - True", "True - x", "torch.sub(True, x)", "x.clone().sub_(True)", "torch.rsub(x, False)",
        "torch._foreach_sub([x], True)", "torch.sub(x, True, alpha=2)", "torch.sub(x, True, out=x.clone())",
    ],
)  # fmt: skip
def test_a_bool_is_subtracted_from_nothing(expression: str) -> None:
    for x in (torch.ones(2), torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.complex64)):
        with pytest.raises(RuntimeError, match="with a bool tensor is not supported"):
            eval(expression, globals(), {"x": x})
    with pytest.raises(RuntimeError, match="with two bool tensors is not supported"):
        eval(expression, globals(), {"x": torch.tensor([True, False])})


@pytest.mark.parametrize("other", ["a", None, [1.0]])
def test_what_is_no_number_is_left_to_python(other: Any) -> None:
    assert torch.ones(2).__rsub__(other) is NotImplemented
    with pytest.raises(TypeError, match="unsupported operand"):
        other - torch.ones(2)


def test_true_as_alpha_is_for_booleans() -> None:
    with pytest.raises(RuntimeError, match="Boolean alpha only supported for Boolean results"):
        torch.sub(torch.ones(2), 1, alpha=True)


def test_real_tensors_keep_their_precision_beside_complex_numbers() -> None:
    wide = torch.tensor(1j, dtype=torch.complex128)
    assert (torch.ones(2, dtype=torch.bfloat16) / wide).dtype is torch.complex64
    assert torch.result_type(torch.ones(2, dtype=torch.bfloat16), 1j) is torch.complex64
    assert torch.result_type(torch.ones(2), wide) is torch.complex64


@pytest.mark.skipif(not hasattr(ml_dtypes, "complex32"), reason="this release of ml_dtypes has no complex32")
def test_half_beside_complex_numbers_is_complex_half() -> None:
    z = torch.tensor([[1.0, -2.0], [0.5, 3.0]]).half() + 2j
    assert z.dtype is torch.complex32
    assert z.mH.to(torch.complex64).tolist() == [[1 - 2j, 0.5 - 2j], [-2 - 2j, 3 - 2j]]
    assert z.diagonal().to(torch.complex64).tolist() == [1 + 2j, 3 + 2j]
    assert torch.isreal(z * 1j).tolist() == [[False, False], [False, False]]
    assert torch.isreal(z.real.to(torch.complex32)).all()
    norm, variance = z.norm(), z.var()
    assert norm.dtype is variance.dtype is torch.float16
    assert norm.item() == pytest.approx(math.sqrt(30.25), rel=1e-3)
    assert variance.item() == pytest.approx(4.229, abs=0.01)
    assert z.index_fill(0, torch.tensor([0]), 1j)[0].to(torch.complex64).tolist() == [1j, 1j]


def test_ldexp_takes_whole_exponents_exactly() -> None:
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    y = torch.ldexp(x, torch.tensor([1000, -2]))
    assert y.tolist() == [math.inf, 0.75]
    torch.ldexp(x, torch.tensor([3, -2])).sum().backward()
    assert x.grad.tolist() == [8.0, 0.25]
    power = torch.ldexp(torch.ones(1), torch.tensor([0.3]).half())  # rounded to the dtype of the exponent
    assert power.item() == 1.2314453125
    with pytest.raises(NotImplementedError, match="\"ldexp_cpu_exp\" not implemented for 'Bool'"):
        torch.ldexp(x, torch.tensor([True, False]))


def test_complex_powers_of_zero() -> None:
    zero, one = torch.zeros(1, dtype=torch.complex128), torch.ones(1, dtype=torch.complex128)
    assert torch.isnan(torch.view_as_real(zero**zero)).all()  # exp(0 * log(0))
    inverse = torch.view_as_real(torch.pow(zero, -one))
    assert inverse[0, 0] == math.inf and torch.isnan(inverse[0, 1])
    assert torch.pow(1, torch.tensor([complex(NAN, NAN), 3j])).tolist() == [1, 1]
    assert torch.allclose(torch.tensor([3j]) ** torch.tensor([2 + 0j]), torch.tensor([-9 + 0j]))


def test_comparisons_in_place_take_any_dtype() -> None:
    x = torch.tensor([1, 2, 3])
    assert x.clone().lt_(torch.tensor([0.5, 2.5, 3.5])).tolist() == [0, 1, 1]
    assert x.bool().eq_(torch.tensor([1.0, 0.0, 1.0])).tolist() == [True, False, True]


def test_complex_values_beside_real_tensors_are_refused() -> None:
    x = torch.tensor([1.0, 2.0])
    for function in (torch.addcmul, torch.addcdiv):
        with pytest.raises(RuntimeError, match="value cannot be converted to type float without overflow"):
            function(x, x, x, value=1j)
    with pytest.raises(RuntimeError, match="In-place abs is not supported for complex tensors"):
        torch.tensor([1j]).abs_()


def test_bool_is_clamped_between_whole_bounds() -> None:
    found = torch.clamp(torch.tensor([False, True]), min=torch.tensor([1, 2]), max=torch.tensor(True))
    assert found.dtype is torch.int64
    assert found.tolist() == [1, 1]


def test_mvlgamma_rounds_as_it_goes() -> None:
    x = torch.tensor([1.0, 4.0, 9.0])
    assert torch.mvlgamma(x.half(), 2).tolist() == [1.14453125, 3.564453125, 20.734375]
    assert torch.mvlgamma(x.bfloat16(), 3).tolist() == [math.inf, 5.40625, 30.5]
    with pytest.raises(RuntimeError, match="The input tensor may not be a boolean tensor"):
        torch.mvlgamma(torch.tensor([True]), 1)


@pytest.mark.parametrize("decimals", [1.5, True, "a"])
def test_decimals_are_whole(decimals: Any) -> None:
    with pytest.raises(TypeError, match="'decimals' must be int"):
        torch.round(torch.ones(1), decimals=decimals)


@pytest.mark.parametrize("name", ["real", "imag", "conj", "conj_physical", "_foreach_exp"])
def test_a_number_is_no_tensor(name: str) -> None:
    with pytest.raises(TypeError, match="must be (Tensor|tuple of Tensors), not float"):
        getattr(torch, name)(1.5)


def test_lists_hold_tensors() -> None:
    with pytest.raises(TypeError, match="expected Tensor as element 0 in argument 0, but got float"):
        torch._foreach_mul([1.0, 2.0], 2)
    assert torch._foreach_pow(2.0, [torch.tensor([1.0, 3.0])])[0].tolist() == [2.0, 8.0]


def test_out_may_share_no_memory_once_it_has_its_size() -> None:
    places = torch.tensor([2, 1, 0])
    with pytest.warns(UserWarning, match="was resized"), pytest.raises(RuntimeError, match="refer to a single"):
        torch.gather(torch.tensor([5, 6, 7]), 0, places[1:], out=places[:1])


def test_out_on_another_device_is_refused() -> None:
    with pytest.raises(RuntimeError, match="from device cpu to device meta"):
        torch.add(torch.ones(2), 1, out=torch.empty(2, device="meta"))
