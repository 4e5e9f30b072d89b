"""Rows of the special functions, which the pointwise family takes in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.op_table import Draw, Row, S

SINGLE = ("float32",)
HALF_TOO = ("float16", "float32")

Drawing = Callable[[Draw], np.ndarray]


def wide(d: Draw) -> np.ndarray:
    return d(3, 4)


def positive(d: Draw) -> np.ndarray:
    return d.positive(3, 4)


def probability(d: Draw) -> np.ndarray:
    return d.between(0.05, 0.95, 3, 4)


def smooth(name: str, draw: Drawing = wide, dtypes: tuple[str, ...] = SINGLE, tolerance: float = 1e-9) -> Row:
    """A differentiable function of one tensor."""
    return Row(name, lambda d: [S(draw(d)), S(np.array(draw(d)[0, 0]))], out=True, dtypes=dtypes, tolerance=tolerance)


def plain(name: str, draw: Drawing = positive, tolerance: float = 1e-9) -> Row:
    """A function without derivative."""
    return Row(name, lambda d: [S(draw(d))], differentiable=False, tolerance=tolerance)


def polynomial(name: str) -> Row:
    """A polynomial of degree `n`, either operand a number or a tensor."""
    return Row(
        f"special.{name}",
        lambda d: [
            S(d.between(-0.9, 0.9, 4), 3),
            S(d.between(-0.9, 0.9, 4), d.integers(-1, 6, 4)),
            S(0.3, d.integers(0, 9, 4) / 1.0),
        ],
        differentiable=False,
        out=True,
        portable=False,  # the degrees decide how many steps there are
        tolerance=1e-12,
    )


FAMILIES = ("chebyshev_polynomial", "shifted_chebyshev_polynomial")
OTHERS = ("hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p")
CYLINDERS = ("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1")
MODIFIED = tuple(f"{scale}bessel_k{n}" for scale in ("modified_", "scaled_modified_") for n in (0, 1))

ROWS: list[Row] = [
    smooth("erf", dtypes=HALF_TOO),
    smooth("erfc", dtypes=HALF_TOO),
    smooth("erfinv", lambda d: d.between(-0.9, 0.9, 3, 4), HALF_TOO),
    smooth("special.erfcx"),
    smooth("special.ndtr", dtypes=HALF_TOO),
    smooth("special.ndtri", probability),
    smooth("special.log_ndtr"),
    smooth("special.entr", positive, HALF_TOO),
    smooth("lgamma", positive, HALF_TOO),
    smooth("digamma", positive),
    smooth("i0", dtypes=HALF_TOO),
    smooth("special.i0e", dtypes=HALF_TOO),
    smooth("special.i1"),
    smooth("special.i1e"),
    smooth("logit", probability, HALF_TOO),
    Row("logit", lambda d: [S(d.between(0.02, 0.98, 5), 0.1)], label="eps", dtypes=SINGLE),
    Row("polygamma", lambda d: [S(n, d.positive(4)) for n in (0, 1, 2, 3)], tolerance=1e-8),
    Row("mvlgamma", lambda d: [S(d.between(3, 6, 4), p) for p in (1, 2, 4)], dtypes=SINGLE, tolerance=1e-9),
    Row("special.xlog1py", lambda d: [S(d(3), d.positive(3)), S(d(3), 2.5), S(1.5, d.positive(3))], dtypes=SINGLE),
    Row("special.zeta", lambda d: [S(d.between(1.5, 5, 4), 1.5), S(2.5, d.positive(4))], differentiable=False),
    Row("igamma", lambda d: [S(d.positive(4), d.positive(4))], differentiable=False, dtypes=SINGLE),
    Row("igammac", lambda d: [S(d.positive(4), d.positive(4))], differentiable=False, dtypes=SINGLE),
    Row("frexp", lambda d: [S(d.away(0, 3, 4))], dtypes=HALF_TOO, twice=False),
    Row("gcd", lambda d: [S(d.integers(-20, 20, 3, 4), d.integers(-20, 20, 4))], differentiable=False, out=True),
    Row("lcm", lambda d: [S(d.integers(-20, 20, 3, 4), d.integers(-20, 20, 4))], differentiable=False, out=True),
    *(plain(f"special.{name}", tolerance=2e-6) for name in CYLINDERS),  # PyTorch's own are single precision here
    *(plain(f"special.{name}") for name in MODIFIED),
    plain("special.modified_bessel_i0"),
    plain("special.modified_bessel_i1"),
    plain("special.spherical_bessel_j0"),
    plain("special.airy_ai", tolerance=2e-6),
    *(polynomial(f"{family}_{kind}") for family in FAMILIES for kind in "tuvw"),
    *map(polynomial, OTHERS),
]
