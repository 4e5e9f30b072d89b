"""Short-time Fourier transforms: the spectra of overlapping pieces of a signal, and the signal of such spectra."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from pullback.graph.inplace import spoken
from pullback.graph.once import warn_once
from pullback.graph.tensor_base import wrap
from pullback.ops.fourier.transforms import c2c, c2r, r2c
from pullback.ops.matrix.linalg_checks import concrete
from pullback.ops.pointwise.arithmetic import mul
from pullback.ops.pointwise.division import div
from pullback.ops.shape.axes import transpose
from pullback.ops.shape.bits import view_as_real
from pullback.ops.shape.padding import constant_pad_nd, pad
from pullback.ops.shape.reseating import squeeze_, transpose_
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.shape.windows import narrow, overlap_add_tensor, unfold
from pullback.ops.typing import V

_NO_WINDOW = {
    "stft": (
        "A window was not provided. A rectangular window will be applied,which is known to cause spectral leakage. Other "
        "windows such as torch.hann_window or torch.hamming_window are recommended to reduce spectral leakage.To suppress "
        "this warning and use a rectangular window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
    ),
    "istft": (
        "A window was not provided. A rectangular window will be applied.Please provide the same window used by stft to "
        "make the inversion lossless.To suppress this warning and use a rectangular window, explicitly set "
        "`window=torch.ones(n_fft, device=<device>)`."
    ),
}
_PAIRS = (
    "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for "
    "all inputs, and return_complex=False will raise an error."
)


def _is_complex(tensor: Any) -> bool:
    return tensor is not None and tensor._array.dtype.kind == "c"


class _Pieces(NamedTuple):
    """How a signal is cut: size of a piece, distance to the next, width of the window, the zeros before it in a piece."""

    n_fft: int
    hop: int
    width: int
    margin: int
    described: str
    """The call in words, which begins the messages of its errors."""


def _pieces(
    function: str, input: Any, n_fft: int, hop: int | None, width: int | None, window: Any, padded: bool, **options: Any
) -> _Pieces:
    """The lengths with their defaults."""
    hop = n_fft // 4 if hop is None else hop
    width = n_fft if width is None else width
    word, shape = spoken(input._array.dtype), list(input._array.shape)
    if padded and shape:  # PyTorch describes the signal after that
        shape[-1] += n_fft // 2 * 2
    kind = f"torch.{word}Tensor{shape}" if function == "stft" else f"CPU{word}Type{shape}"
    seen = "None"
    if window is not None:
        seen = f"torch.{spoken(window._array.dtype)}Tensor{{{list(window._array.shape)}}}"
    told = "".join(f", {name}={int(v) if isinstance(v, bool) else v}" for name, v in options.items())
    described = f"{function}({kind}, n_fft={n_fft}, hop_length={hop}, win_length={width}, window={seen}{told})"
    return _Pieces(n_fft, hop, width, (n_fft - width) // 2, described)


def _widened(window: Any, pieces: _Pieces, dtype: Any) -> Any:
    """The window with zeros on both sides to the size of a piece; ones in the real `dtype` where none is given."""
    if window is None:
        warn_once(_NO_WINDOW[pieces.described.split("(")[0]], 3)
        window = wrap(np.ones(pieces.width, np.empty(0, dtype).real.dtype))
    if pieces.width == pieces.n_fft:
        return window
    return constant_pad_nd(window, [pieces.margin, pieces.n_fft - pieces.width - pieces.margin])


# ------------------------------------------------------------------------------------------------ there: spectra


def _check_stft(input: Any, pieces: _Pieces, window: Any) -> None:
    told, (n_fft, hop, width, *_) = pieces.described, pieces
    if input._array.dtype.kind in "biu":
        raise RuntimeError(f"{told} : expected a tensor of floating point or complex values")
    if input._array.ndim != 2:
        raise RuntimeError(f"{told} : expected a 1D or 2D tensor")
    length = input._array.shape[-1]
    if not 0 < n_fft <= length:
        raise RuntimeError(f"{told} : expected 0 < n_fft < {length}, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"{told} : expected hop_length > 0, but got hop_length={hop}")
    if not 0 < width <= n_fft:
        raise RuntimeError(f"{told} : expected 0 < win_length <= n_fft, but got win_length={width}")
    if window is not None and window._array.shape != (width,):
        raise RuntimeError(
            f"{told} : expected a 1D window tensor of size equal to win_length={width}, but got window with size "
            f"{list(window._array.shape)}"
        )


def _said(return_complex: bool | None, input: Any, window: Any) -> bool:
    """Whether the result is complex; a real signal leaves no doubt only where it is said."""
    if return_complex is not None:
        return return_complex
    if _is_complex(input) or _is_complex(window):
        return True
    raise RuntimeError(
        "stft requires the return_complex parameter be given for real inputs, and will further require that "
        "return_complex=True in a future PyTorch release."
    )


def _extended(input: Any, before: int, after: int, mode: str) -> Any:
    """The signals ``(B, L)`` with more at both ends."""
    return squeeze(pad(unsqueeze(input, 0), [before, after], mode), 0)


def stft(
    input: V, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: V | None = None,
    center: bool = True, pad_mode: str = "reflect", normalized: bool = False, onesided: bool | None = None,
    return_complex: bool | None = None, align_to_window: bool | None = None,
) -> V:  # fmt: skip
    """The spectra of pieces of a signal, `hop_length` apart: ``(L)`` or ``(B, L)`` to ``(*, F, T)``.

    Args:
        input: real or complex signals.
        n_fft: size of a piece, and of its transform.
        hop_length: from one piece to the next, by default ``n_fft // 4``.
        win_length: length of the window in the middle of a piece, by default `n_fft`.
        window: by which a piece is multiplied; ones by default.
        center: pad the signal so that piece t is centered at ``t * hop_length``.
        pad_mode: how, see `torch.nn.functional.pad`.
        normalized: divide by ``√n_fft``.
        onesided: keep ``F = n_fft // 2 + 1`` frequencies, by default for real signals and windows.
        return_complex: complex, or (deprecated) pairs of numbers on a last axis; a real signal needs it said.
        align_to_window: without `center`, let the first window, not the first piece, begin with the signal.

    Raises ``RuntimeError`` where sizes do not fit.

    >>> import pullback as torch
    >>> torch.stft(torch.ones(8), 4, window=torch.ones(4), center=False, return_complex=True).shape
    torch.Size([3, 5])
    """
    return_complex = _said(return_complex, input, window)
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    pieces = _pieces(
        "stft", input, n_fft, hop_length, win_length, window, center, normalized=normalized, onesided=onesided,
        return_complex=return_complex, align_to_window=align_to_window,
    )  # fmt: skip
    single = input._array.ndim == 1
    if single:
        input = unsqueeze(input, 0)
    if input._array.ndim == 2 and center:
        input = _extended(input, n_fft // 2, n_fft // 2, pad_mode)
    elif input._array.ndim == 2 and align_to_window:
        input = _extended(input, pieces.margin, n_fft - pieces.width - pieces.margin, "constant")
    _check_stft(input, pieces, window)
    complexes = _is_complex(input) or _is_complex(window)
    if onesided and complexes:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex:
        warnings.warn(_PAIRS, UserWarning, stacklevel=2)
    frames = unfold(input, 1, n_fft, pieces.hop)
    window = _widened(window, pieces, input._array.dtype)
    spectra = _spectra(frames, window, normalized, not complexes if onesided is None else onesided)
    result = transpose_(spectra, 1, 2)
    result = squeeze_(result, 0) if single else result
    return result if return_complex else view_as_real(result)


def _spectra(frames: Any, window: Any, normalized: bool, onesided: bool) -> Any:
    """``(B, T, n) -> (B, T, F)``."""
    frames = mul(frames, window)
    scale = "root" if normalized else "one"
    return c2c(frames, (2,), scale, True) if _is_complex(frames) else r2c(frames, (2,), scale, onesided)


# ------------------------------------------------------------------------------------------------- back: a signal


def _check_istft(input: Any, pieces: _Pieces, window: Any, half: bool) -> None:
    told, (n_fft, hop, width, *_) = pieces.described, pieces
    frequencies = input._array.shape[-2]
    if not input._array.size:
        raise RuntimeError(f"{told} : input tensor cannot be empty.")
    if frequencies != (n_fft // 2 + 1 if half else n_fft):
        wanted = "n_fft / 2 + 1 when onesided=True" if half else "n_fft when onesided=False"
        raise RuntimeError(
            f"{told} : expected the frequency dimension (3rd to the last) of the input tensor to match {wanted}, "
            f"but got {frequencies}"
        )
    if not 0 < hop <= width:
        raise RuntimeError(f"{told} : expected 0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        raise RuntimeError(f"{told} : expected 0 < win_length <= n_fft")
    if window is not None and window._array.shape != (width,):
        raise RuntimeError(f"{told} : Invalid window shape. window has to be 1D and length of `win_length`")


def istft(
    input: V, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: V | None = None,
    center: bool = True, normalized: bool = False, onesided: bool | None = None, length: int | None = None,
    return_complex: bool = False,
) -> V:  # fmt: skip
    """The signal whose pieces have the given spectra, the inverse of `stft`: ``(*, F, T)`` to ``(*, L)``.

    Pieces are added where they overlap and divided by the sum of the squared windows, which must not be zero anywhere.
    `length` cuts the signal or fills it up with zeros; `return_complex` asks for a complex signal; the others are
    those of `stft`. Raises ``RuntimeError`` where sizes do not fit.

    >>> import pullback as torch
    >>> x, w = torch.arange(8.), torch.hann_window(4)
    >>> torch.istft(torch.stft(x, 4, window=w, return_complex=True), 4, window=w).round()
    tensor([0., 1., 2., 3., 4., 5., 6., 7.])
    """
    if not _is_complex(input):
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    ndim = input._array.ndim
    if ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim - 1}, {ndim}], but got {-ndim - 2})"
        )
    pieces = _pieces(
        "istft", input, n_fft, hop_length, win_length, window, False, center=center, normalized=normalized,
        onesided=onesided, length=length, return_complex=return_complex,
    )  # fmt: skip
    half = input._array.shape[-2] != n_fft if onesided is None else onesided
    _check_istft(input, pieces, window, half)
    if return_complex and half:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex and _is_complex(window):
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    window = _widened(window, pieces, input._array.dtype)
    spectra = transpose(unsqueeze(input, 0) if ndim == 2 else input, 1, 2)
    frames = _frames(spectra, n_fft, "root" if normalized else "count", half, return_complex)
    result = _overlapped(mul(frames, window), window, pieces, center, length)
    return squeeze(result, 0) if ndim == 2 else result


def _frames(spectra: Any, n_fft: int, scale: str, half: bool, complexes: bool) -> Any:
    """``(B, T, F) -> (B, T, n)``."""
    if complexes:
        return c2c(spectra, (2,), scale, False)
    if not half:
        spectra = narrow(spectra, -1, 0, n_fft // 2 + 1)
    return c2r(spectra, (2,), scale, n_fft)


def _overlapped(frames: Any, window: Any, pieces: _Pieces, center: bool, length: int | None) -> Any:
    """The windowed pieces ``(B, T, n)`` added up, divided by the sum of squared windows, and cut."""
    samples, count, n_fft = frames._array.shape
    whole = n_fft + pieces.hop * (count - 1)
    signal = overlap_add_tensor(frames, 1, n_fft, pieces.hop, (samples, whole))
    squares = mul(window, window).expand(1, count, n_fft)
    weight = overlap_add_tensor(squares, 1, n_fft, pieces.hop, (1, whole))
    start = n_fft // 2 if center else 0
    stop = start + length if length is not None else whole - start
    cut = max(min(stop, whole) - start, 0)
    signal, weight = narrow(signal, 1, start, cut), narrow(weight, 1, start, cut)
    numbers = concrete(weight._array)
    if numbers is not None and numbers.size and not (smallest := np.abs(numbers).min()) > 1e-11:
        raise RuntimeError(f"{pieces.described} window overlap add min: {smallest}")
    result = div(signal, weight)
    if stop <= whole:
        return result
    warnings.warn(
        "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. "
        "Please check your center and hop_length settings.",
        UserWarning,
        stacklevel=3,
    )
    return constant_pad_nd(result, [0, stop - whole])
