"""Training with a weight that stays orthogonal, and one of low rank."""

import geotorch
import torch

torch.manual_seed(0)
model = torch.nn.Linear(4, 4, bias=False).double()
geotorch.orthogonal(model, "weight")
target, _ = torch.linalg.qr(torch.randn(4, 4, dtype=torch.double))
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
losses = []
for _ in range(60):
    loss = (model.weight - target).square().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert torch.allclose(model.weight @ model.weight.T, torch.eye(4, dtype=torch.double), atol=1e-10)
assert losses[-1] < losses[0]
layer = torch.nn.Linear(5, 4).double()
geotorch.low_rank(layer, "weight", rank=2)
assert torch.linalg.matrix_rank(layer.weight).item() == 2
layer(torch.ones(1, 5, dtype=torch.double)).sum().backward()
print("ok")
