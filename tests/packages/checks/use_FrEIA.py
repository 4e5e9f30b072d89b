"""An invertible network of images: there and back, the volume change against autograd, training."""

import FrEIA.framework as framework
import FrEIA.modules as modules
import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.double)


def convolution(channels_in, channels_out):
    return torch.nn.Conv2d(channels_in, channels_out, 3, padding=1)


nodes = [framework.InputNode(1, 4, 4)]
nodes.append(framework.Node(nodes[-1], modules.IRevNetDownsampling, {}))
for _ in range(2):
    nodes.append(framework.Node(nodes[-1], modules.GLOWCouplingBlock, {"subnet_constructor": convolution}))
    nodes.append(framework.Node(nodes[-1], modules.PermuteRandom, {"seed": 1}))
nodes.append(framework.OutputNode(nodes[-1]))
network = framework.GraphINN(nodes)
x = torch.randn(3, 1, 4, 4)
z, volume = network(x)
assert torch.allclose(network(z, rev=True)[0], x)
jacobian = torch.autograd.functional.jacobian(lambda t: network(t.reshape(1, 1, 4, 4))[0].flatten(), x[0].flatten())
assert torch.allclose(torch.linalg.slogdet(jacobian).logabsdet, volume[0])
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
losses = []
for _ in range(10):
    z, volume = network(x)
    loss = (z.square().sum((1, 2, 3)) / 2 - volume).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert losses[-1] < losses[0] - 1, losses
print("ok")
