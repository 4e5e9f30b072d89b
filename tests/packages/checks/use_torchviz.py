"""A drawing of a graph: its nodes, edges and labels."""

import torch
from torchviz import make_dot

w, x = torch.ones(3, requires_grad=True), torch.ones(2, 3)
y = torch.tanh(x @ w).mean()
source = make_dot(y, params={"w": w}).source
for label in ("MeanBackward0", "TanhBackward0", "MvBackward0", "AccumulateGrad", "w\n (3)"):
    assert source.count(label) == 1, (label, source)
assert source.count("->") == 5, source
print("ok")
