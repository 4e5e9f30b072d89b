"""Rotations act on inputs and outputs alike: spherical harmonics, tensor products, a small network and its gradient."""

import torch
from e3nn import nn, o3

torch.manual_seed(0)
torch.set_default_dtype(torch.double)
turn = o3.rand_matrix()
points = torch.randn(4, 3)
irreps = o3.Irreps("0e + 1o + 2e")
harmonics = o3.spherical_harmonics(irreps, points, True, "component")
assert torch.allclose(harmonics[:, 0], torch.ones(4)) and torch.allclose(
    harmonics.square().sum(1), torch.full((4,), 9.0)
)
turned = o3.spherical_harmonics(irreps, points @ turn.T, True, "component")
assert torch.allclose(turned, harmonics @ irreps.D_from_matrix(turn).T)
product = o3.FullyConnectedTensorProduct(irreps, irreps, "3x0e + 2x1o")
gate = nn.Gate("1x0e", [torch.tanh], "2x0e", [torch.sigmoid], "2x1o")


def network(at: torch.Tensor) -> torch.Tensor:
    features = o3.spherical_harmonics(irreps, at, False, "component")
    return gate(product(features, features))[:, :1].sum()


energy, again = network(points), network(points @ turn.T)
assert torch.allclose(energy, again) and energy.abs().item() > 1e-6
forces = torch.func.grad(network)
assert torch.allclose(forces(points @ turn.T), forces(points) @ turn.T)
print("ok")
