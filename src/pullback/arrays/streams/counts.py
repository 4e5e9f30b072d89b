"""Counts of rare events and of successes, by rejection: how many words a number takes depends on the words.

The methods are those of W. Hörmann, "The transformed rejection method for generating Poisson random
variables" (1993, PTRS) and "The generation of binomial random variates" (1993, BTRS); for small means,
waiting times are added up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from operator import length_hint

import numpy as np

from pullback.arrays.streams.uniforms import FLOAT64, Array, doubles_of
from pullback.arrays.streams.words import Words

_FEW = 10.0
"""Means below this are drawn by adding up waiting times."""

Uniform = Callable[[], float]
Rounding = Callable[[float], float]


class _OneByOne:
    """Uniform float64 numbers one at a time. Leaving the context gives the words back that were not used."""

    __slots__ = ("_ahead", "_stream")

    def __init__(self, stream: Words) -> None:
        self._stream = stream
        self._ahead: Iterator[float] = iter(())

    def __enter__(self) -> Uniform:
        return self._numbers().__next__

    def __exit__(self, *exception: object) -> None:
        self._stream.give_back(2 * length_hint(self._ahead))

    def _numbers(self) -> Iterator[float]:
        stream = self._stream
        while True:
            words = stream.rest_of_block()
            if len(words) == 1:
                words = np.append(words, stream.rest_of_block())
            if len(words) % 2:
                stream.give_back(1)
            self._ahead = iter(doubles_of(words[: len(words) // 2 * 2]).tolist())
            yield from self._ahead


def poisson(stream: Words, rates: Array) -> Array:
    """Counts with the means `rates`, of the same shape and floating dtype."""
    drawn = np.empty(rates.size, np.float64)
    with _OneByOne(stream) as uniform:
        for number, rate in enumerate(rates.ravel().tolist()):
            drawn[number] = _rare(rate, uniform) if rate < _FEW else _frequent(rate, uniform)
    return _in_dtype(drawn, rates)


def _rare(rate: float, uniform: Uniform) -> int:
    if rate == 0.0:
        return 0
    enough = math.exp(-rate)
    product = uniform()
    count = 0
    while product > enough:
        product *= uniform()
        count += 1
    return count


def _frequent(rate: float, uniform: Uniform) -> float:
    root, log_rate = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    sure_below = 0.9277 - 3.6224 / (b - 2)
    while True:
        u = uniform() - 0.5
        v = uniform()
        edge = 0.5 - abs(u)
        count = math.floor((2 * a / edge + b) * u + rate + 0.43) if edge else -1
        if edge >= 0.07 and v <= sure_below:
            return count
        if count < 0 or (edge < 0.013 and v > edge):
            continue
        height = math.log(v) + math.log(inverse_alpha) - math.log(a / (edge * edge) + b)
        if height <= -rate + count * log_rate - math.lgamma(count + 1):
            return count


def binomial(stream: Words, trials: Array, probabilities: Array) -> Array:
    """How many of `trials` succeed with the probability at the same place; shape and dtype are theirs.

    PyTorch computes the bounds in the dtype of `trials`. In float32 and for thousands of trials, one number
    in a hundred thousand differs from PyTorch's by one.
    """
    drawn = np.empty(trials.size, np.float64)
    narrow = float if trials.dtype == FLOAT64 else _narrow
    with _OneByOne(stream) as uniform:
        for number, (count, p) in enumerate(zip(trials.ravel().tolist(), probabilities.ravel().tolist())):
            drawn[number] = _successes(count, p, uniform, narrow)
    return _in_dtype(drawn, trials)


def _narrow(number: float) -> float:
    return float(np.float32(number))


def _successes(trials: float, p: float, uniform: Uniform, narrow: Rounding) -> float:
    if trials <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return trials
    if p != p:
        return p
    if p > 0.5:
        return trials - _less_likely(trials, 1.0 - p, uniform, narrow)
    return _less_likely(trials, p, uniform, narrow)


def _less_likely(trials: float, p: float, uniform: Uniform, narrow: Rounding) -> float:
    if trials * p >= _FEW:
        return _many_successes(trials, p, uniform, narrow)
    log_failure = math.log1p(-p)
    waited, successes = 0.0, 0
    while True:
        u = uniform()
        waited += math.ceil(math.log(u) / log_failure) if u else math.inf
        if waited > trials:
            return successes
        successes += 1


def _many_successes(trials: float, p: float, uniform: Uniform, narrow: Rounding) -> float:
    spread = narrow(math.sqrt(trials * p * (1 - p)))
    b = narrow(1.15 + 2.53 * spread)
    a = narrow(-0.0873 + 0.0248 * b + 0.01 * p)
    centre = narrow(trials * p + 0.5)
    sure_below = narrow(0.92 - 4.2 / b)
    odds = narrow(p / (1 - p))
    alpha = narrow((2.83 + 5.1 / b) * spread)
    mode = math.floor(narrow((trials + 1) * p))
    while True:
        u = narrow(uniform() - 0.5)
        v = narrow(uniform())
        edge = narrow(0.5 - abs(u))
        count = math.floor((2 * a / edge + b) * u + centre) if edge else -1
        if edge >= 0.07 and v <= sure_below:
            return count
        if count < 0 or count > trials:
            continue
        height = narrow(math.log(v * alpha / (a / (edge * edge) + b)))
        bound = (mode + 0.5) * math.log((mode + 1) / (odds * (trials - mode + 1)))
        bound += (trials + 1) * math.log((trials - mode + 1) / (trials - count + 1))
        bound += (count + 0.5) * math.log(odds * (trials - count + 1) / (count + 1))
        bound += _stirling(mode) + _stirling(trials - mode) - _stirling(count) - _stirling(trials - count)
        if height <= bound:
            return count


_STIRLING = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def _stirling(k: float) -> float:
    """What Stirling's formula lacks of log(k!)."""
    if k <= 9:
        return _STIRLING[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)


def _in_dtype(drawn: Array, like: Array) -> Array:
    if like.dtype.itemsize < 4:
        drawn = drawn.astype(np.float32)
    return drawn.astype(like.dtype, copy=False).reshape(like.shape)
