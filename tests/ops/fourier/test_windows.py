"""Windows against their formulas; short-time transforms that give back the signal; warnings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.graph import once

windows = pullback.signal.windows
N = np.arange(6)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("hann", {}, np.sin(np.pi * N / 5) ** 2),
        ("hamming", {}, 0.54 - 0.46 * np.cos(2 * np.pi * N / 5)),
        ("bartlett", {}, 1 - np.abs(2 * N / 5 - 1)),
        ("cosine", {}, np.sin(np.pi * (N + 0.5) / 6)),
        ("exponential", {"tau": 2.0}, np.exp(-np.abs(N - 2.5) / 2)),
        ("gaussian", {"std": 2.0}, np.exp(-((N - 2.5) ** 2) / 8)),
        ("general_cosine", {"a": [0.7, 0.3]}, 0.7 - 0.3 * np.cos(2 * np.pi * N / 5)),
        ("kaiser", {"beta": 3.0}, np.kaiser(6, 3.0)),
        ("blackman", {}, np.blackman(6)),
    ],
)
def test_windows_are_what_their_formulas_say(name: str, options: dict[str, Any], expected: np.ndarray) -> None:
    make = getattr(windows, name)
    np.testing.assert_allclose(make(6, dtype=pullback.float64, **options).numpy(), expected, 1e-12, 1e-15)
    longer = make(7, dtype=pullback.float64, **options).numpy()
    np.testing.assert_allclose(make(6, sym=False, dtype=pullback.float64, **options).numpy(), longer[:-1], 1e-12, 1e-15)
    assert make(1, **options).tolist() == [1.0]
    assert make(0, **options).shape == (0,)


@pytest.mark.parametrize("name", ["hann", "hamming", "bartlett", "blackman", "kaiser"])
def test_the_two_homes_agree(name: str) -> None:
    periodic = getattr(pullback, f"{name}_window")(8, dtype=pullback.float64)
    np.testing.assert_allclose(periodic.numpy(), getattr(windows, name)(8, sym=False, dtype=pullback.float64).numpy())
    symmetric = getattr(pullback, f"{name}_window")(8, periodic=False, requires_grad=True)
    assert symmetric.requires_grad
    np.testing.assert_allclose(symmetric.detach().numpy(), getattr(windows, name)(8).numpy(), 1e-6)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: windows.hann(-1), ValueError, "general_cosine requires non-negative window length, got M=-1"),
        (lambda: windows.kaiser(3, beta=-1), ValueError, "beta must be non-negative"),
        (lambda: windows.gaussian(3, std=0), ValueError, "Standard deviation must be positive, got: 0 instead."),
        (lambda: windows.exponential(3, center=1.0), ValueError, "Center must be None for symmetric windows"),
        (lambda: windows.cosine(3, dtype=pullback.float16), ValueError, "cosine expects float32 or float64 dtypes"),
        (lambda: windows.general_cosine(3, a=[]), ValueError, "Coefficients cannot be empty"),
        (lambda: pullback.hann_window(-1), RuntimeError, "hann_window requires non-negative window_length"),
        (lambda: pullback.hann_window(3, dtype=pullback.int64), RuntimeError, "hann_window expects floating point"),
        (lambda: pullback.hann_window(3.5), TypeError, r"hann_window\(\): argument 'window_length'"),
    ],
)
def test_what_windows_refuse(call: Any, kind: type[BaseException], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize("shape", [(20,), (3, 20)])
@pytest.mark.parametrize("options", [{}, {"normalized": True}, {"hop_length": 1}, {"win_length": 6}])
def test_short_time_spectra_give_the_signal_back(shape: tuple[int, ...], options: dict[str, Any]) -> None:
    x = pullback.arange(float(np.prod(shape)), dtype=pullback.float64).reshape(shape).sin()
    window = pullback.hann_window(options.get("win_length", 8), dtype=pullback.float64)
    spectra = x.stft(8, window=window, return_complex=True, **options)
    found = spectra.istft(8, window=window, length=20, **options)
    np.testing.assert_allclose(found.numpy(), x.numpy(), 1e-12, 1e-12)


def test_warnings_name_their_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "_given", set())
    x = pullback.ones(8)
    with pytest.warns(UserWarning, match="which is known to cause spectral leakage"):
        spectra = pullback.stft(x, 4, return_complex=True)
    with pytest.warns(UserWarning, match="provide the same window used by stft"):
        pullback.istft(spectra, 4)
    pullback.stft(x, 4, return_complex=True)  # each once in a process
    with pytest.warns(UserWarning, match="return_complex=False is deprecated"):
        pairs = pullback.stft(x, 4, window=pullback.ones(4), return_complex=False)
    np.testing.assert_array_equal(pullback.view_as_complex(pairs).numpy(), spectra.numpy())
    with pytest.warns(UserWarning, match="shorter than the length parameter"):
        padded = pullback.istft(spectra, 4, window=pullback.ones(4), length=20)
    assert padded[-4:].tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: pullback.stft(pullback.ones(8), 4, 0, return_complex=True),
            "stft(torch.FloatTensor[12], n_fft=4, hop",
        ),
        (
            lambda: pullback.stft(pullback.ones(8), -1, return_complex=True),
            "stft(torch.FloatTensor[6], n_fft=-1, hop_le",
        ),
        (
            lambda: pullback.istft(pullback.ones(3, 2) * 1j, 4, 5),
            "istft(CPUComplexFloatType[3, 2], n_fft=4, hop_length=5",
        ),
    ],
)
def test_errors_begin_with_the_call(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(RuntimeError, match=re.escape(text)):
        call()
