"""Complex numbers from two real tensors."""

from __future__ import annotations

import numpy as np

from pullback.arrays.vocabulary import join
from pullback.graph.inplace import spoken
from pullback.graph.operator import elementwise
from pullback.ops.typing import V


@elementwise(
    promotes=(),
    holomorphic=False,
    real=lambda grad: np.real(grad),
    imag=lambda grad: np.imag(grad),
    jvp=lambda d_real, d_imag, real, imag: _joined(d_real, d_imag, real, imag),
)
def complex(real: V, imag: V) -> V:
    """``real + 1j * imag``, element by element; both of one floating dtype.

    >>> import pullback as torch
    >>> torch.complex(torch.tensor([1.]), torch.tensor([2.]))
    tensor([1.+2.j])
    """
    _check_parts(real, imag)
    return join(real, imag)


def _check_parts(first: V, second: V) -> None:
    kinds = spoken(first.dtype), spoken(second.dtype)
    if not {*kinds} <= {"Half", "Float", "Double"}:
        raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {' and '.join(kinds)}")
    if kinds[0] != kinds[1]:
        raise RuntimeError(
            f"Expected object of scalar type {kinds[0]} but got scalar type {kinds[1]} for second argument"
        )


def _joined(d_real: V, d_imag: V, real: V, imag: V) -> V:
    d_real = real * 0 if d_real is None else d_real
    d_imag = imag * 0 if d_imag is None else d_imag
    return join(d_real, d_imag)


@elementwise(
    promotes=(),
    holomorphic=False,
    abs=lambda grad, angle: np.real(grad * join(np.cos(angle), -np.sin(angle))),
    angle=lambda grad, result: np.real(np.conjugate(grad) * result * 1j),
    jvp=lambda d_abs, d_angle, abs, angle, result: (
        (0 if d_abs is None else join(d_abs * np.cos(angle), d_abs * np.sin(angle)))
        + (0 if d_angle is None else d_angle * result * 1j)
    ),
)
def polar(abs: V, angle: V) -> V:
    """The complex number with the given absolute value and angle (radians); both of one floating dtype."""
    _check_parts(abs, angle)
    if abs.dtype.itemsize == 2:
        raise NotImplementedError(f"\"polar_cpu\" not implemented for '{spoken(abs.dtype)}'")
    return join(abs * np.cos(angle), abs * np.sin(angle))
