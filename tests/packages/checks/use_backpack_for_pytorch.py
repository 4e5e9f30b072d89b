"""What a backward pass can tell beside the gradient: gradients of samples, curvature."""

import torch
from backpack import backpack, extend
from backpack.extensions import BatchGrad, DiagGGNExact, DiagHessian, Variance

torch.manual_seed(0)
torch.set_default_dtype(torch.double)
model = extend(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 2)))
criterion = extend(torch.nn.CrossEntropyLoss())
x, y = torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])
with backpack(BatchGrad(), Variance(), DiagHessian(), DiagGGNExact()):
    criterion(model(x), y).backward()
weight = model[0].weight
for sample in range(5):
    (alone,) = torch.autograd.grad(criterion(model(x[sample : sample + 1]), y[sample : sample + 1]) / 5, weight)
    assert torch.allclose(weight.grad_batch[sample], alone)
assert torch.allclose(weight.grad_batch.sum(0), weight.grad)
assert torch.allclose(weight.variance, weight.grad_batch.var(0, unbiased=False))


def loss_of(values):
    return criterion(torch.func.functional_call(model, {"0.weight": values}, (x,)), y)


plain = torch.autograd.functional.hessian(loss_of, weight.detach().clone()).reshape(12, 12).diagonal().reshape(4, 3)
assert torch.allclose(weight.diag_h, plain)
assert (weight.diag_ggn_exact >= 0).all()
print("ok")
