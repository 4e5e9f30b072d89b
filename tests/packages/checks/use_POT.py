"""Optimal transport: exact, with entropy, sliced, between spaces; the gradients of its values."""

import numpy as np
import ot
import torch

rng = np.random.RandomState(0)
x, y = torch.tensor(rng.randn(6, 2), requires_grad=True), torch.tensor(rng.randn(5, 2))
a, b = torch.full((6,), 1 / 6).double(), torch.full((5,), 0.2).double()
costs = ot.dist(x, y)
assert torch.allclose(costs, torch.cdist(x, y) ** 2)

value = ot.emd2(a, b, costs)
plan = ot.emd(a, b, costs.detach())
assert torch.allclose(value, (plan * costs).sum()) and torch.allclose(plan.sum(0), b)
(gradient,) = torch.autograd.grad(value, x, retain_graph=True)
assert torch.allclose(gradient, 2 * (plan.sum(1, keepdim=True) * x - plan @ y).detach())

plain = ot.sinkhorn(a, b, costs, 0.5, numItermax=5000)
logs = ot.sinkhorn(a, b, costs, 0.5, method="sinkhorn_log", numItermax=5000)
assert torch.allclose(plain, logs, atol=1e-6) and torch.allclose(logs.sum(1), a, atol=1e-6)
assert torch.isfinite(torch.autograd.grad((logs * costs).sum(), x, retain_graph=True)[0]).all()

line = ot.wasserstein_1d(x[:, 0], y[:, 0], p=1)
grid = torch.linspace(-4, 4, 8001).double()
below = [(each[:, 0, None] <= grid).double().mean(0) for each in (x.detach(), y)]
assert abs(line.item() - ((below[0] - below[1]).abs().sum() * 1e-3).item()) < 2e-3
assert ot.sliced_wasserstein_distance(x, x, n_projections=10, seed=0).item() < 1e-6
assert ot.gromov.gromov_wasserstein2(ot.dist(x, x), ot.dist(y, y), a, b).item() > 0

still = ot.solve(costs, a, b, reg=0.5).plan
assert torch.allclose(still, logs, atol=1e-5)
means, spread = torch.zeros(2).double(), torch.eye(2).double()
apart = ot.gaussian.bures_wasserstein_distance(means, means + 1, spread, 4 * spread)
assert abs(apart.item() ** 2 - 4) < 1e-6  # |m|² + tr(I + 4I - 2·2I)
print("ok")
