"""Decompositions of tensors on the PyTorch backend, and learning by gradients through one."""

import tensorly
import torch
from tensorly.decomposition import parafac, tensor_train, tucker

tensorly.set_backend("pytorch")
torch.manual_seed(0)
factors = [torch.randn(n, 3, dtype=torch.float64) for n in (5, 6, 7)]
tensor = tensorly.cp_to_tensor((None, factors))

found = parafac(tensor, rank=3, n_iter_max=300, init="svd", tol=1e-10)
assert tensorly.norm(tensorly.cp_to_tensor(found) - tensor) < 1e-3 * tensorly.norm(tensor)
assert tensorly.norm(tensorly.tucker_to_tensor(tucker(tensor, rank=[3, 3, 3])) - tensor) < 1e-8
assert tensorly.norm(tensorly.tt_to_tensor(tensor_train(tensor, rank=[1, 3, 3, 1])) - tensor) < 1e-8

core, *sides = (
    torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((2, 2, 2), (5, 2), (6, 2), (7, 2))
)
optimizer = torch.optim.Adam([core, *sides], lr=0.05)
losses = []
for _ in range(60):
    optimizer.zero_grad()
    loss = tensorly.norm(tensorly.tucker_to_tensor((core, sides)) - tensor) ** 2
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < 0.7 * losses[0], losses
print("ok")
