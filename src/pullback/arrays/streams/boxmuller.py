"""Normal float32 numbers from pairs of uniform ones, to the bit (G. E. P. Box and M. E. Muller, 1958).

Two uniform numbers a, b become ``r cos t`` and ``r sin t``, with r = sqrt(-2 log(1 - a)) and t = 2 pi b.
PyTorch computes log, cos and sin of eight numbers at a time by the polynomials of the Cephes library (S. L.
Moshier), with fused multiply-adds: ``x * y + c``, rounded once. Here the same steps are taken with float64
as the register in which a product of two float32 numbers is exact, and rounded to float32 where the
processor rounds. All 16 million values that a uniform float32 takes go the same way as there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.later import later

blocks, threads = later("pullback.arrays", "blocks threads")

Array = np.ndarray[Any, Any]


def _narrow(*numbers: float) -> list[Array]:
    """Constants of float32, as arrays: those NumPy takes half a microsecond faster than numbers."""
    return [np.array(number, np.float32) for number in numbers]


def _wide(*numbers: float) -> list[Array]:
    """Constants of float32, as float64 arrays."""
    return [np.array(np.float32(number), np.float64) for number in numbers]


# log(1 + m) = m - m**2 / 2 + m**3 * p(m) for sqrt(1/2) <= 1 + m < sqrt(2), highest power first
_LOG = _wide(
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
    2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
_SIN = _wide(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS = _wide(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)

# log 2 and pi / 4 in parts, so that a small whole number times a part is exact
(_LOG2_LOW,), (_LOG2_HIGH,) = _narrow(-2.12194440e-4), _wide(0.693359375)
_QUARTER_TURN = np.array(-sum(_wide(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)))

_ONE, _HALF, _MINUS_TWO, _FOUR_OVER_PI, _TWO_PI = _narrow(1, 0.5, -2, 4 / np.pi, 2 * np.pi)
_SQRT_HALF_BITS = np.array(0x3F3504F3, np.int32)
_BLOCK = 1 << 15  # numbers whose working arrays, 2 MB, stay in the cache of a core; smaller ones make threads wait


def box_muller(uniform: Array) -> Array:
    """Make normal numbers of uniform ones in place: float32, in blocks of 16 of which 8 are a and 8 are b."""
    pairs = uniform.reshape(-1, 2, 8)
    if uniform.size <= _BLOCK:
        _transform(pairs)
    else:
        threads.each(_transform, [pairs[part] for part in blocks.spans(len(pairs), _BLOCK // 8)])
    return uniform


def _transform(block: Array) -> None:
    radius = _log(_ONE - block[:, 0])
    radius *= _MINUS_TWO
    np.sqrt(radius, out=radius)
    cosine, sine = _turn(block[:, 1] * _TWO_PI)
    np.multiply(radius, cosine, out=block[:, 0])
    np.multiply(radius, sine, out=block[:, 1])


def _log(x: Array) -> Array:
    """Natural logarithm of float32 numbers in (0, 1]."""
    bits = x.view(np.int32)
    exponent = bits - _SQRT_HALF_BITS
    exponent >>= 23
    m = (bits - (exponent << 23)).view(np.float32)
    m -= _ONE
    wide = m.astype(np.float64)
    step = wide * _LOG[0]
    step += _LOG[1]
    y = step.astype(np.float32)
    for coefficient in _LOG[2:]:
        step[...] = y
        step *= wide
        step += coefficient
        y[...] = step
    y *= m
    square = m * m
    step[...] = y
    wide[...] = square
    step *= wide
    step += np.multiply(exponent, _LOG2_LOW, dtype=np.float32)
    y[...] = step
    square *= _HALF
    y -= square
    y += m
    step[...] = y
    step += np.multiply(exponent, _LOG2_HIGH, out=wide)
    y[...] = step
    return y


def _step(coefficient: Array, binade: float) -> tuple[Array, Array]:
    """What to add and take away again to add `coefficient` with the rounding of float32 to a float64.

    That works for sums within ``[binade, 2 * binade)``.
    """
    dropper = 1.5 * 2.0**29 * binade
    return np.array(coefficient + dropper), np.array(dropper)


# The partial sums of both polynomials stay within one binade each.
_SIN_STEPS = _step(_SIN[1], 2.0**-7), _step(_SIN[2], 2.0**-3)
_COS_STEPS = _step(_COS[1], 2.0**-10), _step(_COS[2], 2.0**-5)


def _turn(angle: Array) -> tuple[Array, Array]:
    """Cosine and sine of float32 angles in [0, 2 pi]."""
    octant = (angle * _FOUR_OVER_PI).astype(np.int32)
    octant += 1
    octant &= -2
    wide = octant * _QUARTER_TURN
    wide += angle
    x = wide.astype(np.float32)
    wide[...] = x
    square = x * x
    wide_square = square.astype(np.float64)

    sine = _polynomial(wide_square, _SIN[0], _SIN_STEPS)
    sine *= square
    product = sine * wide
    product += wide
    sine[...] = product

    cosine = _polynomial(wide_square, _COS[0], _COS_STEPS)
    cosine *= square
    product[...] = cosine
    product -= _HALF
    product *= wide_square
    cosine[...] = product
    cosine += _ONE
    return _by_octant(cosine, sine, octant)


def _polynomial(x: Array, leading: Array, steps: tuple[tuple[Array, Array], ...]) -> Array:
    partial = leading
    for coefficient, dropper in steps:
        partial = partial * x
        partial += coefficient
        partial -= dropper
    return partial.astype(np.float32)


def _by_octant(cosine: Array, sine: Array, octant: Array) -> tuple[Array, Array]:
    """Exchange and negate by the quarter of the circle: octants 2 and 6 exchange, 4 turns signs."""
    cosine_bits, sine_bits = cosine.view(np.int32), sine.view(np.int32)
    exchanged = octant & 2
    exchanged <<= 30
    exchanged >>= 31  # all bits, or none: a choice by a random mask would cost more
    exchanged &= cosine_bits ^ sine_bits
    cosine_bits ^= exchanged
    sine_bits ^= exchanged
    sine_bits ^= (octant & 4) << 29
    octant += 2
    octant &= 4
    octant <<= 29
    cosine_bits ^= octant
    return cosine, sine
