"""Differentiating through training: the gradient of a loss after inner steps, with respect to where they began."""

import higher
import torch

model = torch.nn.Linear(1, 1, bias=False).double()
with torch.no_grad():
    model.weight.fill_(1.0)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.tensor([[2.0]], dtype=torch.double)
with higher.innerloop_ctx(model, optimizer, copy_initial_weights=False) as (inner, steps):
    for _ in range(3):
        steps.step((inner(x) - 6.0).square().sum())  # w <- w - 0.1 * 4 * (2 w - 6), so w - 3 is multiplied by 0.2
    (gradient,) = torch.autograd.grad(inner(x).sum(), model.weight)
    assert abs(inner(x).item() - 2 * (3 - 2 * 0.2**3)) < 1e-12
assert abs(gradient.item() - 2 * 0.2**3) < 1e-12
adam = torch.optim.Adam(model.parameters(), lr=0.1)
with higher.innerloop_ctx(model, adam, override={"lr": [torch.tensor(0.1, requires_grad=True)]}) as (inner, steps):
    steps.step((inner(x) - 6.0).square().sum())
    (slope,) = torch.autograd.grad(inner(x).sum(), steps.param_groups[0]["lr"])
assert abs(slope.item() - 2.0) < 1e-5  # one step of Adam goes by lr, towards 3
print("ok")
