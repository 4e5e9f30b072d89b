"""A spline through data, and a controlled differential equation along it with its gradient."""

import torch
import torchcde

t = torch.linspace(0, 1, 11, dtype=torch.double)
x = torch.stack([t, t**2], dim=-1).unsqueeze(0)
spline = torchcde.CubicSpline(torchcde.natural_cubic_coeffs(x, t), t)
assert torch.allclose(spline.evaluate(t[5]), torch.tensor([[0.5, 0.25]], dtype=torch.double))
rate = torch.tensor(0.5, dtype=torch.double, requires_grad=True)


class Field(torch.nn.Module):
    def forward(self, t, z):
        return torch.stack([rate * z, 0 * z], dim=-1)  # dz = rate z dt


start = torch.ones(1, 1, dtype=torch.double)
z = torchcde.cdeint(X=spline, z0=start, func=Field(), t=t[[0, -1]], adjoint=False, rtol=1e-8, atol=1e-8)
assert abs(z[0, -1, 0].item() - 2.718281828459045**0.5) < 1e-6
(slope,) = torch.autograd.grad(z[0, -1, 0], rate)
assert abs(slope.item() - 2.718281828459045**0.5) < 1e-5
print("ok")
