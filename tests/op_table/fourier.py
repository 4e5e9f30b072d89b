"""Rows of the Fourier family: transforms along one axis and several, shifted spectra, short-time transforms.

Windows, frequencies and warnings are tested in ``tests/ops/fourier``.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tests.op_table import Draw, Row, S, Sample

SINGLE = ("float32",)
NORMS = ("forward", "backward", "ortho")


def _one(d: Draw, complexes: bool) -> Iterable[Sample]:
    draw = d.complex if complexes else d
    yield from (S(draw(2, 5), norm=norm) for norm in NORMS)
    yield S(draw(6))
    yield S(draw(4, 3), 3, 0)
    yield S(draw(3, 2), 5, dim=-2)
    yield S(draw(1))


def _hermitian(d: Draw) -> Iterable[Sample]:
    yield from (S(d.complex(2, 4), norm=norm) for norm in NORMS)
    yield S(d.complex(4), 5)
    yield S(d.complex(4, 2), 3, 0)
    yield S(d(4))
    yield S(d.complex(3), 1)


def _many(d: Draw, complexes: bool) -> Iterable[Sample]:
    draw = d.complex if complexes else d
    yield from (S(draw(3, 4), norm=norm) for norm in NORMS)
    yield S(draw(2, 3, 4), dim=(0, 2))
    yield S(draw(3, 4), (2, 5), (-2, -1))
    yield S(draw(4, 3), (-1, 2), (1, 0))


def _many_hermitian(d: Draw) -> Iterable[Sample]:
    yield from (S(d.complex(3, 4), norm=norm) for norm in NORMS)
    yield S(d.complex(3, 4), (2, 5), (-2, -1))
    yield S(d.complex(2, 3, 4), dim=(2, 0))
    yield S(d(3, 3), (3, -1), (0, 1))


def _errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(3), 0), RuntimeError
    yield S(d(3), 3, 1), IndexError
    yield S(d(), 1), IndexError
    yield S(d(3), norm="half"), RuntimeError


def _real_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield from _errors(d)
    yield S(d.complex(3)), RuntimeError


def _many_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(3, 2), (1, 1, 1)), RuntimeError
    yield S(d(3, 2), (1,), (0, 1)), RuntimeError
    yield S(d(3, 2), dim=(0, 0)), RuntimeError
    yield S(d(3, 2), (0, 1)), RuntimeError


ONE_AXIS = [
    Row("fft.fft", lambda d: [*_one(d, False), *_one(d, True)], dtypes=SINGLE, out=True, errors=_errors),
    Row("fft.ifft", lambda d: [*_one(d, False), *_one(d, True)], dtypes=SINGLE, out=True, errors=_errors),
    Row("fft.rfft", lambda d: _one(d, False), dtypes=SINGLE, out=True, errors=_real_errors),
    Row("fft.ihfft", lambda d: _one(d, False), dtypes=SINGLE, out=True, errors=_real_errors),
    Row("fft.irfft", _hermitian, dtypes=SINGLE, out=True, errors=_errors),
    Row("fft.hfft", _hermitian, dtypes=SINGLE, out=True, errors=_errors),
]

MANY_AXES = [
    Row("fft.fftn", lambda d: [*_many(d, False), *_many(d, True), S(d.complex())], errors=_many_errors),
    Row("fft.ifftn", lambda d: [*_many(d, False), *_many(d, True)], errors=_many_errors),
    Row("fft.rfftn", lambda d: _many(d, False), errors=_many_errors),
    Row("fft.ihfftn", lambda d: _many(d, False), errors=_many_errors),
    Row("fft.irfftn", _many_hermitian, errors=_many_errors),
    Row("fft.hfftn", _many_hermitian, errors=_many_errors),
    *(
        Row(f"fft.{name}", lambda d: [S(d(3, 4)), S(d(2, 3, 3), (2, 2)), S(d(3, 2, 2), dim=(0, 2))], dtypes=SINGLE)
        for name in ("fft2", "ifft2", "rfft2", "irfft2", "hfft2", "ihfft2")
    ),
]

SHIFTS = [
    Row(f"fft.{name}", lambda d: [S(d(5)), S(d(4, 3)), S(d(4, 3), (1,)), S(d(3, 2), dim=-2)])
    for name in ("fftshift", "ifftshift")
]

WINDOW = np.array([0.0, 0.5, 1.0, 0.5])


def _stft(d: Draw) -> Iterable[Sample]:
    yield S(d(12), 4, window=WINDOW, return_complex=True)
    yield S(d(2, 9), 4, 2, window=d.positive(4), center=False, return_complex=True)
    yield S(d(2, 9), 6, 3, 4, d.positive(4), normalized=True, onesided=False, return_complex=True)
    yield S(d.complex(9), 4, 3, window=d.positive(4), pad_mode="constant")
    yield S(d(9), 5, 2, 4, d.positive(4), center=False, align_to_window=True, return_complex=True)


def _stft_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(9), 4), RuntimeError
    yield S(d(9), 0, return_complex=True), RuntimeError
    yield S(d(9), 4, 0, return_complex=True), RuntimeError
    yield S(d(9), 4, 1, 5, return_complex=True), RuntimeError
    yield S(d(9), 4, window=d(3), return_complex=True), RuntimeError
    yield S(d.complex(9), 4, window=WINDOW, onesided=True), RuntimeError
    yield S(d(9), 4, window=WINDOW, align_to_window=True, return_complex=True), RuntimeError


def _istft(d: Draw) -> Iterable[Sample]:
    yield S(d.complex(3, 6), 4, window=d.positive(4))
    yield S(d.complex(2, 3, 5), 4, 2, window=d.positive(4), center=False, normalized=True)
    yield S(d.complex(2, 4, 4), 6, 2, 5, d.positive(5), length=7)
    yield S(d.complex(4, 5), 4, window=d.positive(4), onesided=False)
    yield S(d.complex(4, 5), 4, window=d.positive(4), onesided=False, return_complex=True)


def _istft_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(3, 6), 4), RuntimeError
    yield S(d.complex(6), 4), IndexError
    yield S(d.complex(3, 6), 4, 5), RuntimeError
    yield S(d.complex(5, 6), 4), RuntimeError
    yield S(d.complex(3, 6), 4, window=np.zeros(4)), RuntimeError
    yield S(d.complex(3, 6), 4, window=WINDOW, center=False), RuntimeError
    yield S(d.complex(3, 6), 4, window=WINDOW, return_complex=True), RuntimeError


SHORT_TIME = [
    Row("stft", _stft, errors=_stft_errors),
    Row("istft", _istft, errors=_istft_errors),
]

ROWS = [*ONE_AXIS, *MANY_AXES, *SHIFTS, *SHORT_TIME]
