"""A normalizing flow: inverse, volume change, and training by likelihood."""

import normflows as nf
import torch

torch.manual_seed(0)
flows = []
for _ in range(3):
    flows.append(nf.flows.AffineCouplingBlock(nf.nets.MLP([1, 16, 16, 2], init_zeros=True)))
    flows.append(nf.flows.Permute(2, mode="swap"))
model = nf.NormalizingFlow(nf.distributions.base.DiagGaussian(2), flows)
x = torch.randn(256, 2) * torch.tensor([0.5, 2.0]) + torch.tensor([1.0, -1.0])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
losses = []
for _ in range(60):
    optimizer.zero_grad()
    loss = model.forward_kld(x)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
entropy = 1 + torch.log(torch.tensor(2 * torch.pi)).item()  # of two Gaussians whose widths multiply to 1
assert losses[-1] < losses[0] - 0.5 and abs(losses[-1] - entropy) < 0.2, (losses, entropy)
z, log_det = model.inverse_and_log_det(x[:4])
back, log_det_back = model.forward_and_log_det(z)
assert torch.allclose(back, x[:4], atol=1e-4) and torch.allclose(log_det, -log_det_back, atol=1e-4)
jacobian = torch.autograd.functional.jacobian(lambda t: model.inverse(t[None])[0], x[0])
assert torch.allclose(torch.linalg.slogdet(jacobian)[1], log_det[0], atol=1e-4)
print("ok")
