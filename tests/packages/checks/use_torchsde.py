"""A stochastic differential equation along one path of noise, and its gradient by the adjoint method."""

import torch
import torchsde

torch.manual_seed(0)


class Geometric(torch.nn.Module):
    noise_type, sde_type = "diagonal", "ito"

    def __init__(self):
        super().__init__()
        self.drift = torch.nn.Parameter(torch.tensor(0.1, dtype=torch.double))
        self.spread = torch.nn.Parameter(torch.tensor(0.2, dtype=torch.double))

    def f(self, t, y):
        return self.drift * y

    def g(self, t, y):
        return self.spread * y


model, t = Geometric(), torch.tensor([0.0, 1.0], dtype=torch.double)
start = torch.ones(16, 1, dtype=torch.double)
noise = torchsde.BrownianInterval(
    t0=0.0, t1=1.0, size=(16, 1), dtype=torch.double, entropy=1, levy_area_approximation="space-time"
)
y = torchsde.sdeint(model, start, t, bm=noise, method="srk", dt=2**-7)[-1]
w = noise(0.0, 1.0)
exact = torch.exp((0.1 - 0.2**2 / 2) + 0.2 * w)
assert (y - exact).abs().max() < 5e-3, (y - exact).abs().max()
gradient = torch.autograd.grad(y.sum(), list(model.parameters()))
expected = [exact.sum(), (exact * (w - 0.2)).sum()]
assert all(abs(a.item() - b.item()) < 0.1 for a, b in zip(gradient, expected)), (gradient, expected)
print("ok")
