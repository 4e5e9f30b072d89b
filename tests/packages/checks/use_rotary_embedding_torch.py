"""Rotated queries and keys: products depend on the distance alone."""

import torch
from rotary_embedding_torch import RotaryEmbedding

torch.manual_seed(0)
rotary = RotaryEmbedding(dim=8)
q, k = torch.randn(8), torch.randn(8)
length = 6
turned_q = rotary.rotate_queries_or_keys(q.expand(1, 1, length, 8))
turned_k = rotary.rotate_queries_or_keys(k.expand(1, 1, length, 8))
scores = (turned_q @ turned_k.transpose(-1, -2))[0, 0]
for distance in range(-3, 4):
    diagonal = scores.diagonal(distance)
    assert torch.allclose(diagonal, diagonal[:1].expand_as(diagonal), atol=1e-5)
assert torch.allclose(scores[0, 0], q @ k, atol=1e-5) and torch.allclose(turned_q.norm(dim=-1), q.norm(), atol=1e-5)
angle = torch.tensor(3.0)  # the first pair turns by the position
first = torch.stack([q[0] * angle.cos() - q[1] * angle.sin(), q[1] * angle.cos() + q[0] * angle.sin()])
assert torch.allclose(turned_q[0, 0, 3, :2], first, atol=1e-5)
print("ok")
