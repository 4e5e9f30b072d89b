"""An exact Gaussian process: hyperparameters by Adam, and predictions."""

import gpytorch
import torch

x = torch.linspace(0, 1, 21, dtype=torch.double)
y = torch.sin(6 * x)


class Process(gpytorch.models.ExactGP):
    def __init__(self, likelihood):
        super().__init__(x, y, likelihood)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel())

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
model = Process(likelihood).double()
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
evidence = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
losses = []
for _ in range(40):
    optimizer.zero_grad()
    loss = -evidence(model(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
model.eval()
likelihood.eval()
with torch.no_grad():
    points = torch.tensor([0.33, 0.71], dtype=torch.double)
    predicted = likelihood(model(points))

assert (predicted.mean - torch.sin(6 * points)).abs().max() < 0.02
assert abs(losses[0] - 1.0237773670905017) < 1e-8 and abs(losses[-1] + 0.4329010096989309) < 1e-6  # PyTorch's
print("ok")
