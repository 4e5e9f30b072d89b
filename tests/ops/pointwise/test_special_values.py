"""What operators and their derivatives give at NaN, infinities, signed zeros and the ends of a dtype's range.

The numbers are PyTorch 2.13.0's; where it is installed it is asked too.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.arrays import special, special_series

try:
    import torch
except ImportError:
    torch = None

LIBRARIES = [pullback] if torch is None else [pullback, torch]
TINY = 5.562684646268003e-309  # below the least normal number

# name, arguments, values or slopes in the first tensor
VALUES: list[tuple[str, tuple[Any, ...], list[float]]] = [
    ("lgamma", ([-inf, inf, nan, TINY],), [inf, inf, nan, 709.782712893384]),
    ("special.polygamma", (1, [inf, -inf, nan]), [0.0, nan, nan]),
    ("special.polygamma", (2, [inf, -inf]), [nan, -inf]),
    ("special.zeta", ([2.0, 1.0, 0.5], [inf, inf, inf]), [nan, inf, nan]),
    ("special.gammainc", ([nan, nan, nan, inf], [0.0, inf, 1.0, nan]), [0.0, 1.0, nan, 0.0]),
    ("special.gammaincc", ([nan, nan, nan, inf], [0.0, inf, 1.0, nan]), [1.0, 0.0, nan, 1.0]),
    ("special.airy_ai", ([1e9, 200.0],), [0.0, 0.0]),
    ("special.chebyshev_polynomial_t", ([0.5, 0.5, 0.5], [nan, inf, -inf]), [0.0, 0.0, 0.0]),
    ("special.laguerre_polynomial_l", ([0.5, 0.5], [nan, 1.0]), [0.0, 0.5]),
]
SLOPES: list[tuple[str, tuple[Any, ...], list[float]]] = [
    ("mvlgamma", ([-0.0, nan], 1), [-inf, nan]),
    ("special.i1", ([nan, 0.0],), [0.5, 0.5]),
    ("special.i1e", ([nan, 0.0],), [0.5, 0.5]),
    ("pow", ([-0.0, 0.0, -inf, 4.0], 0.5), [-inf, inf, nan, 0.25]),
    ("atan2", ([TINY, 0.0, 3.0], [0.0, TINY, 4.0]), [0.0, 0.0, 0.16]),
    ("prod", ([0.0, 0.0, nan, 2.0],), [0.0, 0.0, 0.0, 0.0]),
    ("linalg.vector_norm", ([nan, 1.0, -2.0], 1), [0.0, 1.0, -1.0]),
    ("linalg.vector_norm", ([nan, 1.0, -2.0], inf), [0.0, 0.0, 0.0]),
]


def called(library: Any, name: str, arguments: tuple[Any, ...], requires_grad: bool) -> tuple[Any, Any]:
    """The first tensor among the arguments, and the result."""
    tensors = [library.tensor(each, dtype=library.float64) if isinstance(each, list) else each for each in arguments]
    first = next(each for each in tensors if hasattr(each, "requires_grad"))
    first.requires_grad_(requires_grad)
    operator = library
    for part in name.split("."):
        operator = getattr(operator, part)
    return first, operator(*tensors)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("name", "arguments", "values"), VALUES)
def test_values(library: Any, name: str, arguments: tuple[Any, ...], values: list[float]) -> None:
    _, result = called(library, name, arguments, False)
    np.testing.assert_allclose(result.numpy(), values, rtol=1e-12)


@pytest.mark.parametrize(("name", "arguments", "values"), VALUES)
def test_values_without_scipy(
    name: str, arguments: tuple[Any, ...], values: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(special, "_kernel", special_series.function)
    np.testing.assert_allclose(called(pullback, name, arguments, False)[1].numpy(), values, rtol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("name", "arguments", "slopes"), SLOPES)
def test_slopes(library: Any, name: str, arguments: tuple[Any, ...], slopes: list[float]) -> None:
    first, result = called(library, name, arguments, True)
    (found,) = library.autograd.grad(result.sum(), first)
    np.testing.assert_allclose(found.numpy(), slopes, rtol=1e-12)


def test_elu_and_its_kin_pass_nan_on() -> None:
    for name in ("elu", "celu", "selu"):
        x = pullback.tensor([nan, 1.0], requires_grad=True)
        (slope,) = pullback.autograd.grad(getattr(pullback.nn.functional, name)(x).sum(), x)
        assert bool(slope[0].isnan()), name
        assert float(slope[1]) == pytest.approx(1.0507009873554805 if name == "selu" else 1.0)


def test_cdist_of_nan_has_nan_slopes() -> None:
    x = pullback.tensor([[1.0, nan]], dtype=pullback.float64, requires_grad=True)
    (slope,) = pullback.autograd.grad(pullback.cdist(x, pullback.tensor([[0.0, 0.0]], dtype=x.dtype), 1.0).sum(), x)
    np.testing.assert_equal(slope.numpy(), [[1.0, nan]])


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.__name__)
def test_half_precision(library: Any) -> None:
    x = library.tensor([-inf, 1000.0, 4.0], dtype=library.float16)
    assert (x**0.5).tolist()[0] == inf and (x[1:] ** -2).tolist() == [1.0132789611816406e-06, 0.0625]
    zeros, ones = library.zeros(2, dtype=library.float16), library.tensor([1.0, -1.0], dtype=library.float16)
    assert library.floor_divide(ones, zeros).tolist() == [inf, -inf]
    with pytest.raises(NotImplementedError, match="\"polar_cpu\" not implemented for 'Half'"):
        library.polar(ones, zeros)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.__name__)
def test_integers(library: Any) -> None:
    functional, u8 = library.nn.functional, library.tensor([0, 3, 200], dtype=library.uint8)
    i32 = library.tensor([0, 1, 2], dtype=library.int32)
    assert library.clamp(u8, -1, 2).tolist() == [2, 2, 2]  # -1 is 255 there
    assert library.clamp(u8, min=-1).tolist() == [255, 255, 255]
    with pytest.raises(RuntimeError, match="value cannot be converted to type uint8_t without overflow"):
        library.clamp(u8, max=300)
    assert functional.threshold(i32, 0.5, 0.2).tolist() == [0, 1, 2]
    assert functional.threshold(i32, 1.7, -1.5).tolist() == [-1, -1, 2]
    assert functional.threshold(i32, 1.7, -1.5).dtype == library.int32
    assert functional.hardtanh(u8, 0, 5).tolist() == [0, 3, 5]
    for refused, call in [
        ("cannot do hardtanh on an unsigned type with negative limits", lambda: functional.hardtanh(u8)),
        ("torch.gradient does not support uint8 input", lambda: library.gradient(u8)),
        ("\"round_vml_cpu\" not implemented for 'Int'", lambda: library.special.round(i32)),
        ("\"round_cpu\" not implemented for 'Int'", lambda: library.round(i32, decimals=1)),
        ("\"searchsorted_out_cpu\" not implemented for 'Bool'", lambda: library.bucketize(i32 > 0, i32 > 1)),
    ]:
        with pytest.raises(RuntimeError, match=refused):
            call()
    assert library.round(i32).tolist() == [0, 1, 2]
    x = library.ones(1, requires_grad=True)
    assert [f(x).grad_fn.name() for f in (library.round, library.special.round)] == ["RoundBackward0", "RoundBackward1"]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("ord", "curvature"), [(0.5, nan), (-1.0, nan), (1.5, nan), (2.0, nan), (3.5, 0.0)])
def test_second_derivative_of_a_norm_at_zero(library: Any, ord: float, curvature: float) -> None:
    x = library.zeros(2, dtype=library.float64, requires_grad=True)
    (slope,) = library.autograd.grad(library.linalg.vector_norm(x, ord), x, create_graph=True)
    assert slope.tolist() == [0.0, 0.0]
    np.testing.assert_equal(library.autograd.grad(slope.sum(), x)[0].numpy(), [curvature] * 2)
