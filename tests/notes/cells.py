"""The cells of the five course notes on ``torch.autograd`` that pullback grew from, in the order they were run.

Three things in the notes are read as they were meant, and nothing is left out:

- ``torch.tensor[1., 1., 1.]`` in the first note is a slip for ``torch.tensor([1., 1., 1.])``;
- the fourth note shows ``tensor(0.)`` under ``x1.grad`` and says itself that cells were run again: the gradient had
  been cleared by the next cell, so that cell runs first;
- the third note shows ``MeanBackward1``, from a release of its day; PyTorch 2.13 says ``MeanBackward0``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.notes.session import Cell


def near(a: Any, b: Any) -> bool:
    return bool(np.allclose(a.detach().numpy(), np.asarray(b), atol=1e-5))


USAGE = [
    Cell(
        "x = torch.tensor([1., 2., 3.], requires_grad=True)\n\ny = x**2 + 3*x + 5\n\ny.backward(torch.tensor([1., 1., 1.]))"
    ),
    Cell("x.grad", "tensor([5., 7., 9.])"),
    Cell("x.grad.zero_()", "tensor([0., 0., 0.])"),
    Cell(
        "x = torch.tensor([1., 2., 3.,], requires_grad=True)\n\nx.detach() # Not recommended",
        "tensor([1., 2., 3.])",
        check=lambda names, value: not value.requires_grad,
    ),
    Cell(
        "with torch.no_grad():\n\ty = x**10 + 114",
        check=lambda names, value: not names["y"].requires_grad and near(names["y"], [115.0, 1138.0, 59163.0]),
    ),
    Cell(  # the names that the note's last cell takes for granted
        "torch.manual_seed(0)\nlinear = torch.nn.Linear(3, 1)\nmodel = lambda input: (linear(input) ** 2).mean()\n"
        "input = torch.ones(4, 3)\noptimizer = torch.optim.SGD(linear.parameters(), lr=0.01)\n"
        "before = linear.weight.detach().clone()"
    ),
    Cell(
        "loss = model(input)\nloss.backward()\nslope = linear.weight.grad.clone()\noptimizer.step()\noptimizer.zero_grad()",
        check=lambda names, value: (
            near(names["linear"].weight, (names["before"] - 0.01 * names["slope"]).numpy())
            and names["linear"].weight.grad is None
        ),
    ),
]

MODULE = [
    Cell("import torch"),
    Cell("x = torch.tensor([-1.2365, 1.8245, -1.0701, 0.0869, -0.0376])"),
    Cell("loss = x**2 -5"),
    Cell("loss", "tensor([-3.4711, -1.6712, -3.8549, -4.9924, -4.9986])"),
    Cell("x = torch.tensor([-1.2365, 1.8245, -1.0701, 0.0869, -0.0376], requires_grad=True)"),
    Cell("loss = x**2 -5"),
    Cell("loss", "tensor([-3.4711, -1.6712, -3.8549, -4.9924, -4.9986], grad_fn=<SubBackward0>)"),
    Cell("loss.grad_fn", "<SubBackward0 at 0x24100f72d00>"),
    Cell("loss.backward(gradient=torch.ones(5))"),
    Cell("x.grad", "tensor([-2.4730,  3.6490, -2.1402,  0.1738, -0.0752])"),
    Cell("2 * x", "tensor([-2.4730,  3.6490, -2.1402,  0.1738, -0.0752], grad_fn=<MulBackward0>)"),
    Cell("a = torch.rand(2,2, requires_grad=True)"),
    Cell("a.requires_grad", "True"),
    Cell("b = a.detach()"),
    Cell("b.requires_grad", "False"),
    Cell("c = torch.rand(2,2, requires_grad=True)"),
    Cell("with torch.no_grad():\n    loss =c ** 2\n    print(loss.requires_grad)", "False"),
]

DIFFERENTIATION = [
    Cell("import torch"),
    Cell("x = torch.ones(2, 2, requires_grad = True)\nx", "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)"),
    Cell("# let's see the graients\nprint(x.grad)", "None"),
    Cell("# Do a tensor operation\ny = x +3\ny", "tensor([[4., 4.],\n        [4., 4.]], grad_fn=<AddBackward0>)"),
    Cell("# Do more operations on y\nz = y*y*3\nout = x.mean()\nout", "tensor(1., grad_fn=<MeanBackward0>)"),
    Cell("out.backward()\nx.grad", "tensor([[0.2500, 0.2500],\n        [0.2500, 0.2500]])"),
]

_GRAD = """tensor([[20.1285, 21.1137, 21.0638, 20.4828],
        [21.0922, 22.0769, 21.3843, 20.4889],
        [21.5277, 20.7600, 21.1099, 21.3451],
        [20.8075, 21.0698, 20.7387, 22.5073]])"""
_RANDN = """tensor([[-1.8073, -0.3294, -0.4043, -1.2758],
        [-0.3617,  1.1154,  0.0764, -1.2666],
        [ 0.2915, -0.8600, -0.3351,  0.0176],
        [-0.7887, -0.3953, -0.8919,  1.7610]])"""

CLEARING = [
    Cell("import torch"),
    Cell("a = torch.tensor(3.0, requires_grad= True) # leaf tensor"),
    Cell("b = a**2"),
    Cell("a ", "tensor(3., requires_grad=True)"),
    Cell("b", "tensor(9., grad_fn=<PowBackward0>)"),
    Cell("b.backward()   #backward() computes gradients using backpropagation,"),
    Cell("a.grad   # and .grad stores the gradient of the output with respect to a leaf tensor.", "tensor(6.)"),
    Cell("### Example Number 2 \n\nx = torch.randn((4,4), requires_grad = True)"),
    Cell("y = x+ 32"),
    Cell("z =( y**2 /3)"),
    Cell("z.backward(torch.ones_like(z))"),
    Cell(
        "x.grad", _GRAD, random=True, check=lambda names, value: near(value, 2 / 3 * (names["x"].detach().numpy() + 32))
    ),
    Cell("x1 = torch.tensor(5.0, requires_grad=True)\ny1 = x1**3"),
    Cell("y1.backward()  # this is the backward pass", check=lambda names, value: near(names["x1"].grad, 75.0)),
    Cell(
        "x1.grad.zero_() # this will reset the gradients to zero hence solving the accumulation problem", "tensor(0.)"
    ),
    Cell("x1.grad # to see the change in the grad value before the we make it zero", "tensor(0.)"),
    Cell("x2 = torch.tensor(5.0, requires_grad=True)\nx2", "tensor(5., requires_grad=True)"),
    Cell("x2.requires_grad_(False)\nx2", "tensor(5.)"),
    Cell(
        "x2 = x.detach()\nx2", _RANDN, random=True, check=lambda names, value: near(value, names["x"].detach().numpy())
    ),
]

_W = """tensor([[ 1.2565],
        [-1.1536],
        [ 0.4455],
        [ 0.0591],
        [-0.0674],
        [ 1.1324],
        [-1.3814],
        [ 0.6829],
        [ 0.1139],
        [-0.9607]]"""
_X = """tensor([[-0.9297,  2.8417, -1.0044,  0.3722, -0.4546,  0.1745,  0.5309, -1.0483,
          0.5504, -0.4810]], requires_grad=True)"""

ENGINE = [
    Cell("import torch"),
    Cell("a = torch.tensor([5.], requires_grad=True)\nb = torch.tensor([6.], requires_grad=True)"),
    Cell("a", "tensor([5.], requires_grad=True)"),
    Cell("b", "tensor([6.], requires_grad=True)"),
    Cell("y = a**3 - b**2"),
    Cell("y", "tensor([89.], grad_fn=<SubBackward0>)"),
    Cell("print(a.grad)", "None"),
    Cell("print(b.grad)", "None"),
    Cell("# Backward Pass\ny.backward()"),
    Cell("print(a.grad)\nprint(b.grad)", "tensor([75.])\ntensor([-12.])"),
    Cell("w = torch.randn(10, 1, requires_grad=True)\nw", _W + ", requires_grad=True)", random=True),
    Cell("x = torch.randn(1, 10, requires_grad=True)\nx", _X, random=True),
    Cell(
        "output = torch.matmul(x, w)+b\noutput",
        "tensor([[0.4321]], grad_fn=<AddBackward0>)",
        random=True,
        check=lambda names, value: near(value, names["x"].detach().numpy() @ names["w"].detach().numpy() + 6),
    ),
    Cell(
        "loss = 1 - output\nloss",
        "tensor([[0.5679]], grad_fn=<RsubBackward1>)",
        random=True,
        check=lambda names, value: near(value, 1 - names["output"].detach().numpy()),
    ),
    Cell("loss.backward()"),
    Cell("w.grad", _W + ")", random=True, check=lambda names, value: near(value, -names["x"].detach().numpy().T)),
    Cell("before = w\nwith torch.no_grad():\n  w = w - 0.001 * w.grad.data"),
    Cell(
        "w",
        _W + ")",
        random=True,
        check=lambda names, value: near(value, names["before"].detach().numpy() - 0.001 * names["before"].grad.numpy()),
    ),
]

NOTES = {
    "usage": USAGE,
    "autograd module": MODULE,
    "automatic differentiation": DIFFERENTIATION,
    "clearing gradients": CLEARING,
    "engine": ENGINE,
}
