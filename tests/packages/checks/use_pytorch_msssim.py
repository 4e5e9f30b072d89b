"""Structural similarity: of an image with itself, of two constants by the formula, and its gradient."""

import torch
from pytorch_msssim import SSIM, ms_ssim, ssim

torch.manual_seed(0)
image = torch.rand(1, 3, 32, 32, dtype=torch.double)
assert torch.allclose(ssim(image, image, data_range=1.0), torch.ones((), dtype=torch.double))
a, b = 0.25, 0.75
expected = (2 * a * b + 0.01**2) / (a * a + b * b + 0.01**2)
flat = [torch.full((1, 1, 32, 32), each, dtype=torch.double) for each in (a, b)]
assert abs(ssim(*flat, data_range=1.0).item() - expected) < 2e-4  # the window is in float32
noisy = (image + 0.1 * torch.randn_like(image)).clamp(0, 1).requires_grad_()
optimizer, measure, before = torch.optim.Adam([noisy], lr=0.01), SSIM(data_range=1.0, channel=3), None
for _ in range(10):
    loss = 1 - measure(noisy, image)
    before = before or loss.item()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
assert loss.item() < 0.8 * before
large = torch.rand(1, 1, 176, 176)
assert abs(ms_ssim(large, large, data_range=1.0).item() - 1) < 1e-6
print("ok")
