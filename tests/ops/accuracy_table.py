"""What each elementwise operator computes, in mpmath's words, and the points at which it is compared.

A case is ``Case(name, exact, points)``: the operator's dotted name (then a label), its value as a function of mpmath
numbers, and the operands: an array for one operand, tuples for several.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpmath import mp, mpf

TINY = (1e-300, 1e-30, 1e-17, 3e-16, 1e-10, 1e-6, 1e-3, 0.03)
"""Distances from what is hard: zeros, kinks, poles."""
NEAR_1 = (2.0**-52, 2.0**-40, 1e-10, 1e-6, 1e-3, 0.03)


def zero(*operands: Any) -> Any:
    return 0


@dataclass(frozen=True, eq=False)
class Case:
    """One operator (`name`, after a space a label), its exact value, and where to compare."""

    name: str
    exact: Callable[..., Any]
    points: Any
    rest: tuple[Any, ...] = ()
    """Arguments after the operands."""
    options: dict[str, Any] = field(default_factory=dict)
    slopes: tuple[int, ...] | None = None
    """The operands whose gradient is compared: all of them by default."""
    scale: Callable[..., Any] = zero
    """Where the value passes through 0 between large ones: the size to which an error is relative."""
    slope_scale: Callable[..., Any] = zero
    before: tuple[Any, ...] = ()
    """Arguments before the operands."""


def random(low: float, high: float, count: int = 16) -> np.ndarray:
    return low + (high - low) * np.random.default_rng(zlib.crc32(f"{low} {high}".encode())).random(count)


def spread(low: float, high: float, count: int = 16) -> np.ndarray:
    """Positive numbers of all sizes."""
    return 10 ** random(np.log10(low), np.log10(high), count)


def around(*centres: float, distances: tuple[float, ...] = NEAR_1) -> np.ndarray:
    """Both sides of each centre."""
    steps = np.array([sign * step for step in distances for sign in (-1, 1)])
    return np.concatenate([centre + steps * (abs(centre) or 1) for centre in centres])


def points(*groups: Any) -> np.ndarray:
    return np.concatenate([np.atleast_1d(group) for group in groups]).astype(np.float64)


def both(*groups: Any) -> np.ndarray:
    """The points and their negatives."""
    found = points(*groups)
    return np.concatenate([found, -found])


def pairs(*groups: tuple[Any, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of operands, one group after the other."""
    broadcast = [np.broadcast_arrays(*group) for group in groups]
    return tuple(np.concatenate([np.ravel(group[i]) for group in broadcast]).astype(np.float64) for i in (0, 1))


ZERO = around(0, distances=TINY)
WIDE = points(random(-5, 5), ZERO)

POWERS = [
    Case("exp", mp.exp, points(WIDE, -700, 700, -30, 30)),
    Case("exp2", lambda x: mpf(2) ** x, points(WIDE, -1000, 1000)),
    Case("expm1", mp.expm1, points(WIDE, -40, -20, 30, 700)),
    Case("log", mp.log, points(spread(1e-300, 1e300), random(0.1, 5), around(1))),
    Case("log2", lambda x: mp.log(x, 2), points(spread(1e-300, 1e300), random(0.1, 5), around(1))),
    Case("log10", mp.log10, points(spread(1e-300, 1e300), random(0.1, 5), around(1))),
    Case("log1p", mp.log1p, points(random(-0.99, 5), ZERO, -1 + np.array(NEAR_1), spread(1, 1e300))),
    Case("sqrt", mp.sqrt, spread(1e-300, 1e300, 40)),
    Case("rsqrt", lambda x: 1 / mp.sqrt(x), spread(1e-200, 1e200, 40)),
    Case("square", lambda x: x * x, both(spread(1e-140, 1e140, 20))),
    Case("reciprocal", lambda x: 1 / x, both(spread(1e-140, 1e140, 20))),
    *(
        Case(f"pow {n}", lambda x, n=n: x ** mpf(n), spread(1e-60, 1e60, 30), (n,))
        for n in (0.5, -0.5, 1.5, 2.5, -2.5, 2, 3, 4, 5, -1, -2, -3)
    ),
    *(
        Case(f"pow {base}**", lambda x, base=base: mpf(base) ** x, points(WIDE, 100, -100), before=(base,))
        for base in (2.5, 0.3, 10)
    ),
    Case("pow", lambda x, y: x**y, pairs((spread(1e-10, 1e10, 40), random(-20, 20, 40)), (1 + ZERO[:-4], 7.5))),
    Case("float_power", lambda x, y: x**y, pairs((spread(1e-10, 1e10, 40), random(-20, 20, 40)))),
    Case("ldexp", lambda x, y: x * mpf(2) ** y, pairs((random(-5, 5), random(-20, 20)), (random(-5, 5), 40))),
]

ANGLES = [
    Case("sin", mp.sin, points(WIDE, random(-100, 100), 1e6, around(np.pi)), scale=lambda x: 0 if abs(x) < 1 else 1),
    Case("cos", mp.cos, points(WIDE, random(-100, 100), 1e6), slope_scale=lambda x: 0 if abs(x) < 1 else 1, scale=lambda x: 1),
    Case("tan", mp.tan, points(WIDE, random(-100, 100), around(np.pi / 2))),
    Case("asin", mp.asin, points(random(-1, 1), ZERO, both(1 - np.array(NEAR_1)))),
    Case("acos", mp.acos, points(random(-1, 1), ZERO, both(1 - np.array(NEAR_1)))),
    Case("atan", mp.atan, points(WIDE, both(spread(1, 1e300)))),
    Case("sinh", mp.sinh, points(WIDE, both(20, 300, 700))),
    Case("cosh", mp.cosh, points(WIDE, both(20, 300, 700))),
    Case("tanh", mp.tanh, points(WIDE, both(5, 10, 15, 18))),
    Case("asinh", mp.asinh, points(WIDE, both(spread(1, 1e150)))),  # beyond 1e154 the square in the slope overflows
    Case("acosh", mp.acosh, points(1 + np.array(NEAR_1), random(1, 5), spread(1, 1e150))),
    Case("atanh", mp.atanh, points(random(-1, 1), ZERO, both(1 - np.array(NEAR_1)))),
    Case("sinc", lambda x: mp.sincpi(x), points(random(-4, 4), ZERO, random(-20, 20)),
         scale=lambda x: 1 / (1 + abs(x)), slope_scale=lambda x: 0 if abs(x) < 1 else 1 / abs(x)),
    Case("deg2rad", mp.radians, both(spread(1e-300, 1e300))),
    Case("rad2deg", mp.degrees, both(spread(1e-300, 1e300))),
    Case("atan2", mp.atan2, pairs((random(-5, 5), random(5, -5)), (ZERO, 1), (1, ZERO), (spread(1e-140, 1e140), spread(1e140, 1e-140)))),
    Case("hypot", mp.hypot, pairs((random(-5, 5), random(5, -5)), (ZERO, 1), (1, ZERO), (spread(1e-140, 1e140), spread(1e140, 1e-140)))),
]  # fmt: skip


def normal(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def erfcx(x: Any) -> Any:
    return mp.exp(x * x) * mp.erfc(x)


def log_gamma(x: Any) -> Any:
    return mp.log(abs(mp.gamma(x)))


def quantile(p: Any) -> Any:
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


POSITIVE = points(random(0.05, 3), random(1, 30), spread(1e-8, 1e-2, 8))
UNIT = points(random(0, 1), spread(1e-14, 1e-3), 1 - spread(1e-14, 1e-3), around(0.5))

ERROR_FUNCTIONS = [
    Case("erf", mp.erf, WIDE),
    Case("erfc", mp.erfc, points(WIDE, random(5, 26))),
    Case("erfinv", mp.erfinv, points(2 * UNIT - 1)),
    Case("special.erfcx", erfcx, points(WIDE, spread(1, 1e8), random(-20, 0, 8))),
    Case("special.ndtr", normal, points(WIDE, random(-37, -5))),
    Case("special.ndtri", quantile, UNIT),
    Case(
        "special.log_ndtr",
        lambda x: mp.log1p(-normal(-x)) if x > 0 else mp.log(normal(x)),
        points(WIDE, random(-37, -5), -1e3, -1e6, 10, 30),
    ),
    Case("special.entr", lambda x: -x * mp.log(x), points(spread(1e-300, 1e10), random(0, 5), around(1))),
    Case("logit", lambda x: mp.log(x) - mp.log1p(-x), UNIT),
    Case("logit eps", lambda x: mp.log(x) - mp.log1p(-x), random(0.1, 0.9), (0.05,)),
]

GAMMA = [
    Case("lgamma", log_gamma, points(POSITIVE, around(1, 2), spread(1e2, 1e100, 6))),
    Case("lgamma left", log_gamma, random(-8, 0), scale=lambda x: 1),
    Case("digamma", mp.digamma, points(POSITIVE, spread(1e2, 1e300)), scale=lambda x: 0.5 if 1 < x < 2 else 0),
    Case("digamma left", mp.digamma, random(-8, 0), scale=lambda x: 1),
    *(Case(f"polygamma {n}", lambda x, n=n: mp.psi(n, x), POSITIVE, before=(n,)) for n in (1, 2, 3, 4)),
    *(
        Case(
            f"mvlgamma {p}",
            lambda x, p=p: p * (p - 1) * mp.log(mp.pi) / 4 + sum(log_gamma(x - mpf(j) / 2) for j in range(p)),
            random(2, 9),
            (p,),
            scale=lambda x: 1,
            slope_scale=lambda x: 1,
        )
        for p in (1, 2, 4)
    ),
    Case(
        "special.zeta", mp.zeta, pairs((random(1.1, 8), random(0.2, 8)), (random(5, 30), random(0.5, 20))), slopes=(1,)
    ),
    Case(
        "igamma",
        lambda a, x: mp.gammainc(a, 0, x, regularized=True),
        pairs((random(0.1, 8), random(8, 0.1)), (random(10, 60), random(30, 60)), (spread(1e-3, 1), spread(1e-3, 1))),
        slopes=(1,),
    ),
    Case(
        "igammac",
        lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
        pairs((random(0.1, 8), random(8, 0.1)), (random(10, 60), random(30, 60)), (spread(1e-3, 1), spread(1e-3, 1))),
        slopes=(1,),
    ),
]

AROUND_0 = points(random(-5, 5), random(-40, 40), both(TINY))
RIGHT = points(random(0, 5), random(0, 40), TINY[3:], spread(1, 500))


def amplitude(x: Any) -> Any:
    """Of the oscillation of the cylinder functions."""
    return 0 if abs(x) < 0.5 else 1 / mp.sqrt(1 + abs(x)) / 2


BESSEL = [
    Case("i0", lambda x: mp.besseli(0, x), AROUND_0),
    Case("special.i0e", lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), points(AROUND_0, both(1e3, 1e8))),
    Case("special.i1", lambda x: mp.besseli(1, x), AROUND_0),
    Case("special.i1e", lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), points(AROUND_0, both(1e3, 1e8))),
    *(Case(f"special.bessel_{kind}{n}", lambda x, n=n, f=f: f(n, x), grid, slopes=(), scale=amplitude)
      for kind, f, grid in (("j", mp.besselj, AROUND_0), ("y", mp.bessely, RIGHT)) for n in (0, 1)),
    *(Case(f"special.modified_bessel_i{n}", lambda x, n=n: mp.besseli(n, x), AROUND_0, slopes=()) for n in (0, 1)),
    *(Case(f"special.modified_bessel_k{n}", lambda x, n=n: mp.besselk(n, x), RIGHT, slopes=()) for n in (0, 1)),
    *(Case(f"special.scaled_modified_bessel_k{n}", lambda x, n=n: mp.besselk(n, x) * mp.exp(x), RIGHT, slopes=()) for n in (0, 1)),
    Case("special.spherical_bessel_j0", mp.sinc, AROUND_0, slopes=(), scale=lambda x: 1 / (1 + abs(x))),
    Case("special.airy_ai", mp.airyai, random(-12, 8, 60), slopes=(), scale=lambda x: 0.3 if x < -1 else 0),
]  # fmt: skip

LOGARITHMS = [
    Case(
        "logaddexp",
        lambda x, y: x + mp.log1p(mp.exp(y - x)),
        pairs((random(-5, 5), random(5, -5)), (random(-700, 700), random(700, -700)), (ZERO, 1)),
        scale=lambda x, y: max(abs(x), abs(y), 1),
    ),
    Case(
        "logaddexp2",
        lambda x, y: x + mp.log1p(mpf(2) ** (y - x)) / mp.log(2),
        pairs((random(-5, 5), random(5, -5)), (random(-700, 700), random(700, -700)), (ZERO, 1)),
        scale=lambda x, y: max(abs(x), abs(y), 1),
    ),
    Case(
        "xlogy",
        lambda x, y: x * mp.log(y),
        pairs((random(-5, 5), random(0, 5)), (spread(1e-30, 1e30), spread(1e30, 1e-30)), (2.5, around(1))),
    ),
    Case("xlogy of number", lambda y: 1.5 * mp.log(y), points(random(0, 5), around(1)), before=(1.5,)),
    Case(
        "special.xlog1py",
        lambda x, y: x * mp.log1p(y),
        pairs(
            (random(-5, 5), random(-1, 5)),
            (spread(1e-30, 1e30), spread(1e30, 1e-30)),
            (2.5, ZERO),
            (2.5, -1 + np.array(NEAR_1)),
        ),
    ),
]

ARITHMETIC = [
    Case("add", lambda x, y: x + y, pairs((random(-5, 5), random(5, -5)))),
    Case("add alpha", lambda x, y: x + 2 * y, pairs((random(0, 5), random(5, 0))), options={"alpha": 2}),
    Case("sub", lambda x, y: x - y, pairs((random(-5, 5), random(5, -5)))),
    Case("rsub", lambda x, y: y - x, pairs((random(-5, 5), random(5, -5)))),
    Case("mul", lambda x, y: x * y, pairs((random(-5, 5), spread(1e-100, 1e100)))),
    Case(
        "true_divide",
        lambda x, y: x / y,
        pairs((random(-5, 5), spread(1e-90, 1e90)), (spread(1e-90, 1e90), random(-5, 5))),
    ),
    Case("addcmul", lambda x, y, z: x + 3 * y * z, (random(0, 5), random(1, 5), random(2, 5)), options={"value": 3}),
    Case("addcdiv", lambda x, y, z: x + 3 * y / z, (random(0, 5), random(1, 5), random(2, 5)), options={"value": 3}),
    Case("div", lambda x, y: x / y, pairs((random(-5, 5), random(5, -5)))),
    Case("lerp", lambda x, y, w: x + w * (y - x), (random(0, 5), random(5, 9), random(0, 1))),
    Case("lerp number", lambda x, y: x + mpf(0.3) * (y - x), (random(0, 5), random(5, 9)), (0.3,)),
    Case("remainder", lambda x, y: x - y * mp.floor(x / y), pairs((random(-50, 50), random(1, 3)))),
    Case(
        "fmod",
        lambda x, y: x - y * (mp.floor(x / y) if x > 0 else mp.ceil(x / y)),
        pairs((random(-50, 50), random(1, 3))),
    ),
    Case("frac", lambda x: x - (mp.floor(x) if x > 0 else mp.ceil(x)), random(-50, 50)),
    Case("round decimals", lambda x: mp.nint(x * 100) / 100, random(-50, 50), options={"decimals": 2}, slopes=()),
]


def logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(x))


def exponential_unit(x: Any, alpha: Any = 1, rate: Any = 1) -> Any:
    return x if x > 0 else alpha * mp.expm1(x * rate)


def tanh_gelu(x: Any) -> Any:
    return x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf(0.044715) * x**3)))


SELU_ALPHA, SELU_SCALE = mpf(1.6732632423543772), mpf(1.0507009873554805)
FLAT = points(WIDE, random(-20, 20), -36.5, 36.5, -300, 300)
"""The middle and both flat sides."""

ACTIVATIONS = [
    Case("sigmoid", logistic, FLAT),
    Case("nn.functional.sigmoid", logistic, random(-3, 3)),
    Case("nn.functional.tanh", mp.tanh, random(-3, 3)),
    Case("nn.functional.logsigmoid", lambda x: -softplus(-x), FLAT),
    Case("nn.functional.silu", lambda x: x * logistic(x), FLAT),
    Case("nn.functional.softplus", softplus, points(WIDE, random(-20, 20), -300)),
    Case("nn.functional.softplus beta", lambda x: softplus(2 * x) / 2, points(random(-9, 2.4), ZERO), (2, 5)),
    Case("nn.functional.mish", lambda x: x * mp.tanh(softplus(x)), FLAT),
    Case("nn.functional.gelu", lambda x: x * normal(x), FLAT),
    Case("nn.functional.gelu tanh", tanh_gelu, FLAT, options={"approximate": "tanh"}),
    Case("nn.functional.elu", exponential_unit, FLAT),
    Case("nn.functional.elu alpha", lambda x: exponential_unit(x, 0.5), FLAT, (0.5,)),
    Case("nn.functional.celu", lambda x: exponential_unit(x, 0.5, 2), FLAT, (0.5,)),
    Case("nn.functional.selu", lambda x: SELU_SCALE * exponential_unit(x, SELU_ALPHA), FLAT),
    Case("nn.functional.tanhshrink", lambda x: x - mp.tanh(x), FLAT),
    Case("nn.functional.softsign", lambda x: x / (1 + abs(x)), FLAT),
    Case("nn.functional.leaky_relu", lambda x: x if x > 0 else x * mpf(0.01), FLAT),
    Case("nn.functional.rrelu", lambda x: x if x > 0 else x * mpf(0.2), FLAT, (0.1, 0.3)),
    Case("nn.functional.hardsigmoid", lambda x: (x + 3) / 6, random(-3, 3)),
    Case("nn.functional.hardswish", lambda x: x * (x + 3) / 6, points(random(-3, 3), ZERO)),
    Case("nn.functional.glu", lambda x, y: x * logistic(y), (FLAT, FLAT[::-1])),
]


def third_kind(n: int, x: Any) -> Any:
    half = mp.acos(x) / 2
    return mp.cos((2 * n + 1) * half) / mp.cos(half)


def fourth_kind(n: int, x: Any) -> Any:
    half = mp.acos(x) / 2
    return mp.sin((2 * n + 1) * half) / mp.sin(half)


def probabilists(n: int, x: Any) -> Any:
    return mp.hermite(n, x / mp.sqrt(2)) / mp.sqrt(2) ** n


KINDS = {"t": mp.chebyt, "u": mp.chebyu, "v": third_kind, "w": fourth_kind}
POLYNOMIALS = {
    **{f"chebyshev_polynomial_{kind}": exact for kind, exact in KINDS.items()},
    **{f"shifted_chebyshev_polynomial_{kind}": lambda n, x, f=exact: f(n, 2 * x - 1) for kind, exact in KINDS.items()},
    "hermite_polynomial_h": mp.hermite,
    "hermite_polynomial_he": probabilists,
    "laguerre_polynomial_l": lambda n, x: mp.laguerre(n, 0, x),
    "legendre_polynomial_p": mp.legendre,
}
POLYNOMIAL_CASES = [
    Case(
        f"special.{name} {n}",
        lambda x, n=n, f=exact: f(n, x),
        random(0.02, 0.98, 12),
        (n,),
        slopes=(),
        scale=lambda x: 1,
    )
    for name, exact in POLYNOMIALS.items()
    for n in (0, 1, 2, 5, 12)
]

GRID = np.array([re + 1j * im for re in (-2.3, -0.7, 0.4, 1.9) for im in (-1.6, -0.3, 0.8, 2.1)])
SHIFTED = np.roll(GRID, 5)
COMPLEX = {
    **{
        name: getattr(mp, name)
        for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
    },
    **{name: getattr(mp, name) for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "exp2": lambda z: mpf(2) ** z,
    "log2": lambda z: mp.log(z, 2),
    "log10": mp.log10,
    "rsqrt": lambda z: 1 / mp.sqrt(z),
    "square": lambda z: z * z,
    "reciprocal": lambda z: 1 / z,
    "sigmoid": lambda z: 1 / (1 + mp.exp(-z)),
    "nn.functional.silu": lambda z: z / (1 + mp.exp(-z)),
    "sinc": mp.sincpi,
    "abs": abs,
    "angle": mp.arg,
    "sgn": lambda z: z / abs(z),
    "mul": lambda z, w: z * w,
    "true_divide": lambda z, w: z / w,
    "pow": lambda z, w: z**w,
    "logaddexp": lambda z, w: mp.log(mp.exp(z) + mp.exp(w)),
}
"""Functions of complex numbers, those in `TWO` of two."""
TWO = ("mul", "true_divide", "pow", "logaddexp")
NOT_HOLOMORPHIC = ("abs", "angle", "sgn")

EXACT = """
    positive neg abs sign sgn signbit copysign nextafter heaviside floor ceil trunc round floor_divide real imag conj
    conj_physical angle clamp clamp_min clamp_max maximum minimum fmax fmin where nan_to_num frexp gcd lcm eq ne lt le
    gt ge isnan isinf isfinite isposinf isneginf isreal isclose logical_not logical_and logical_or logical_xor
    bitwise_or bitwise_and bitwise_xor bitwise_not bitwise_left_shift bitwise_right_shift nn.functional.relu
    nn.functional.relu6 nn.functional.hardtanh nn.functional.threshold nn.functional.softshrink
    nn.functional.hardshrink nn.functional.prelu
""".split()
"""What chooses, compares, counts, or is one product or difference: nothing to measure."""

CASES = [*POWERS, *ANGLES, *LOGARITHMS, *ARITHMETIC, *ACTIVATIONS, *POLYNOMIAL_CASES]
SPECIAL = [*ERROR_FUNCTIONS, *GAMMA, *BESSEL]
"""Those whose values are SciPy's or, without it, our own."""


def one(*operands: Any) -> Any:
    return 1


_SQUARE = "the exponential of a rounded square is off by as many units as the square is large; PyTorch's formula"
_KEPT = "PyTorch's formula keeps the result alone, whose last digits are lost against 1"
_OWN = "PyTorch's definition, in which terms cancel"

LOOSE = {
    "erfc": (6e-14, 6e-14, _SQUARE),
    "erfinv": (1e-14, 3e-14, _SQUARE),
    "special.erfcx": (3e-14, 3e-14, _SQUARE),
    "special.ndtr": (2e-13, 2e-13, _SQUARE),
    "special.ndtri": (1e-14, 3e-14, _SQUARE),
    "special.log_ndtr": (6e-14, 6e-14, _SQUARE),
    "igamma": (1e-14, 6e-14, "the density is the exponential of a rounded sum; PyTorch's formula"),
    "igammac": (2e-14, 6e-14, "as igamma; the value is SciPy's"),
    "special.bessel_y0": (5e-14, 0, "SciPy's beyond 100; ours is exact"),
    "special.bessel_y1": (5e-14, 0, "SciPy's beyond 100; ours is exact"),
    "nn.functional.softsign": (1e-14, 3e-14, _OWN),
}
"""Bounds of the relative errors of value and gradient where they are above 1e-14, and why."""

ABSOLUTE = {
    "tanh": (zero, one, _KEPT),
    "sigmoid": (zero, one, _KEPT),
    "nn.functional.glu": (zero, lambda x, y: abs(x), _KEPT),
    "nn.functional.gelu": (abs, one, _OWN),
    "nn.functional.gelu tanh": (abs, one, _OWN),
    "nn.functional.tanhshrink": (abs, one, _OWN),
    "special.i0e": (zero, lambda x: 1 / mp.sqrt(1 + abs(x)), _OWN),
    "special.i1e": (zero, lambda x: 1 / mp.sqrt(1 + abs(x)), _OWN),
}
"""To which sizes the errors of value and gradient are relative where that is not the value itself, and why."""
