"""Non-uniform Fourier transform: against the sum it approximates, its adjoint, and its gradient."""

import torch
import torchkbnufft

torch.manual_seed(0)
image = torch.randn(1, 1, 8, 8, dtype=torch.complex128)
places = (torch.rand(2, 20, dtype=torch.double) - 0.5) * 2 * torch.pi
forward = torchkbnufft.KbNufft((8, 8), numpoints=6).to(torch.complex128)
adjoint = torchkbnufft.KbNufftAdjoint((8, 8), numpoints=6).to(torch.complex128)
found = forward(image, places)
grid = torch.arange(-4.0, 4.0, dtype=torch.double)
waves = [torch.exp(-1j * each[:, None] * grid) for each in places]
exact = torch.einsum("ka,ab,kb->k", waves[0], image[0, 0], waves[1])
assert torch.allclose(found[0, 0], exact, rtol=1e-2, atol=1e-2 * exact.abs().max().item())
other = torch.randn_like(found)
left, right = (
    torch.vdot(found.flatten(), other.flatten()),
    torch.vdot(image.flatten(), adjoint(other, places).flatten()),
)
assert torch.allclose(left, right)
leaf = image.clone().requires_grad_()
(gradient,) = torch.autograd.grad(torch.vdot(other.flatten(), forward(leaf, places).flatten()).real, leaf)
assert torch.allclose(gradient, adjoint(other, places))
print("ok")
