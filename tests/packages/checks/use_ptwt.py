"""Wavelet transforms against PyWavelets, and through them to a gradient."""

import numpy as np
import ptwt
import pywt
import torch

data = np.random.default_rng(0).normal(size=(2, 33))
signal = torch.tensor(data, requires_grad=True)
for wavelet, mode in [("haar", "zero"), ("db3", "reflect"), ("sym4", "periodic")]:
    ours = ptwt.wavedec(signal, pywt.Wavelet(wavelet), mode=mode, level=2)
    for mine, theirs in zip(ours, pywt.wavedec(data, wavelet, mode=mode, level=2)):
        np.testing.assert_allclose(mine.detach().numpy(), theirs, atol=1e-12)
    back = ptwt.waverec(ours, pywt.Wavelet(wavelet))[..., :33]
    assert torch.allclose(back, signal)
    (gradient,) = torch.autograd.grad((back - 1).square().sum(), signal)
    assert torch.allclose(gradient, 2 * (signal - 1).detach())
image = torch.tensor(np.random.default_rng(1).normal(size=(1, 16, 16)))
matrix = ptwt.MatrixWavedec2(pywt.Wavelet("db2"), level=1)(image)
plain = ptwt.wavedec2(image, pywt.Wavelet("haar"), level=2)
assert torch.allclose(ptwt.waverec2(plain, pywt.Wavelet("haar")), image) and matrix[0].shape == (1, 8, 8)
waves, frequencies = ptwt.cwt(signal.detach(), np.arange(1, 8), "mexh")
theirs, same = pywt.cwt(data, np.arange(1, 8), "mexh")
np.testing.assert_allclose(waves.numpy(), theirs, atol=1e-6)
np.testing.assert_allclose(frequencies, same)
print("ok")
