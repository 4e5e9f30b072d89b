"""Curvature as linear operators: Hessian, GGN, Fisher and Kronecker factors of linear regression, known in closed form."""

import torch
from curvlinops import GGNLinearOperator, HessianLinearOperator, KFACLinearOperator

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 2, bias=False)).double()
x, y = torch.randn(5, 3, dtype=torch.double), torch.randn(5, 2, dtype=torch.double)
loss, parameters = torch.nn.MSELoss(), list(model.parameters())
exact = torch.kron(torch.eye(2, dtype=torch.double), x.T @ x / 5)  # the mean is over 5 examples of 2 numbers
for operator in (GGNLinearOperator, HessianLinearOperator):
    matrix = operator(model, loss, parameters, [(x, y)]) @ torch.eye(6, dtype=torch.double)
    assert torch.allclose(matrix, exact), operator
factors = KFACLinearOperator(model, loss, parameters, [(x, y)], fisher_type="type-2")
assert torch.allclose(factors @ torch.eye(6, dtype=torch.double), exact)
print("ok")
