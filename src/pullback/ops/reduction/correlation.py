"""Covariance and correlation of variables, the rows, over observations, the columns."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.graph.inplace import spoken
from pullback.graph.levels import example_by_example
from pullback.graph.once import outside
from pullback.ops.pointwise.extrema import clamp
from pullback.ops.reduction.sums import mean, sum
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def _check_weights(name: str, weights: Any, count: int, integral: bool) -> None:
    dtype = weights._array.dtype
    kind = "integral" if integral else "floating point"
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
        )
    if (dtype.kind in "iu") != integral:
        raise RuntimeError(f"cov(): expected {name} to have {kind} dtype but got {name} with {spoken(dtype)} dtype")
    if weights.numel() != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights.numel()} != {count}"
        )
    if weights.numel() and np.minimum.reduce(weights._array, axis=None) < 0:
        raise RuntimeError(f"cov(): {name} cannot be negative")


def _weights(count: int, fweights: Any, aweights: Any) -> Any:
    if fweights is not None:
        _check_weights("fweights", fweights, count, True)
    if aweights is not None:
        _check_weights("aweights", aweights, count, False)
    if fweights is None or aweights is None:
        return aweights if fweights is None else fweights
    return fweights * aweights


@example_by_example
@asks_for_tensors
def cov(input: V, *, correction: int = 1, fweights: V | None = None, aweights: V | None = None) -> V:
    """Covariance matrix of the variables in the rows of `input` ``(D, N)``: ``(D, D)``, or a number for 1-d
    input.

    Args:
        correction: subtracted from the number of observations in the divisor.
        fweights: how often each observation counts (integers).
        aweights: the weight of each observation.

    >>> import pullback as torch
    >>> torch.cov(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = input if input.ndim == 2 else input.reshape(1, -1)
    count = rows.shape[1]
    weights = _weights(count, fweights, aweights)
    if weights is None:
        average, divisor = mean(rows * 1.0 if rows.dtype.kind in "iu" else rows, 1), count - correction
    else:
        total = sum(weights)
        average = sum(rows * weights, 1) / total
        excess = correction if aweights is None else correction * sum(weights * aweights) / total
        divisor = total - excess
    if divisor <= 0:
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.",
            UserWarning,
            stacklevel=outside(),
        )
        divisor = 0.0
    apart = rows - np.expand_dims(average, 1)
    weighted = apart if weights is None else apart * weights
    product = apart @ np.swapaxes(np.conjugate(weighted) if rows.dtype.kind == "c" else weighted, 0, 1)
    return (product / divisor).squeeze()


@asks_for_tensors
def corrcoef(input: V) -> V:
    """Correlation coefficients of the variables in the rows of `input`, from -1 to 1; shapes as `cov`.

    >>> import pullback as torch
    >>> torch.corrcoef(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    covariance = cov(input)
    if covariance.ndim == 0:
        return covariance / covariance
    variance = covariance.diagonal()
    deviation = np.sqrt(np.real(variance) if variance.dtype.kind == "c" else variance)
    found = covariance / deviation.reshape(-1, 1) / deviation.reshape(1, -1)
    if found.dtype.kind == "c":
        return clamp(np.real(found), -1, 1) + 1j * clamp(np.imag(found), -1, 1)
    return clamp(found, -1, 1)
