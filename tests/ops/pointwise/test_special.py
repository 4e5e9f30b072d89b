"""Special functions against known values; with SciPy and without."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pullback as torch
from pullback.arrays import special as words, special_series

CATALAN, ZETA3 = 0.915965594177219, 1.2020569031595942
EULER = 0.5772156649015329


def f64(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.fixture(params=["scipy", "series"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test below runs on SciPy's functions and on our own."""
    if request.param == "scipy":
        pytest.importorskip("scipy")
    else:
        monkeypatch.setattr(words, "_kernel", special_series.function)


@pytest.mark.usefixtures("source")
class TestValues:
    def test_error_functions(self) -> None:
        x = f64(-2.0, 0.0, 0.5, 3.0)
        assert torch.erf(x).tolist() == pytest.approx([math.erf(v) for v in x.tolist()], rel=1e-14)
        assert torch.erfc(f64(5.0)).item() == pytest.approx(1.5374597944280347e-12, rel=1e-12)
        assert torch.erfinv(torch.erf(f64(-1.5, 0.3))).tolist() == pytest.approx([-1.5, 0.3], rel=1e-13)
        assert torch.erfinv(f64(1.0, -1.0)).tolist() == [math.inf, -math.inf]
        assert torch.special.erfcx(f64(30.0)).item() == pytest.approx(0.018795888861416751, rel=1e-13)

    def test_normal_distribution(self) -> None:
        assert torch.special.ndtr(f64(-10.0)).item() == pytest.approx(7.61985302416052e-24, rel=1e-11)
        assert torch.special.ndtri(f64(0.975)).item() == pytest.approx(1.959963984540054, rel=1e-13)
        assert torch.special.log_ndtr(f64(-40.0)).item() == pytest.approx(-804.608442013754, rel=1e-12)
        assert torch.special.entr(f64(0.0, math.exp(-1), -1.0)).tolist() == [
            0.0,
            pytest.approx(math.exp(-1)),
            -math.inf,
        ]

    def test_gamma_functions(self) -> None:
        assert torch.lgamma(f64(5.0, 0.5, -1.0)).tolist() == pytest.approx(
            [math.log(24), math.log(math.pi) / 2, math.inf], rel=1e-14
        )
        assert torch.digamma(f64(1.0, 0.5)).tolist() == pytest.approx([-EULER, -EULER - 2 * math.log(2)], rel=1e-13)
        assert torch.digamma(f64(-0.5)).item() == pytest.approx(0.03648997397857652, rel=1e-10)
        assert torch.polygamma(1, f64(1.0, 0.25)).tolist() == pytest.approx(
            [math.pi**2 / 6, math.pi**2 + 8 * CATALAN], rel=1e-13
        )
        assert torch.polygamma(2, f64(1.0)).item() == pytest.approx(-2 * ZETA3, rel=1e-13)
        assert torch.special.zeta(f64(3.0), 1).item() == pytest.approx(ZETA3, rel=1e-13)
        expected = math.lgamma(3.0) + math.lgamma(2.5) + math.log(math.pi) / 2
        assert torch.mvlgamma(f64(3.0), 2).item() == pytest.approx(expected, rel=1e-14)

    def test_derivatives_follow_the_chain_of_functions(self) -> None:
        x = torch.tensor([0.7, 2.5], dtype=torch.float64, requires_grad=True)
        (first,) = torch.autograd.grad(torch.lgamma(x).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
        (third,) = torch.autograd.grad(second.sum(), x)
        assert torch.allclose(first, torch.digamma(x))
        assert torch.allclose(second, torch.polygamma(1, x))
        assert torch.allclose(third, torch.polygamma(2, x))

    def test_single_precision_stays_single(self) -> None:
        assert torch.erf(torch.tensor([0.5])).dtype is torch.float32
        assert torch.lgamma(torch.tensor([0.5], dtype=torch.float16)).dtype is torch.float16


def test_without_scipy_our_own_functions_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    ordinary = builtins.__import__

    def without_scipy(name: str, *args: object, **kwargs: object) -> object:
        if name.partition(".")[0] == "scipy":
            raise ImportError(name)
        return ordinary(name, *args, **kwargs)  # type: ignore[arg-type]

    words._kernel.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without_scipy)
    try:
        assert words._kernel("j0").__module__.startswith("pullback.")
        assert torch.erf(torch.tensor([0.5])).item() == pytest.approx(math.erf(0.5))
    finally:
        words._kernel.cache_clear()


@pytest.mark.parametrize("name", [name for name in special_series.NAMES if name != "zeta"])
def test_our_own_functions_equal_scipys_at_the_ends(name: str) -> None:
    """At zeros, infinities, NaN, poles, of huge and tiny numbers, and outside of the domain."""
    scipy = pytest.importorskip("scipy.special")
    ends = np.array([0.0, -0.0, 1e-300, 0.5, 1.0, 2.0, 30.0, 745.0, math.inf, -math.inf, math.nan, -1.0, -2.5, -30.0])
    operands = np.meshgrid(ends, ends) if name.startswith("gammainc") else [ends]
    found, expected = special_series.function(name)(*operands), getattr(scipy, name)(*operands)
    if name == "airy":
        found, expected = np.where(np.isinf(ends), math.nan, found[0]), expected[0]  # the operator says NaN too
    if name.startswith("gammainc"):
        expected[np.isnan(operands[0]) | np.isnan(operands[1])] = math.nan  # older versions of SciPy lose some
    if name == "gammaln":
        expected[ends == -math.inf] = math.inf  # as PyTorch; SciPy has -inf
    np.testing.assert_allclose(found, expected, rtol=2e-13, atol=1e-299)
    empty = special_series.function(name)(*[np.empty((0, 2))] * len(operands))
    assert np.shape(empty[0] if name == "airy" else empty) == (0, 2)


def test_our_own_zeta_at_the_ends() -> None:
    orders, points = (
        [1.0, 0.5, 2.5, 2.0, 2.0, math.inf, math.inf, math.nan],
        [3.0, 3.0, -0.5, -1.0, math.inf, 1.0, 2.0, 1.0],
    )
    expected = [math.inf, math.nan, math.nan, math.inf, 0.0, 1.0, 0.0, math.nan]
    np.testing.assert_array_equal(special_series.function("zeta")(orders, points), expected)


def test_large_single_precision_erf_agrees_with_the_exact_one() -> None:
    x = np.linspace(-6, 6, 20001).astype(np.float32)
    found = torch.erf(torch.from_numpy(x)).numpy()
    exact = np.array([math.erf(v) for v in x.astype(float)])
    np.testing.assert_allclose(found, exact, rtol=3e-7, atol=1e-12)
    edges = torch.erf(torch.tensor([math.inf, -math.inf, math.nan] * 2000))
    assert edges[:2].tolist() == [1.0, -1.0] and edges[2].isnan().item()


@pytest.mark.usefixtures("source")
def test_bessel_functions() -> None:
    assert torch.i0(f64(1.0)).item() == pytest.approx(1.2660658777520084)
    assert torch.special.bessel_j0(f64(2.404825557695773)).item() == pytest.approx(0.0, abs=1e-15)
    assert torch.special.airy_ai(f64(0.0)).item() == pytest.approx(0.3550280538878172)
    assert torch.special.spherical_bessel_j0(f64(0.0, math.pi, math.inf)).tolist() == pytest.approx(
        [1, 0, 0], abs=1e-15
    )
    assert not torch.special.bessel_j0(torch.tensor([1.0], requires_grad=True)).requires_grad
    x = torch.tensor([0.0, 1.5], dtype=torch.float64, requires_grad=True)
    torch.special.i1(x).sum().backward()
    assert x.grad.tolist() == pytest.approx([0.5, 1.646723189773 - 0.981666428577 / 1.5], rel=1e-9)


@pytest.mark.usefixtures("source")
def test_incomplete_gamma_has_a_derivative_in_its_second_operand_only() -> None:
    a, x = f64(1.0), torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    torch.igamma(a, x).sum().backward()
    assert x.grad.item() == pytest.approx(math.exp(-2))
    with pytest.raises(NotImplementedError, match="the derivative for 'igamma: input' is not implemented"):
        torch.igamma(a.requires_grad_(), x.detach()).sum().backward()


@pytest.mark.parametrize(
    ("name", "n", "expected"),
    [
        ("chebyshev_polynomial_t", 3, 4 * 0.3**3 - 0.9), ("chebyshev_polynomial_u", 2, 4 * 0.09 - 1),
        ("chebyshev_polynomial_v", 1, -0.4), ("chebyshev_polynomial_w", 1, 1.6),
        ("shifted_chebyshev_polynomial_t", 2, 2 * 0.16 - 1), ("hermite_polynomial_h", 3, 8 * 0.027 - 3.6),
        ("hermite_polynomial_he", 3, 0.027 - 0.9), ("laguerre_polynomial_l", 2, 1 - 0.6 + 0.045),
        ("legendre_polynomial_p", 2, (3 * 0.09 - 1) / 2), ("legendre_polynomial_p", -1, 0.0), ("legendre_polynomial_p", 0, 1.0),
    ],
)  # fmt: skip
def test_polynomials(name: str, n: int, expected: float) -> None:
    function = getattr(torch.special, name)
    assert function(f64(0.3), n).item() == pytest.approx(expected)
    assert function(0.3, f64(n)).item() == pytest.approx(expected)
    with pytest.raises(TypeError, match=f"special_{name}"):
        function(0.3, n)


def test_frexp_and_divisors() -> None:
    found = torch.frexp(torch.tensor([12.0, -0.75, 0.0]))
    assert found.mantissa.tolist() == [0.75, -0.75, 0.0] and found.exponent.tolist() == [4, 0, 0]
    assert torch.gcd(torch.tensor([12, -9, 0]), torch.tensor([18, 6, 0])).tolist() == [6, 3, 0]
    assert torch.lcm(torch.tensor([4, 0]), torch.tensor([6, 5])).tolist() == [12, 0]
    with pytest.raises(NotImplementedError, match="gcd_cpu"):
        torch.gcd(torch.tensor([1.0]), torch.tensor([1.0]))
