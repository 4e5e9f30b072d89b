"""Points, steps and optimizers on manifolds; parameters that know where they live."""

import geoopt
import torch

torch.manual_seed(0)
for manifold, shape in [
    (geoopt.Sphere(), (3, 5)),
    (geoopt.PoincareBall(c=1.0), (3, 5)),
    (geoopt.Stiefel(), (5, 3)),
    (geoopt.SymmetricPositiveDefinite(), (3, 3)),
]:
    point = manifold.random(*shape)
    step = manifold.proju(point, 0.1 * torch.randn(*shape))
    there = manifold.retr(point, step)
    assert manifold.check_point_on_manifold(there, atol=1e-4), manifold
    assert (manifold.inner(point, step, step) > 0).all()
ball = geoopt.PoincareBall(c=1.0)
x, y = torch.tensor([0.3, 0.1]).double(), torch.tensor([-0.2, 0.5]).double()
assert torch.allclose(ball.expmap(x, ball.logmap(x, y)), y)
apart = torch.acosh(1 + 2 * (x - y).square().sum() / ((1 - x.square().sum()) * (1 - y.square().sum())))
assert torch.allclose(ball.dist(x, y), apart)

goal = torch.nn.functional.normalize(torch.randn(4), dim=-1)
layer = torch.nn.Module()
layer.direction = geoopt.ManifoldParameter(torch.tensor([1.0, 0, 0, 0]), manifold=geoopt.Sphere())
assert isinstance(layer.direction, torch.nn.Parameter) and len(list(layer.parameters())) == 1
assert repr(layer.direction) == (
    "Parameter on Sphere manifold containing:\nParameter(ManifoldParameter([1., 0., 0., 0.], requires_grad=True))"
)
for kind in (geoopt.optim.RiemannianAdam, geoopt.optim.RiemannianSGD):
    with torch.no_grad():
        layer.direction.copy_(torch.tensor([1.0, 0, 0, 0]))
    optimizer = kind(layer.parameters(), lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        (layer.direction - goal).square().sum().backward()
        optimizer.step()
    assert (layer.direction - goal).abs().max() < 1e-3, kind
print("ok")
