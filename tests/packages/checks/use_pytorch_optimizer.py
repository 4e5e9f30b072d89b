"""A dozen optimizers and a schedule on a regression whose answer is known."""

import torch
from pytorch_optimizer import CosineAnnealingWarmupRestarts, Lookahead, load_optimizer

SETTINGS = {"adabelief": 0.1, "adamp": 0.1, "adan": 0.1, "adabound": 0.1, "diffgrad": 0.1, "lamb": 0.1, "lion": 0.02,
            "madgrad": 0.05, "radam": 0.3, "tiger": 0.02, "yogi": 0.1, "lookahead": 0.1}  # fmt: skip
torch.manual_seed(0)
x = torch.randn(64, 3)
y = x @ torch.tensor([1.0, -2.0, 0.5]) + 0.3
for name, lr in SETTINGS.items():
    torch.manual_seed(1)
    model = torch.nn.Linear(3, 1)
    kind = load_optimizer("adamw" if name == "lookahead" else name)
    optimizer = kind(model.parameters(), lr=lr)
    if name == "lookahead":
        optimizer = Lookahead(optimizer, k=5)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = (model(x).squeeze(1) - y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.35 * losses[0], (name, losses[0], losses[-1])
schedule = CosineAnnealingWarmupRestarts(optimizer, first_cycle_steps=10, max_lr=1.0, min_lr=0.1, warmup_steps=2)
rates = [schedule.step() or optimizer.param_groups[0]["lr"] for _ in range(3)]
assert abs(rates[1] - 1.0) < 1e-9 and rates[0] < rates[1] > rates[2]
print("ok")
