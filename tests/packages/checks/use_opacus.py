"""Training with differential privacy: clipped gradients of samples, noise, the budget spent."""

import torch
from opacus import GradSampleModule, PrivacyEngine

torch.manual_seed(0)
x = torch.linspace(-1, 1, 48).reshape(16, 1, 3)
data = torch.utils.data.TensorDataset(x, torch.arange(16) % 2)
layers = torch.nn.Conv1d(1, 4, 2), torch.nn.GroupNorm(2, 4), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8, 2)
model = torch.nn.Sequential(*layers)
sampled = GradSampleModule(model)
criterion = torch.nn.CrossEntropyLoss()
criterion(sampled(x), data.tensors[1]).backward()
for parameter in model.parameters():
    assert torch.allclose(parameter.grad_sample.mean(0), parameter.grad, atol=1e-6)
sampled = sampled.to_standard_module()
sampled.zero_grad()
engine = PrivacyEngine(accountant="rdp")
model, optimizer, loader = engine.make_private(
    module=sampled,
    optimizer=torch.optim.SGD(sampled.parameters(), lr=0.1),
    data_loader=torch.utils.data.DataLoader(data, batch_size=4),
    noise_multiplier=1.0,
    max_grad_norm=0.5,
    poisson_sampling=False,
)
for inputs, targets in loader:
    optimizer.zero_grad()
    criterion(model(inputs), targets).backward()
    norms = sum(p.grad_sample.flatten(1).square().sum(1) for p in model.parameters()).sqrt()
    optimizer.step()
    clipped = sum((p.summed_grad**2).sum() for p in model.parameters()).sqrt()
    assert clipped <= norms.clamp(max=0.5).sum() + 1e-5
assert abs(engine.get_epsilon(1e-5) - 4.870641743) < 1e-6, engine.get_epsilon(1e-5)
print("ok")
