"""Methods: short-time Fourier transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.later import later

if TYPE_CHECKING:
    from pullback.ops.fourier import short_time
else:
    (short_time,) = later("pullback.ops.fourier", "short_time")


class FourierMethods:
    """``x.stft(n_fft, …)`` and its inverse."""

    __slots__ = ()

    stft = short_time.stft
    istft = short_time.istft
