"""A spline flow: densities that integrate to one, inverses, and training."""

import torch
import zuko

torch.manual_seed(0)
flow = zuko.flows.NSF(features=1, context=0, transforms=1, hidden_features=(16,))
line = torch.linspace(-8, 8, 4001)
mass = torch.trapezoid(flow().log_prob(line[:, None]).exp(), line)
assert abs(mass.item() - 1) < 1e-3
x = torch.cat([torch.randn(128, 1) * 0.3 - 2, torch.randn(128, 1) * 0.3 + 2])
optimizer = torch.optim.Adam(flow.parameters(), lr=2e-2)
losses = []
for _ in range(60):
    loss = -flow().log_prob(x).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < losses[0] - 0.5, losses
two = zuko.flows.MAF(features=2, context=3, hidden_features=(16,))
transform, points = two(torch.randn(3)).transform, torch.randn(5, 2)
assert torch.allclose(transform.inv(transform(points)), points, atol=1e-4)
print("ok")
