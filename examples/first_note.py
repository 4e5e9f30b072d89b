"""The first of the course notes that pullback grew from: what a gradient is, in a few lines."""

import torch

# 'requires_grad' turns on autograd.
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x**2 + 3 * x + 5
print(f"x = {x}\ny = x**2 + 3*x + 5 = {y}")

# The tensor passed in holds the weights of the weighted sum whose gradient is taken.
y.backward(torch.tensor([1.0, 1.0, 1.0]))
print(f"dy/dx = 2*x + 3 = {x.grad}")

# Gradients accumulate; reset them before the next pass.
x.grad.zero_()
with torch.no_grad():  # nothing in this block is tracked
    z = x**10 + 114
print(f"after zero_(): {x.grad}; under no_grad: requires_grad={z.requires_grad}")
