"""Spiking neurons: a leaky membrane by its recurrence, surrogate gradients by their formulas, and a network that learns."""

import math

import snntorch as snn
import snntorch.functional as spiking
import torch
from snntorch import spikegen, surrogate, utils

torch.manual_seed(0)
neuron, membrane, current = snn.Leaky(beta=0.5, threshold=1.0), torch.zeros(1), torch.tensor([0.8])
expected = 0.0
for _ in range(6):
    reset = float(expected > 1)
    expected = 0.5 * expected + 0.8 - reset
    spike, membrane = neuron(current, membrane)
    assert abs(membrane.item() - expected) < 1e-6 and spike.item() == float(expected > 1)

x = torch.tensor([-0.5, 0.25, 2.0], requires_grad=True)
for fire, derivative in (
    (surrogate.fast_sigmoid(slope=10), lambda v: 1 / (10 * abs(v) + 1) ** 2),
    (surrogate.atan(alpha=2.0), lambda v: 1 / (1 + (math.pi * v) ** 2)),
):
    spikes = fire(x)
    (gradient,) = torch.autograd.grad(spikes.sum(), x)
    assert spikes.tolist() == [0.0, 1.0, 1.0]
    assert all(abs(g - derivative(v)) < 1e-6 for g, v in zip(gradient.tolist(), x.tolist()))

assert spikegen.rate(torch.tensor([[0.0, 1.0]]), num_steps=3).tolist() == [[[0.0, 1.0]]] * 3
assert spikegen.latency(torch.tensor([1.0, 0.5]), num_steps=4, linear=True, normalize=True)[:, 0].tolist() == [
    1,
    0,
    0,
    0,
]

net = torch.nn.Sequential(
    torch.nn.Linear(4, 16),
    snn.Leaky(beta=0.9, init_hidden=True),
    torch.nn.Linear(16, 2),
    snn.Leaky(beta=0.9, init_hidden=True, output=True),
)
data = torch.randn(32, 4)
labels = (data[:, 0] > 0).long()
optimizer, loss_of, losses = torch.optim.Adam(net.parameters(), lr=0.02), spiking.ce_rate_loss(), []
for _ in range(30):
    utils.reset(net)
    spikes = torch.stack([net(data)[0] for _ in range(8)])
    loss = loss_of(spikes, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < 0.8 * losses[0] and spiking.accuracy_rate(spikes, labels) > 0.8
print("ok")
