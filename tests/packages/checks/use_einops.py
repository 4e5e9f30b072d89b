"""Patterns, a layer and their gradients."""

import torch
from einops import einsum, pack, rearrange, reduce, repeat
from einops.layers.torch import Rearrange

x = torch.arange(24.0).reshape(2, 3, 4).requires_grad_()
assert rearrange(x, "b (h k) w -> b w h k", k=3)[1, 2, 0].tolist() == [14.0, 18.0, 22.0]
pooled = reduce(x, "b h (w two) -> b h w", "max", two=2)
assert pooled.shape == (2, 3, 2) and pooled[0].tolist() == [[1, 3], [5, 7], [9, 11]]
(repeat(pooled, "b h w -> b h w r", r=3) ** 2).sum().backward()
assert x.grad[0, 0].tolist() == [0.0, 6.0, 0.0, 18.0]
assert einsum(x, x, "b h w, b h w -> b").tolist() == [506.0, 3818.0]
packed, shapes = pack([torch.zeros(2, 3), torch.ones(2, 2, 2)], "b *")
assert packed.sum().item() == 8 and [tuple(each) for each in shapes] == [(3,), (2, 2)]
model = torch.nn.Sequential(Rearrange("b h w -> b (h w)"), torch.nn.Linear(12, 1, bias=False))
torch.nn.init.ones_(model[1].weight)
assert model(x).flatten().tolist() == [66.0, 210.0]
print("ok")
