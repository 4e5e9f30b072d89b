"""Contractions of many tensors in the best order, by the functions of whatever module the arrays' class names."""

import numpy as np
import opt_einsum
import torch

rng = np.random.default_rng(0)
equation = "ab,bcd,dce,ef->af"
arrays = [rng.normal(size=shape) for shape in ((2, 3), (3, 4, 5), (5, 4, 6), (6, 2))]
tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
result = opt_einsum.contract(equation, *tensors)
assert isinstance(result, torch.Tensor)
np.testing.assert_allclose(result.detach().numpy(), np.einsum(equation, *arrays))
gradients = torch.autograd.grad(result.sum(), tensors)
expected = torch.autograd.grad(torch.einsum(equation, *tensors).sum(), tensors)
assert all(torch.allclose(a, b) for a, b in zip(gradients, expected))
assert torch.autograd.gradcheck(lambda t: opt_einsum.contract("ij,jk,kl->il", t, t.T, t), (tensors[0],))
expression = opt_einsum.contract_expression("ij,jk->ik", tensors[0].detach(), (3, 2), constants=[0])
assert torch.allclose(expression(torch.ones(3, 2).double()), tensors[0].detach() @ torch.ones(3, 2).double())
trace = opt_einsum.contract("aab->b", torch.arange(8.0).reshape(2, 2, 2))
assert trace.tolist() == [6.0, 8.0]
print("ok")
