"""Filters, resampling and FFT convolutions of sound, and what flows back through them."""

import julius
import torch
import torch.nn.functional as F

torch.manual_seed(0)
sound = torch.randn(2, 400, requires_grad=True)

low = julius.lowpass_filter(sound, 0.1)
assert low.shape == sound.shape
spectrum = torch.fft.rfft(low.detach()).abs()[:, :120]
assert spectrum[:, 60:].mean() < 0.05 * spectrum[:, :30].mean()

bands = julius.split_bands(sound, sample_rate=100, cutoffs=[10, 25])
assert torch.allclose(bands.sum(0), sound, atol=1e-4)

resampled = julius.resample_frac(sound, 4, 5)
assert resampled.shape == (2, 500)
back = julius.resample_frac(resampled, 5, 4)
assert (back - sound)[:, 50:-50].abs().mean() < 0.2

kernel = torch.randn(3, 1, 65)
found = julius.fft_conv1d(sound[:, None], kernel)
assert torch.allclose(found, F.conv1d(sound[:, None], kernel), atol=1e-3)

(gradient,) = torch.autograd.grad(resampled.square().sum() + found.mean(), sound)
assert gradient.shape == sound.shape and torch.isfinite(gradient).all()
print("ok")
