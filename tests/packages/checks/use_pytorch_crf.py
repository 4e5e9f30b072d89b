"""A linear-chain conditional random field against all paths, enumerated."""

import itertools

import torch
from torchcrf import CRF

torch.manual_seed(0)
field = CRF(3)
emissions = torch.randn(4, 1, 3, requires_grad=True)


def score(path):
    total = field.start_transitions[path[0]] + field.end_transitions[path[-1]]
    total = total + sum(emissions[i, 0, tag] for i, tag in enumerate(path))
    return total + sum(field.transitions[a, b] for a, b in itertools.pairwise(path))


paths = list(itertools.product(range(3), repeat=4))
scores = torch.stack([score(path) for path in paths])
tags = torch.tensor([[0], [2], [1], [1]])
likelihood = field(emissions, tags)
expected = score([0, 2, 1, 1]) - torch.logsumexp(scores, 0)
assert torch.allclose(likelihood, expected, atol=1e-5)
ours, theirs = (torch.autograd.grad(value, emissions, retain_graph=True)[0] for value in (likelihood, expected))
assert torch.allclose(ours, theirs, atol=1e-5)
assert field.decode(emissions) == [list(paths[scores.argmax().item()])]
print("ok")
