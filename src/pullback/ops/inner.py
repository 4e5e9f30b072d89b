"""Operators that PyTorch has for itself: layouts of tangents, and those by which its tests see where a rule is found."""

from __future__ import annotations

import warnings
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.mirrored import behind
from pullback.arrays.strides import contiguous_strides, memory_of
from pullback.arrays.vocabulary import reshape
from pullback.graph.once import outside
from pullback.graph.operator import elementwise, general, linear, view
from pullback.graph.tensor_base import solid, wrap
from pullback.ops.typing import V


def _zeros_laid_out(self: Any, other: Any, *, self_num_batch_dims: int = 0) -> Any:
    """Zeros laid out as `other`, for each place along the first axes of `self`."""
    batch, length = tuple(self.shape[:self_num_batch_dims]), memory_of(behind(solid(other))).size
    memory = wrap(np.zeros(prod(batch) * length, other._array.dtype))
    steps = [length * step for step in contiguous_strides(batch)]
    return memory.as_strided((*batch, *other.shape), (*steps, *other.stride()), other.storage_offset())


def _warned(grad: Any) -> Any:
    if grad.ndim >= 0:  # which no formula asks: this runs in every pass
        warnings.warn("Warn from backward", UserWarning, stacklevel=outside())
    return grad


@general(node="TestWarnInAutogradBackward0", input=_warned)
def _warning_operator(input: V) -> V:
    """A copy whose derivative warns."""
    return input * 1


@elementwise(node="TestAutogradMultipleDispatchBackward0", input=lambda grad: grad + 1)
def _dispatched_copy(input: V) -> V:
    return input * 1


def _test_autograd_multiple_dispatch(input: Any, b: Any = None) -> Any:
    """A copy whose derivative is 1 too much, by which PyTorch tests where a rule is found; with `b` a plain copy."""
    return _dispatched_copy(input) if b is None else input.clone()


def _flat_rule(grad: V, input_shape: Any) -> V:
    return reshape(grad, input_shape)


@view(node="TestAutogradMultipleDispatchViewBackward0", input=_flat_rule)
def _test_autograd_multiple_dispatch_view(input: V) -> V:
    return reshape(input, (-1,))


@linear(node="TestAutogradMultipleDispatchViewBackward0_copy", input=_flat_rule)
def _test_autograd_multiple_dispatch_view_copy(input: V) -> V:
    return reshape(input, (-1,)) * 1
