"""Gradients through the steps of optimizers, and optimizers as functions."""

import torch
import torchopt

w = torch.nn.Parameter(torch.tensor([2.0, -1.0], dtype=torch.double))
slow = torch.tensor(0.5, dtype=torch.double, requires_grad=True)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = w

    def forward(self, x):
        return slow * (self.w * x).square().sum()


model = Model()
inner = torchopt.MetaSGD(model, lr=0.1)
for _ in range(2):
    inner.step(model(torch.ones(2, dtype=torch.double)))  # w <- w (1 - 0.2 slow)
(gradient,) = torch.autograd.grad(model.w.sum(), slow)
assert abs(model.w.sum().item() - 0.81) < 1e-12 and abs(gradient.item() - 2 * 0.9 * -0.2) < 1e-12
adam = torchopt.adam(lr=0.1)
parameters = {"a": torch.tensor([1.0, 2.0], dtype=torch.double), "b": [torch.tensor(3.0, dtype=torch.double)]}
state = adam.init(parameters)
for _ in range(3):
    updates, state = adam.update({"a": torch.ones(2, dtype=torch.double), "b": [torch.tensor(-2.0).double()]}, state)
    parameters = torchopt.apply_updates(parameters, updates, inplace=False)
assert torch.allclose(parameters["a"], torch.tensor([0.7, 1.7], dtype=torch.double), atol=1e-5), parameters
assert abs(parameters["b"][0].item() - 3.3) < 1e-5
print("ok")
