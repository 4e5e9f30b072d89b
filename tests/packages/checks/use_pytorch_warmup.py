"""Rates that rise at first: by a schedule's dampening beside one of PyTorch's."""

import pytorch_warmup
import torch

weights = torch.nn.Parameter(torch.ones(3))
optimizer = torch.optim.AdamW([weights], lr=0.1)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
warmup = pytorch_warmup.LinearWarmup(optimizer, warmup_period=5)
rates = []
for _ in range(8):
    rates.append(round(optimizer.param_groups[0]["lr"], 6))
    optimizer.zero_grad()
    weights.square().sum().backward()
    optimizer.step()
    with warmup.dampening():
        schedule.step()
assert rates == [0.02, 0.04, 0.06, 0.08, 0.05, 0.05, 0.05, 0.05], rates
print("ok")
