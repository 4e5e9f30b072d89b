"""Rounding to whole numbers. The derivative is 0 (of `frac` 1); integers stay what they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import zeros_like
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, WHOLE, indirect, unsupported
from pullback.ops.typing import Count, V


def _round(ufunc: Any, name: str, input: Any) -> Any:
    dtype = input.dtype
    if dtype in WHOLE:
        if dtype.kind == "b":
            raise unsupported(f"{name}_vml_cpu", dtype)
        return +input
    if dtype in COMPLEX:
        if name == "round":
            raise unsupported("round_vml_cpu", dtype)
        raise NotImplementedError(f"{name} is not supported for complex inputs")
    return ufunc(input)


@elementwise(input=lambda grad: zeros_like(grad))
def floor(input: V) -> V:
    """The largest whole number not above `input`.

    >>> import pullback as torch
    >>> torch.floor(torch.tensor([-1.5, 1.5]))
    tensor([-2.,  1.])
    """
    return _round(np.floor, "floor", input)


@elementwise(input=lambda grad: zeros_like(grad))
def ceil(input: V) -> V:
    """The smallest whole number not below `input`."""
    return _round(np.ceil, "ceil", input)


@elementwise(input=lambda grad: zeros_like(grad))
def trunc(input: V) -> V:
    """`input` without its fraction."""
    return _round(np.trunc, "trunc", input)


@elementwise(input=lambda grad: grad)
def frac(input: V) -> V:
    """The fraction of `input`, with its sign: ``input - trunc(input)``.

    >>> import pullback as torch
    >>> torch.frac(torch.tensor([-1.25, 1.5]))
    tensor([-0.2500,  0.5000])
    """
    if input.dtype in WHOLE or input.dtype in COMPLEX:
        raise unsupported("frac_cpu", input.dtype)
    return input - np.trunc(input)


@elementwise(node="RoundBackward0", input=lambda grad: zeros_like(grad))
def _round_whole(input: V) -> V:
    return _round(np.rint, "round", input)


@elementwise(node="RoundBackward1", input=lambda grad: zeros_like(grad))
def round_decimals(input: V, decimals: Count) -> V:
    """`round` to a number of decimals given by position."""
    if input.dtype in INDIRECT:
        return indirect(round_decimals, f"round_{'' if decimals else 'vml_'}cpu", input, decimals)
    if input.dtype in COMPLEX:
        raise unsupported(f"round_{'' if decimals else 'vml_'}cpu", input.dtype)
    if decimals == 0:
        return np.rint(input)
    scale = 10.0 ** int(abs(decimals))
    return np.rint(input * scale) / scale if decimals > 0 else np.rint(input / scale) * scale


def round(input: V, *, decimals: int | None = None, out: Any = None) -> V:
    """The nearest whole number, halves to the even one; with `decimals` to that many digits after the point.

    >>> import pullback as torch
    >>> torch.round(torch.tensor([0.5, 1.5, -2.6])), torch.round(torch.tensor([0.1284]), decimals=2)
    (tensor([ 0.,  2., -3.]), tensor([0.1300]))
    """
    if decimals is None:
        return _round_whole(input, out=out)
    if decimals.__class__ is bool or not hasattr(decimals, "__index__"):
        raise TypeError(f"round(): argument 'decimals' must be int, not {type(decimals).__name__}")
    return round_decimals(input, decimals, out=out)


def round_to(input: V, *, decimals: int = 0, out: Any = None) -> V:
    """`torch.special.round`: `round` to `decimals`, which PyTorch has no integers for, not even where it is 0."""
    return round_decimals(input, decimals, out=out)
