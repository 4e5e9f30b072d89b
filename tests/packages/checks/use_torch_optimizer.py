"""Many optimizers on one problem: the sums of what they end with, by PyTorch."""

import torch
import torch_optimizer

FOUND = {
    "AdaBelief": 0.629306081, "AdaBound": 0.479471764, "AdaMod": 0.004235682, "AdamP": 0.479471783, "AggMo": 6.502409004,
    "DiffGrad": 0.269290795, "Lamb": 0.328191188, "NovoGrad": 0.727538608, "QHAdam": 0.479471783, "QHM": 2.238554661,
    "RAdam": 1.473409167, "Ranger": 0.739517942, "SGDP": 2.238554661, "SWATS": 0.477410773, "Shampoo": 0.071849908,
    "Yogi": 0.478921463,
}  # fmt: skip

for name, expected in FOUND.items():
    weight = torch.nn.Parameter(torch.linspace(-1, 1, 6, dtype=torch.double).reshape(2, 3))
    optimizer = getattr(torch_optimizer, name)([weight], lr=1e-2)
    for _ in range(8):
        loss = (weight - torch.arange(6.0, dtype=torch.double).reshape(2, 3)).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert abs(weight.sum().item() - expected) < 1e-6, (name, weight.sum().item())
print("ok")
