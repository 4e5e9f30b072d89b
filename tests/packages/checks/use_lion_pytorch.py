"""Sign steps, by hand."""

import torch
from lion_pytorch import Lion

weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
optimizer = Lion([weight], lr=0.1, weight_decay=0.0, betas=(0.9, 0.99))
for gradient, expected in (([3.0, -1.0], [0.9, -1.9]), ([-0.1, -1.0], [0.8, -1.8])):
    weight.grad = torch.tensor(gradient)
    optimizer.step()
    assert torch.allclose(weight, torch.tensor(expected)), (gradient, weight)
mean = optimizer.state[weight]["exp_avg"]
assert torch.allclose(mean, torch.tensor([0.0287, -0.0199]), atol=1e-6), mean
print("ok")
