"""Variance and standard deviation, alone or with the mean.

The divisor is the number of elements less a correction (1 by default, Bessel's), not below 0.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.reductions import add_over, count_over, kept, spread, widened
from pullback.arrays.vocabulary import cast, conj
from pullback.graph.once import outside
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase
from pullback.ops.reduction.names import MISSING, axes_of, refuse, settle
from pullback.ops.typing import Dim, Scalar, V


def _moments(array: Any, dim: Dim, keepdim: bool, correction: Scalar, name: str) -> tuple[Any, Any]:
    """Variance and mean, not yet rounded to the dtype of the input."""
    if array.dtype.kind in "biu":
        what = name if name.endswith("_mean") else "std and var"
        raise RuntimeError(f"{what} only support floating point and complex dtypes")
    axes = axes_of(dim, array.ndim, name)
    count = count_over(array.shape, axes)
    if count - correction <= 0 or 0 in array.shape:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction "
            "factor (input numel divided by output numel).",
            UserWarning,
            stacklevel=outside(),
        )
    wide = widened(array)
    mean = np.add.reduce(wide, axis=axes, keepdims=True) / count
    apart = wide - mean
    squares = apart * apart if apart.dtype.kind != "c" else np.real(apart * conj(apart))
    total = np.add.reduce(squares, axis=axes, keepdims=keepdim)
    if wide.dtype.itemsize < 8 and count:  # what rounding the mean has added, which is large beside a large mean
        drift = np.add.reduce(apart, axis=axes, keepdims=keepdim) / count
        total = np.maximum(total - drift * drift * count, 0)
    variance = total / max(count - correction, 0)
    return variance, mean if keepdim else np.add.reduce(mean, axis=axes)


def _variance_rule(grad: Any, input: Any, dim: Dim, keepdim: bool, correction: Scalar) -> Any:
    axes = axes_of(dim, input.ndim)
    count = count_over(input.shape, axes)
    freedom = count - correction
    apart = input - add_over(input, axes, True) / count
    return kept(grad, input.shape, axes, keepdim) * (2 / freedom if freedom else np.inf) * apart


def _deviation_rule(grad: Any, input: Any, result: Any, dim: Dim, keepdim: bool, correction: Scalar) -> Any:
    safe = np.where(result == 0, 1, result)  # the derivative at 0 is 0
    return _variance_rule(np.where(result == 0, 0, grad / (2 * safe)), input, dim, keepdim, correction)


@general(input=_variance_rule)
def _var(input: V, dim: Dim, keepdim: bool, correction: Scalar) -> V:
    return _real_like(_moments(input, dim, keepdim, correction, "var")[0], input)


@general(input=_deviation_rule)
def _std(input: V, dim: Dim, keepdim: bool, correction: Scalar) -> V:
    return _real_like(np.sqrt(_moments(input, dim, keepdim, correction, "std")[0]), input)


def _real_like(value: Any, array: Any) -> Any:
    return value if array.dtype.kind == "c" else cast(value, array.dtype if array.dtype.kind != "W" else np.float16)


def _mean_part(grad: Any, input: Any, dim: Dim, keepdim: bool) -> Any:
    axes = axes_of(dim, input.ndim)
    return spread(grad / count_over(input.shape, axes), input.shape, axes, keepdim)


@general(
    outputs=2,
    input=lambda grads, input, dim, keepdim, correction: (
        _variance_rule(grads[0], input, dim, keepdim, correction) + _mean_part(grads[1], input, dim, keepdim)
    ),
)
def _var_mean(input: V, dim: Dim, keepdim: bool, correction: Scalar) -> tuple[V, V]:
    variance, mean = _moments(input, dim, keepdim, correction, "var_mean")
    return _real_like(variance, input), cast(mean, input.dtype)


@general(
    outputs=2,
    uses=(0,),
    input=lambda grads, input, results, dim, keepdim, correction: (
        _deviation_rule(grads[0], input, results[0], dim, keepdim, correction)
        + _mean_part(grads[1], input, dim, keepdim)
    ),
)
def _std_mean(input: V, dim: Dim, keepdim: bool, correction: Scalar) -> tuple[V, V]:
    variance, mean = _moments(input, dim, keepdim, correction, "std_mean")
    return _real_like(np.sqrt(variance), input), cast(mean, input.dtype)


def _arguments(
    name: str, dim: Any, unbiased: Any, keepdim: Any, correction: Any, names: dict[str, Any]
) -> tuple[Any, bool, Scalar]:
    """``(dim, keepdim, correction)`` from the three calling forms; see `var`."""
    if names:
        dim, keepdim = settle(name, names, dim, keepdim)
    if isinstance(dim, bool):
        if unbiased is not MISSING or correction is not MISSING:
            raise refuse(name, dim=dim, unbiased=unbiased)
        dim, unbiased = None, dim
    if unbiased is not MISSING:
        if correction is not MISSING or not isinstance(unbiased, bool):
            raise refuse(name, dim=dim, unbiased=unbiased)
        correction = int(unbiased)
    if isinstance(correction, TensorBase):
        correction = correction._array.item()
    return dim, keepdim, 1 if correction is MISSING or correction is None else correction


def var(
    input: V,
    dim: Dim = None,
    unbiased: bool = MISSING,
    keepdim: bool = False,
    *,
    correction: Scalar | None = MISSING,
    out: Any = None,
    **names: Any,
) -> V:
    """Variance: ``sum |x - mean|² / max(n - correction, 0)``, of everything or over `dim`.

    Forms: ``var(input, dim=None, *, correction=1, keepdim=False)``, ``var(input, dim, unbiased, keepdim)``,
    ``var(input, unbiased)``; ``unbiased=False`` is ``correction=0``. Floating and complex dtypes; the
    variance of complex numbers is real. Warns if no degree of freedom is left.

    >>> import pullback as torch
    >>> torch.tensor([1., 2., 3., 4.]).var(correction=0)
    tensor(1.2500)
    """
    return _var(input, *_arguments("var", dim, unbiased, keepdim, correction, names), out=out)


def std(
    input: V,
    dim: Dim = None,
    unbiased: bool = MISSING,
    keepdim: bool = False,
    *,
    correction: Scalar | None = MISSING,
    out: Any = None,
    **names: Any,
) -> V:
    """Standard deviation, the root of `var`, which see. The derivative where it is 0 is 0.

    >>> import pullback as torch
    >>> torch.tensor([[1., 3.], [2., 2.]]).std(1)
    tensor([1.4142, 0.0000])
    """
    return _std(input, *_arguments("std", dim, unbiased, keepdim, correction, names), out=out)


def var_mean(
    input: V,
    dim: Dim = None,
    unbiased: bool = MISSING,
    keepdim: bool = False,
    *,
    correction: Scalar | None = MISSING,
    out: Any = None,
    **names: Any,
) -> tuple[V, V]:
    """`var` and `mean` in one pass, as a tuple.

    >>> import pullback as torch
    >>> torch.var_mean(torch.tensor([1., 2., 3.]))
    (tensor(1.), tensor(2.))
    """
    return _var_mean(input, *_arguments("var_mean", dim, unbiased, keepdim, correction, names), out=out)


def std_mean(
    input: V,
    dim: Dim = None,
    unbiased: bool = MISSING,
    keepdim: bool = False,
    *,
    correction: Scalar | None = MISSING,
    out: Any = None,
    **names: Any,
) -> tuple[V, V]:
    """`std` and `mean` in one pass, as a tuple.

    >>> import pullback as torch
    >>> torch.std_mean(torch.tensor([1., 2., 3.]), dim=0)
    (tensor(1.), tensor(2.))
    """
    return _std_mean(input, *_arguments("std_mean", dim, unbiased, keepdim, correction, names), out=out)
