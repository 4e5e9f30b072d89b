"""Python's operators on tensors: what they compute, refuse, and leave to the other operand."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import pullback as torch


class Stranger:
    """Answers every reflected operator with its name."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift"):
        exec(f"def __r{_name}__(self, other): return 'r{_name}'")
    __gt__ = lambda self, other: "gt"
    __eq__ = lambda self, other: "eq"  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


BINARY = {
    "radd": operator.add, "rsub": operator.sub, "rmul": operator.mul, "rtruediv": operator.truediv,
    "rfloordiv": operator.floordiv, "rmod": operator.mod, "rpow": operator.pow, "rand": operator.and_,
    "ror": operator.or_, "rxor": operator.xor, "rlshift": operator.lshift, "rrshift": operator.rshift,
}  # fmt: skip


@pytest.mark.parametrize("name", BINARY)
def test_unknown_operand_gets_its_turn(name: str) -> None:
    assert BINARY[name](torch.tensor([1, 2]), Stranger()) == name


@pytest.mark.parametrize("function", [operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow])
def test_in_place_operator_leaves_unknown_operand_too(function: Any) -> None:
    x = torch.tensor([1.0, 2.0])
    assert function(x, Stranger()).startswith("r")
    assert x.tolist() == [1.0, 2.0]


def test_comparison_with_unknown_operand() -> None:
    x = torch.tensor([1.0])
    assert (x == Stranger()) == "eq"
    assert (x < Stranger()) == "gt"
    assert (x == None) is False  # noqa: E711
    assert (x != "a") is True


@pytest.mark.parametrize(
    ("expression", "symbol"),
    [("x + 'a'", "+"), ("x - None", "-"), ("x ** 'a'", "**"), ("x & 'a'", "&"), ("'a' / x", "/")],
)
def test_wrong_operand_is_pythons_type_error(expression: str, symbol: str) -> None:
    with pytest.raises(TypeError, match="unsupported operand type"):
        eval(expression, {"x": torch.tensor([1.0])})


def test_operators_compute() -> None:
    x = torch.tensor([1.0, 2.0, -4.0])
    assert (x + 1).tolist() == (1 + x).tolist() == [2.0, 3.0, -3.0]
    assert (x - 1).tolist() == [0.0, 1.0, -5.0]
    assert (1 - x).tolist() == [0.0, -1.0, 5.0]
    assert (x * 2).tolist() == (2 * x).tolist() == [2.0, 4.0, -8.0]
    assert (x / 2).tolist() == [0.5, 1.0, -2.0]
    assert (2 / x).tolist() == [2.0, 1.0, -0.5]
    assert (x // 3).tolist() == [0.0, 0.0, -2.0]
    assert (7 // x).tolist() == [7.0, 3.0, -2.0]
    assert (x % 3).tolist() == [1.0, 2.0, 2.0]
    assert (7 % x).tolist() == [0.0, 1.0, -1.0]
    assert (x**2).tolist() == [1.0, 4.0, 16.0]
    assert (2**x).tolist() == [2.0, 4.0, 0.0625]
    assert (-x).tolist() == [-1.0, -2.0, 4.0]
    assert abs(x).tolist() == [1.0, 2.0, 4.0]
    assert +x is x


def test_bit_operators_compute() -> None:
    x = torch.tensor([5, 6, -1])
    assert (x & 3).tolist() == (3 & x).tolist() == [1, 2, 3]
    assert (x | 1).tolist() == (1 | x).tolist() == [5, 7, -1]
    assert (x ^ 1).tolist() == (1 ^ x).tolist() == [4, 7, -2]
    assert (~x).tolist() == [-6, -7, 0]
    assert (x << 1).tolist() == [10, 12, -2]
    assert (x >> 1).tolist() == [2, 3, -1]
    assert (1 << torch.tensor([0, 3])).tolist() == [1, 8]
    assert (~torch.tensor([True, False])).tolist() == [False, True]


def test_shifts_past_the_last_bit() -> None:
    x = torch.tensor([100, -100], dtype=torch.int8)
    assert (x << 9).tolist() == [0, 0]
    assert (x >> 9).tolist() == [0, -1]
    assert (torch.tensor([200], dtype=torch.uint8) >> 8).tolist() == [0]
    assert (x << -1).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("expression", "node"),
    [
        ("x + x", "AddBackward0"), ("1 + x", "AddBackward0"), ("x - 1", "SubBackward0"), ("1 - x", "RsubBackward1"),
        ("torch.rsub(x, x)", "RsubBackward0"), ("2 * x", "MulBackward0"), ("x / x", "DivBackward0"),
        ("x / 2", "DivBackward0"), ("2 / x", "MulBackward0"), ("x ** 2", "PowBackward0"), ("x ** x", "PowBackward1"),
        ("2 ** x", "PowBackward2"), ("x % 2", "RemainderBackward0"), ("x % x", "RemainderBackward1"),
        ("-x", "NegBackward0"), ("abs(x)", "AbsBackward0"), ("x // 2", "torch::autograd::NotImplemented"),
        ("torch.square(x)", "PowBackward0"), ("torch.div(x, x, rounding_mode='floor')", "DivBackward2"),
        ("torch.fmod(x, 2)", "FmodBackward0"), ("torch.add(2, x)", "AddBackward0"), ("torch.sub(2, x)", "SubBackward0"),
    ],
)  # fmt: skip
def test_node_has_pytorchs_name(expression: str, node: str) -> None:
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    assert eval(expression, {"x": x, "torch": torch}).grad_fn.name() == node


def test_reciprocal_stands_under_a_number_over_a_tensor() -> None:
    x = torch.tensor([0.5, 2.0], requires_grad=True)
    y = 2 / x
    assert y.grad_fn.next_functions[0][0].name() == "ReciprocalBackward0"
    y.sum().backward()
    assert x.grad.tolist() == [-8.0, -0.5]


def test_floor_division_has_no_derivative() -> None:
    x = torch.tensor([0.5], requires_grad=True)
    y = x // 2
    assert y.requires_grad
    with pytest.raises(RuntimeError, match="derivative for aten::floor_divide is not implemented"):
        y.backward()


def test_integers_divided_by_zero() -> None:
    x = torch.tensor([1, 2])
    for divide in (
        lambda: x // 0,
        lambda: x % 0,
        lambda: torch.fmod(x, 0),
        lambda: torch.div(x, 0, rounding_mode="trunc"),
    ):
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            divide()
    assert (torch.tensor([1.0]) // 0).tolist() == [float("inf")]


def test_booleans() -> None:
    b = torch.tensor([True, False])
    assert (b + b).tolist() == [True, False]
    assert (b + 1).tolist() == [2, 1]
    assert (b * 2).dtype is torch.int64
    for refused in (
        lambda: b - b,
        lambda: b - 1,
        lambda: 1 - b,
        lambda: b - torch.tensor([1.0, 2.0]),
        lambda: -b,
        lambda: +b,
    ):
        with pytest.raises(RuntimeError, match="not supported"):
            refused()
    with pytest.raises(TypeError, match="operator.invert"):
        ~torch.tensor([1.0])


def test_unsigned_bytes_wrap_around() -> None:
    u = torch.tensor([1, 255], dtype=torch.uint8)
    assert (u + 1).tolist() == [2, 0]
    assert (-u).tolist() == [255, 1]
    assert (u - 2).tolist() == [255, 253]
    assert (u / 2).dtype is torch.float32


def test_alpha_must_suit_the_dtype() -> None:
    i, f = torch.tensor([1, 2]), torch.tensor([1.0, 2.0])
    assert torch.add(i, i, alpha=3).tolist() == [4, 8]
    assert torch.sub(f, f, alpha=0.5).tolist() == [0.5, 1.0]
    for wrong in (
        lambda: torch.add(i, i, alpha=1.5),
        lambda: torch.add(f, f, alpha=1j),
        lambda: torch.add(i, 1, alpha=True),
    ):
        with pytest.raises(RuntimeError, match="alpha"):
            wrong()


def test_number_first() -> None:
    i = torch.tensor([1, 2])
    assert torch.add(2.5, i).tolist() == [3.5, 4.5]
    assert torch.sub(2, i).tolist() == [1, 0]
    assert torch.div(2, i).tolist() == [2.0, 1.0]
    assert torch.mul(2, 3).item() == 6
    assert torch.add(2, torch.tensor(1.5, dtype=torch.float16)).dtype is torch.float16
    with pytest.raises(TypeError, match="bitwise_and"):
        torch.bitwise_and(1, 2)
    with pytest.raises(TypeError, match="must be Tensor"):
        torch.add("a", i)


def test_numpy_numbers_count_as_numbers() -> None:
    x = torch.tensor([1.0, 2.0])
    assert (x * np.float64(2)).dtype is torch.float32
    assert (np.float32(2) * x).tolist() == [2.0, 4.0]
    assert (x ** np.int64(2)).tolist() == [1.0, 4.0]
    assert (1 - x * np.float32(0.5)).tolist() == [0.5, 0.0]


def test_powers_of_integers() -> None:
    i = torch.tensor([3, -3, 1, 0])
    assert (i**2).tolist() == [9, 9, 1, 0]
    assert (i ** torch.tensor([-1, 2, -5, 0])).tolist() == [0, 9, 1, 1]
    assert (2 ** torch.tensor([-1, 3])).tolist() == [0, 8]
    with pytest.raises(RuntimeError, match="Integers to negative integer powers are not allowed"):
        i**-1
    with pytest.raises(RuntimeError, match="without overflow"):
        torch.tensor([2], dtype=torch.uint8) ** 300
    assert (i**0.5).dtype is torch.float32


def test_power_at_zero_has_pytorchs_derivative() -> None:
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    (x**0).sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]
    e = torch.tensor([0.0, 1.0], requires_grad=True)
    (torch.zeros(2) ** e).sum().backward()
    assert e.grad.tolist() == [0.0, 0.0]


def test_in_place_operators_write_and_keep_the_object() -> None:
    x = torch.tensor([1.0, 2.0])
    same = x
    x += 1
    x *= 2
    x -= 1
    x /= 2
    x **= 2
    assert x is same and x.tolist() == [2.25, 6.25]
    i = torch.tensor([5, 6])
    i //= 2
    i <<= 2
    i |= 1
    i &= 13
    i ^= 1
    i %= 5
    assert i.tolist() == [3, 2]
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        i /= 2
    with pytest.raises(RuntimeError, match="result type Double can't be cast|result type Float can't be cast"):
        i += 0.5
    assert i.tolist() == [3, 2]
