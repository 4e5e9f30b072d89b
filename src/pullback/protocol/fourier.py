"""NumPy's Fourier transforms on tensors, and the three kinds that our rules speak of."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import fourier
from pullback.ops.fourier import frequencies, many_axes, one_axis, transforms


def _one(function: Any) -> Any:
    return lambda a, n=None, axis=-1, norm=None: function(a, n, axis, norm)


def _two(function: Any) -> Any:
    return lambda a, s=None, axes=(-2, -1), norm=None: function(a, s, axes, norm)


def _many(function: Any) -> Any:
    return lambda a, s=None, axes=None, norm=None: function(a, s, axes, norm)


FUNCTIONS: dict[Any, Any] = {
    fourier.c2c: transforms.c2c,
    fourier.r2c: transforms.r2c,
    fourier.c2r: transforms.c2r,
    np.fft.fft: _one(one_axis.fft),
    np.fft.ifft: _one(one_axis.ifft),
    np.fft.rfft: _one(one_axis.rfft),
    np.fft.irfft: _one(one_axis.irfft),
    np.fft.hfft: _one(one_axis.hfft),
    np.fft.ihfft: _one(one_axis.ihfft),
    np.fft.fft2: _two(many_axes.fft2),
    np.fft.ifft2: _two(many_axes.ifft2),
    np.fft.rfft2: _two(many_axes.rfft2),
    np.fft.irfft2: _two(many_axes.irfft2),
    np.fft.fftn: _many(many_axes.fftn),
    np.fft.ifftn: _many(many_axes.ifftn),
    np.fft.rfftn: _many(many_axes.rfftn),
    np.fft.irfftn: _many(many_axes.irfftn),
    np.fft.fftshift: lambda x, axes=None: frequencies.fftshift(x, axes),
    np.fft.ifftshift: lambda x, axes=None: frequencies.ifftshift(x, axes),
}
