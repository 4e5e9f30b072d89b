"""Fourier transforms against their definition; frequencies, empty batches, NumPy's names on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck, gradgradcheck

fft = pullback.fft


def numbers(*shape: int) -> Any:
    return pullback.arange(1.0, 1 + int(np.prod(shape)), dtype=pullback.float64).reshape(shape).sin()


def by_definition(x: np.ndarray) -> np.ndarray:
    n = len(x)
    places = np.arange(n)
    return np.exp(-2j * np.pi * np.outer(places, places) / n) @ x


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_the_transform_is_what_its_definition_says(n: int) -> None:
    x = numbers(n)
    expected = by_definition(x.numpy())
    np.testing.assert_allclose(fft.fft(x).numpy(), expected, 1e-12, 1e-12)
    np.testing.assert_allclose(fft.rfft(x).numpy(), expected[: n // 2 + 1], 1e-12, 1e-12)
    np.testing.assert_allclose(fft.hfft(fft.ihfft(x), n).numpy(), x.numpy(), 1e-12, 1e-12)
    np.testing.assert_allclose(fft.irfft(fft.rfft(x), n).numpy(), x.numpy(), 1e-12, 1e-12)


@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
@pytest.mark.parametrize("sizes", [(3, 4), (4, 5), (1, 2)])
def test_there_and_back(norm: str, sizes: tuple[int, int]) -> None:
    x = numbers(2, *sizes)
    for there, back in ((fft.fft2, fft.ifft2), (fft.rfft2, fft.irfft2), (fft.ihfft2, fft.hfft2)):
        found = back(there(x, norm=norm), sizes, norm=norm)
        np.testing.assert_allclose(np.real(found.numpy()), x.numpy(), 1e-12, 1e-12)


@pytest.mark.parametrize("function", [fft.fft, fft.rfft, fft.ihfft, fft.ifft])
def test_an_empty_batch_gives_an_empty_spectrum(function: Any) -> None:
    x = pullback.zeros(0, 6, requires_grad=True)
    y = function(x)
    assert tuple(y.shape) == (0, 4 if function in (fft.rfft, fft.ihfft) else 6)
    assert y.is_complex()
    y.abs().sum().backward()
    assert tuple(x.grad.shape) == (0, 6)


def test_single_precision_stays_single() -> None:
    x = pullback.ones(4)
    assert fft.fft(x).dtype is pullback.complex64
    assert fft.irfft(fft.rfft(x)).dtype is pullback.float32
    assert fft.fft(pullback.ones(4, dtype=pullback.int64)).dtype is pullback.complex64
    with pytest.raises(RuntimeError, match="Unsupported dtype Half"):
        fft.fft(x.half())


def test_frequencies() -> None:
    assert fft.fftfreq(5, 0.5).tolist() == pytest.approx([0, 0.4, 0.8, -0.8, -0.4])
    assert fft.rfftfreq(4, 2.0, dtype=pullback.float64).tolist() == [0, 0.125, 0.25]
    assert fft.fftfreq(0).shape == (0,)
    with pytest.raises(RuntimeError, match="fftfreq requires a floating point or complex dtype"):
        fft.fftfreq(4, dtype=pullback.int64)


def test_numpys_names_differentiate() -> None:
    x = numbers(4).requires_grad_()
    y = np.fft.irfft(np.fft.rfft(x) * 2)
    np.testing.assert_allclose(y.detach().numpy(), 2 * x.detach().numpy(), 1e-12)
    (pulled,) = pullback.autograd.grad(y.sum(), x)
    np.testing.assert_allclose(pulled.numpy(), 2.0, 1e-12)


def test_derivatives_of_every_order() -> None:
    x = numbers(2, 5).requires_grad_()

    def power(x: Any) -> Any:
        spectrum = fft.rfft(x)
        return (spectrum * spectrum.conj()).real

    assert gradcheck(power, x, check_forward_ad=True)
    assert gradgradcheck(power, x)


def test_out_must_be_complex() -> None:
    with pytest.raises(RuntimeError, match="fft expects a complex output tensor, but got Float"):
        fft.fft(pullback.ones(3), out=pullback.empty(0))
