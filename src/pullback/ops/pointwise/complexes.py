"""Parts, conjugates and angles of complex numbers."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.arrays.mirrored import conjugate_view, negative_view
from pullback.arrays.vocabulary import zeros_like
from pullback.graph.operator import elementwise, view
from pullback.ops.shape.bits import view_as_real
from pullback.ops.shape.memory import clone
from pullback.ops.shape.windows import select
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@elementwise(holomorphic=False, input=lambda grad: np.conjugate(grad))
def _conj_physical(input: V) -> V:
    return np.conjugate(input)


@view(node="ConjBackward0", input=lambda grad: np.conjugate(grad))
def _conj(input: V) -> V:
    return conjugate_view(input)


@view(input=lambda grad: -grad)
def _neg_view(input: V) -> V:
    return negative_view(input)


def _kind(input: Any, name: str) -> Any:
    try:
        return input.dtype.kind
    except AttributeError:
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}") from None


def conj(input: V) -> V:
    """The complex conjugate as a view of the same memory, worked out when it is read; a real tensor itself.

    >>> import pullback as torch
    >>> torch.conj(torch.tensor([1 + 2j]))
    tensor([1.-2.j])
    """
    return _conj(input) if _kind(input, "conj") == "c" else input


def conj_physical(input: V, *, out: Any = None) -> V:
    """The complex conjugate, computed now; a real tensor itself."""
    if _kind(input, "conj_physical") != "c" and out is None:
        return input
    return _conj_physical(input, out=out)


@asks_for_tensors
def resolve_conj(input: V) -> V:
    """`input` with its conjugation worked out, in memory of its own; `input` itself if it is no conjugate view."""
    return clone(input) if input.is_conj() else input


@asks_for_tensors
def resolve_neg(input: V) -> V:
    """`input` with its negation worked out, in memory of its own; `input` itself if it is no negative view."""
    return clone(input) if input.is_neg() else input


def _angle_rule(grad: Any, input: Any) -> Any:
    if input.dtype.kind != "c":
        return zeros_like(grad)
    re, im = np.real(input), np.imag(input)
    square = re * re + im * im
    zero = square == 0
    return drop(grad * ((re * 1j - im) / (square + zero)), zero)


@elementwise(floats=True, holomorphic=False, input=_angle_rule)
def angle(input: V) -> V:
    """Argument in radians, in [-π, π]: of a negative real number π, of a positive one 0; real in any case.

    >>> import pullback as torch
    >>> torch.angle(torch.tensor([1j, -1]))
    tensor([1.5708, 3.1416])
    """
    if input.dtype.kind == "c":
        return np.arctan2(np.imag(input), np.real(input))
    return np.where(input < 0, np.array(pi, input.dtype), drop(input, input == input))


def real(input: V) -> V:
    """The real part, a view; a real tensor itself.

    >>> import pullback as torch
    >>> torch.real(torch.tensor([1 + 2j]))
    tensor([1.])
    """
    if _kind(input, "real") != "c":
        return input
    return select(view_as_real(_conj(input) if input.is_conj() else input), -1, 0)


def imag(input: V) -> V:
    """The imaginary part, a view; ``RuntimeError`` for real dtypes."""
    if _kind(input, "imag") != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    if input.is_conj():
        return select(_neg_view(view_as_real(_conj(input))), -1, 1)
    return select(view_as_real(input), -1, 1)


def set_real(input: V, value: Any) -> None:
    """``x.real = value``: write into the real part."""
    real(input).copy_(value)


def set_imag(input: V, value: Any) -> None:
    """``x.imag = value``: write into the imaginary part."""
    imag(input).copy_(value)
