"""Differential equations with known solutions: values, gradients, the adjoint method, an event."""

import math

import torch
from torchdiffeq import odeint, odeint_adjoint, odeint_event


class Growth(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rate = torch.nn.Parameter(torch.tensor(0.7, dtype=torch.double))

    def forward(self, t, y):
        return self.rate * y


t = torch.tensor([0.0, 0.5, 2.0], dtype=torch.double)
for solve, method in ((odeint, "dopri5"), (odeint_adjoint, "dopri5"), (odeint, "dopri8"), (odeint, "implicit_adams")):
    model, start = Growth(), torch.ones(1, dtype=torch.double, requires_grad=True)
    y = solve(
        model, start, t, method=method, rtol=1e-9, atol=1e-9, options={"step_size": 0.01} if "adams" in method else None
    )
    tolerance = 1e-4 if "adams" in method else 1e-6
    assert torch.allclose(y[:, 0], torch.exp(0.7 * t), atol=tolerance)
    y[-1].sum().backward()
    assert abs(model.rate.grad.item() - 2 * math.exp(1.4)) < 10 * tolerance, (method, model.rate.grad)
    assert abs(start.grad.item() - math.exp(1.4)) < 10 * tolerance
steps = odeint(Growth(), torch.ones(1, dtype=torch.double), t[:2], method="rk4", options={"step_size": 0.25})
assert abs(steps[-1].item() - (1 + 0.175 + 0.175**2 / 2 + 0.175**3 / 6 + 0.175**4 / 24) ** 2) < 1e-5
fall = torch.tensor([1.0, 0.0], dtype=torch.double)  # height and speed
when, state = odeint_event(
    lambda t, y: torch.stack([y[1], torch.full_like(y[1], -9.81)]),
    fall,
    t[0],
    event_fn=lambda t, y: y[0],
    atol=1e-8,
    rtol=1e-8,
)
assert abs(when.item() - math.sqrt(2 / 9.81)) < 1e-6 and abs(state[-1, 1].item() + math.sqrt(2 * 9.81)) < 1e-5
print("ok")
