"""Sparse maps onto the simplex, their losses and gradients."""

import torch
from entmax import Entmax15Loss, entmax15, entmax_bisect, sparsemax

x = torch.tensor([[1.0, 0.5, -1.0], [0.0, 3.0, 0.1]], dtype=torch.double, requires_grad=True)
assert torch.allclose(sparsemax(x), torch.tensor([[0.75, 0.25, 0.0], [0.0, 1.0, 0.0]], dtype=torch.double))
p = entmax15(x, dim=-1)
assert torch.allclose(p.sum(-1), torch.ones(2, dtype=torch.double)) and (p == 0).sum() == 3
alpha = torch.tensor(1.5, dtype=torch.double, requires_grad=True)
assert torch.allclose(entmax_bisect(x, alpha), p, atol=1e-6)
assert torch.autograd.gradcheck(lambda t: entmax15(t, dim=-1), (x,))
assert torch.autograd.gradcheck(lambda a: entmax_bisect(x.detach(), a), (alpha,), eps=1e-5, atol=1e-3)
loss = Entmax15Loss(reduction="sum")(x, torch.tensor([1, 1]))
(grad,) = torch.autograd.grad(loss, x)
target = torch.nn.functional.one_hot(torch.tensor([1, 1]), 3)
assert torch.allclose(grad, p.detach() - target)
print("ok")
