"""Fourier transforms along one axis: `torch.fft.fft` and its kin.

All take `n`, the signal's length to which the axis is cut or filled up with zeros, the axis `dim`, and `norm`:
``"backward"`` divides the transform back by n, ``"forward"`` the one forward, ``"ortho"`` both by √n. Integers and
booleans become the default floating dtype; half precision, a length below 1 and an unknown norm are refused with
``RuntimeError``.
"""

from __future__ import annotations

from typing import Any

from pullback.graph.inplace import spoken
from pullback.ops.dims import wrap_dim
from pullback.ops.fourier.transforms import c2c, c2r, check_size, finished, promoted, r2c, resized, scale_of
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.complexes import conj
from pullback.ops.typing import V


def _axis(dim: int, input: Any) -> int:
    if not input._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, input._array.ndim)


def _whole(name: str, input: Any, n: int | None, dim: int, norm: str | None, forward: bool) -> Any:
    """The whole spectrum; a real signal is transformed as such."""
    input = promoted(name, input)
    axis = _axis(dim, input)
    input = resized(input, (axis,), (check_size(input._array.shape[axis] if n is None else n),))
    scale = scale_of(norm, forward)
    if input._array.dtype.kind == "c":
        return c2c(input, (axis,), scale, forward)
    found = r2c(input, (axis,), scale, False)
    return found if forward else conj(found)


def _half(name: str, input: Any, n: int | None, dim: int, norm: str | None, forward: bool) -> Any:
    """The first half of a real signal's spectrum."""
    input = promoted(name, input)
    if input._array.dtype.kind == "c":
        raise RuntimeError(f"{name} expects a real input tensor, but got {spoken(input._array.dtype)}")
    axis = _axis(dim, input)
    input = resized(input, (axis,), (check_size(input._array.shape[axis] if n is None else n),))
    found = r2c(input, (axis,), scale_of(norm, forward), True)
    return found if forward else conj(found)


def _signal(name: str, input: Any, n: int | None, dim: int, norm: str | None, forward: bool) -> Any:
    """The real signal of which `input` is half the spectrum."""
    input = promoted(name, input, complexes=True)
    axis = _axis(dim, input)
    last = check_size(2 * (input._array.shape[axis] - 1) if n is None else n)
    input = resized(input, (axis,), (last // 2 + 1,))
    return c2r(conj(input) if forward else input, (axis,), scale_of(norm, forward), last)


@numpy_names
def fft(input: V, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: V | None = None) -> V:
    """The discrete Fourier transform ``X_k = sum_j x_j exp(-2πi j k / n)``; complex.

    >>> import pullback as torch
    >>> torch.fft.fft(torch.tensor([1., 0., -1., 0.]))
    tensor([0.+0.j, 2.+0.j, 0.+0.j, 2.+0.j])
    """
    return finished("fft", _whole("fft", input, n, dim, norm, True), out)


@numpy_names
def ifft(input: V, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: V | None = None) -> V:
    """The inverse of `fft`; complex."""
    return finished("ifft", _whole("ifft", input, n, dim, norm, False), out)


@numpy_names
def rfft(input: V, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: V | None = None) -> V:
    """The first ``n // 2 + 1`` elements of `fft` of a real signal; the others are conjugates of these.

    >>> import pullback as torch
    >>> torch.fft.rfft(torch.tensor([1., 0., -1., 0.]))
    tensor([0.+0.j, 2.+0.j, 0.+0.j])
    """
    return finished("rfft", _half("rfft", input, n, dim, norm, True), out)


@numpy_names
def irfft(input: V, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: V | None = None) -> V:
    """The inverse of `rfft`: a real signal of length `n`, by default ``2 * (m - 1)`` for m elements."""
    return finished("irfft", _signal("irfft", input, n, dim, norm, False), out)


@numpy_names
def hfft(input: V, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: V | None = None) -> V:
    """The real transform of a signal of which the half is given that says the other: x_{-j} is the conjugate of x_j."""
    return finished("hfft", _signal("hfft", input, n, dim, norm, True), out)


@numpy_names
def ihfft(input: V, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: V | None = None) -> V:
    """The inverse of `hfft`, of a real signal."""
    return finished("ihfft", _half("ihfft", input, n, dim, norm, False), out)
