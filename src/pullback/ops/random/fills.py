"""Numbers of continuous distributions, written into a tensor that is there: ``uniform_``, ``normal_`` and
their kin.

Each is an operator (``_uniform`` …) that draws for the shape, dtype and memory of its input, and the in-place
form of it under PyTorch's name and signature. Parameters that are called ``from`` there can be passed by
position, or as ``**{"from": 1}``: Python keeps the word for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays.shells import is_meta
from pullback.arrays.streams import memory_axes
from pullback.arrays.vocabulary import zeros_like
from pullback.graph.inplace import in_place, spoken
from pullback.graph.operator import general
from pullback.ops.random.checks import (
    FLOATING,
    check_normal,
    check_uniform,
    in_c,
    real_number,
    unsupported,
)
from pullback.ops.random.generator import stream_of
from pullback.ops.typing import V

Draw = Callable[[tuple[int, ...], bool], Any]


def drawn_for(array: Any, draw: Draw) -> Any:
    """What ``draw(shape, contiguous)`` gives, with the shape of `array` and in the order of its memory."""
    if is_meta(array):
        return array  # nothing is drawn for nobody
    if array.__class__ is not np.ndarray or array.flags.c_contiguous:
        return draw(array.shape, True)
    axes = memory_axes(array)
    drawn = draw(tuple([array.shape[axis] for axis in axes]), False)
    return drawn.transpose(np.argsort(axes))


def nothing(grad: Any) -> Any:
    """The cotangent of what was drawn over."""
    return zeros_like(grad)


@general(node="UniformBackward0", input=nothing)
def _uniform(input: V, low: float, high: float, generator: Any) -> V:
    stream, dtype = stream_of(generator, "uniform_"), input.dtype
    check_uniform(dtype, low, high)
    return drawn_for(input, lambda shape, _: stream.uniform(shape, dtype, low, high))


_write_uniform = in_place(_uniform, "uniform_")


def uniform_(self: Any, from_: float = 0, to: float = 1, *, generator: Any = None, **named: float) -> Any:
    """Fill with numbers uniform on ``[from, to)``, by default ``[0, 1)``. Floating and complex dtypes.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.empty(3).uniform_(-1, 1)
    tensor([-0.0075,  0.5364, -0.8230])
    """
    if named:
        from_ = _from("uniform_", **named)
    low, high = real_number(from_, "uniform_", "from", 1), real_number(to, "uniform_", "to", 2)
    return _write_uniform(self, low, high, generator)


def _from(name: str, **named: float) -> float:
    for word in named.keys() - {"from"}:
        raise TypeError(f"{name}() got an unexpected keyword argument '{word}'")
    return named["from"]


@general(node="NormalBackward0", input=nothing)
def _normal(input: V, mean: float, std: float, generator: Any) -> V:
    stream, dtype = stream_of(generator, "normal_"), input.dtype
    check_normal(dtype, std)
    return drawn_for(input, lambda shape, packed: stream.normal(shape, dtype, mean, std, contiguous=packed))


_write_normal = in_place(_normal, "normal_")


def normal_(self: Any, mean: float = 0, std: float = 1, *, generator: Any = None) -> Any:
    """Fill with normal numbers of any floating or complex dtype; complex ones have variance ``std ** 2``."""
    return _write_normal(
        self, real_number(mean, "normal_", "mean", 1), real_number(std, "normal_", "std", 2), generator
    )


@general(node="LogNormalBackward0", input=nothing)
def _log_normal(input: V, mean: float, std: float, generator: Any) -> V:
    stream, dtype = stream_of(generator, "log_normal_"), input.dtype
    if not std > 0.0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if dtype not in FLOATING:
        raise unsupported("log_normal_cpu", dtype)
    return drawn_for(input, lambda shape, _: stream.log_normal(shape, dtype, mean, std))


_write_log_normal = in_place(_log_normal, "log_normal_")


def log_normal_(self: Any, mean: float = 1, std: float = 2, *, generator: Any = None) -> Any:
    """Fill with numbers whose logarithm is normal with this `mean` and `std`. Floating dtypes."""
    return _write_log_normal(
        self,
        real_number(mean, "log_normal_", "mean", 1),
        real_number(std, "log_normal_", "std", 2),
        generator,
    )


@general(node="ExponentialBackward0", input=nothing)
def _exponential(input: V, lambd: float, generator: Any) -> V:
    stream, dtype = stream_of(generator, "exponential_"), input.dtype
    if not lambd > 0.0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    _check_continuous("Exponential", dtype, spoken(dtype))
    return drawn_for(input, lambda shape, _: stream.exponential(shape, dtype, lambd))


_write_exponential = in_place(_exponential, "exponential_")


def exponential_(self: Any, lambd: float = 1, *, generator: Any = None) -> Any:
    """Fill with numbers of density ``lambd * exp(-lambd * x)``. Floating dtypes."""
    return _write_exponential(self, real_number(lambd, "exponential_", "lambd", 1), generator)


@general(node="CauchyBackward0", input=nothing)
def _cauchy(input: V, median: float, sigma: float, generator: Any) -> V:
    stream, dtype = stream_of(generator, "cauchy_"), input.dtype
    if not sigma > 0.0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    _check_continuous("Cauchy", dtype, in_c(dtype))
    return drawn_for(input, lambda shape, _: stream.cauchy(shape, dtype, median, sigma))


_write_cauchy = in_place(_cauchy, "cauchy_")


def cauchy_(self: Any, median: float = 0, sigma: float = 1, *, generator: Any = None) -> Any:
    """Fill with numbers of density ``sigma / pi / ((x - median)**2 + sigma**2)``. Floating dtypes."""
    return _write_cauchy(
        self,
        real_number(median, "cauchy_", "median", 1),
        real_number(sigma, "cauchy_", "sigma", 2),
        generator,
    )


def _check_continuous(name: str, dtype: Any, said: str) -> None:
    if dtype not in FLOATING:
        raise RuntimeError(
            f"{name} distribution is a continuous probability distribution. "
            f"dtype must be a floating point but you specified {said}"
        )
