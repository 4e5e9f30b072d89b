"""Integers, coins and counts, written into a tensor that is there: ``random_``, ``bernoulli_`` and kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.streams import memory_axes
from pullback.graph.inplace import in_place, spoken
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase
from pullback.ops.random.checks import (
    COMPLEX,
    FLOATING,
    WIDE_UNSIGNED,
    check_holds,
    check_integers,
    no_such_form,
    real_number,
    unsupported,
    whole_number,
)
from pullback.ops.random.fills import drawn_for, nothing
from pullback.ops.random.generator import stream_of
from pullback.ops.typing import V


@general(node="GeometricBackward0", input=nothing)
def _geometric(input: V, p: float, generator: Any) -> V:
    stream, dtype = stream_of(generator, "geometric_"), input.dtype
    if not 0.0 < p < 1.0:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if dtype.kind == "b" or dtype in COMPLEX or dtype in WIDE_UNSIGNED:
        raise unsupported("geometric_cpu", dtype)
    return drawn_for(input, lambda shape, _: stream.geometric(shape, dtype, p))


_write_geometric = in_place(_geometric, "geometric_")


def geometric_(self: Any, p: float, *, generator: Any = None) -> Any:
    """Fill with the number of the first trial that succeeds, each with probability `p`. Real dtypes."""
    return _write_geometric(self, real_number(p, "geometric_", "p", 1), generator)


@general(node="BernoulliBackward2", input=nothing)
def _bernoulli(input: V, p: float, generator: Any) -> V:
    stream, dtype = stream_of(generator, "bernoulli_"), input.dtype
    check_bernoulli(dtype, p)
    return drawn_for(input, lambda shape, _: stream.bernoulli(shape, dtype, p))


def check_bernoulli(dtype: Any, p: float) -> None:
    """Raise unless `p` is a probability and `dtype` one that is drawn."""
    if not 0.0 <= p <= 1.0:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    if dtype in COMPLEX or dtype in WIDE_UNSIGNED:
        raise unsupported("bernoulli_scalar_cpu_", dtype)


@general(node="BernoulliBackward1", input=nothing, p=nothing)
def _bernoulli_each(input: V, p: V, generator: Any) -> V:
    return draw_each(input, _expanded(p, input.shape), input.dtype, stream_of(generator, "bernoulli_"))


def draw_each(array: Any, probabilities: Any, dtype: Any, stream: Any) -> Any:
    """1 with the probability at the same place, else 0, in `dtype` and the order of `array`'s memory."""
    if dtype in COMPLEX or dtype in WIDE_UNSIGNED:
        raise unsupported("bernoulli_tensor_cpu_self_", dtype)
    if probabilities.dtype not in FLOATING:
        raise unsupported("bernoulli_tensor_cpu_p_", probabilities.dtype)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false: probabilities lie between 0 and 1"
        )
    axes = memory_axes(array) if array.__class__ is np.ndarray else range(len(array.shape))
    return stream.bernoulli_each(probabilities.transpose(axes), dtype).transpose(np.argsort(axes))


def _expanded(p: Any, shape: tuple[int, ...]) -> Any:
    """`p` broadcast to `shape`, or PyTorch's error."""
    given = p.shape
    if len(given) > len(shape):
        raise RuntimeError(
            f"expand(torch.{spoken(p.dtype)}Tensor{{{list(given)}}}, size={list(shape)}): "
            f"the number of sizes provided ({len(shape)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(given)})"
        )
    for axis in range(1, len(given) + 1):
        if given[-axis] not in (1, shape[-axis]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[-axis]}) must match the existing size "
                f"({given[-axis]}) at non-singleton dimension {len(shape) - axis}.  "
                f"Target sizes: {list(shape)}.  Tensor sizes: {list(given)}"
            )
    return np.broadcast_to(p, shape)


_write_bernoulli, _write_bernoulli_each = (
    in_place(_bernoulli, "bernoulli_"),
    in_place(_bernoulli_each, "bernoulli_"),
)


_BERNOULLI_FORMS = (
    "Tensor p, *, torch.Generator generator = None",
    "float p = 0.5, *, torch.Generator generator = None",
)


def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with 1 where a trial succeeds with probability `p`, else 0; `p` is a number or a floating tensor
    that broadcasts to this one. Real dtypes.
    """
    if isinstance(p, TensorBase):
        return _write_bernoulli_each(self, p, generator)
    if isinstance(p, str) or not hasattr(p, "__float__"):
        raise no_such_form("bernoulli_", (p,), {}, _BERNOULLI_FORMS)
    return _write_bernoulli(self, float(p), generator)


@general(node="RandomBackward0", input=nothing)
def _random_between(input: V, low: int, high: int | None, generator: Any) -> V:
    stream, dtype = stream_of(generator, "random_"), input.dtype
    if high is not None:
        check_integers(dtype, low, high)
        return drawn_for(input, lambda shape, _: stream.integers(shape, dtype, low, high=high))
    if dtype in COMPLEX:
        raise RuntimeError("random_from_to_impl handles only integral, floating-point and boolean types")
    check_holds(dtype, low, "from")
    if dtype == np.uint64:
        check_holds(dtype, -1, "to - 1")  # PyTorch counts to 2**63 only, and says so
    return drawn_for(input, lambda shape, _: stream.integers_from(shape, dtype, low))


@general(node="RandomBackward1", input=nothing)
def _random_below(input: V, high: int, generator: Any) -> V:
    stream, dtype = stream_of(generator, "random_"), input.dtype
    check_integers(dtype, 0, high)
    return drawn_for(input, lambda shape, _: stream.integers(shape, dtype, high=high))


@general(node="RandomBackward2", input=nothing)
def _random_any(input: V, generator: Any) -> V:
    stream, dtype = stream_of(generator, "random_"), input.dtype
    if dtype in COMPLEX or dtype in WIDE_UNSIGNED:
        raise unsupported("random_kernel_cpu", dtype)
    return drawn_for(input, lambda shape, _: stream.any_integers(shape, dtype))


_write_between, _write_below = in_place(_random_between, "random_"), in_place(_random_below, "random_")
_write_any = in_place(_random_any, "random_")


_RANDOM_FORMS = (
    "*, torch.Generator generator = None",
    "int from, int to, *, torch.Generator generator = None",
    "int to, *, torch.Generator generator = None",
)


def random_(self: Any, *bounds: int, generator: Any = None, **named: int | None) -> Any:
    """Fill with integers: ``random_(from, to)`` of ``[from, to)``, ``random_(to)`` of ``[0, to)``,
    ``random_()`` of all from 0 that the dtype holds (a floating dtype: holds with all before). Real dtypes.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.empty(3).random_(10)
    tensor([4., 9., 3.])
    """
    given = dict(zip(("to",) if len(bounds) == 1 and "to" not in named else ("from", "to"), bounds), **named)
    if len(bounds) > 2 or not given.keys() <= {"from", "to"} or ("from" in given and "to" not in given):
        raise no_such_form("random_", bounds, named, _RANDOM_FORMS)
    for bound in given.values():
        if bound is not None and not _is_whole(bound):
            raise no_such_form("random_", bounds, named, _RANDOM_FORMS)
    if not given:
        return _write_any(self, generator)
    high = given["to"] if given["to"] is None else whole_number(given["to"], "random_", "to", 2)
    if "from" not in given:
        return _write_below(self, high, generator)
    return _write_between(self, whole_number(given["from"], "random_", "from", 1), high, generator)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer, TensorBase)) and not isinstance(value, bool)
