"""Steps that run a backward pass."""

from __future__ import annotations

from tests.fuzz.draw import DIFFERENTIABLE, Draw, Var


def _loss(d: Draw, x: Var) -> str:
    if x.dtype == "complex128":
        return d.rng.choice(("torch.view_as_real({0}).sum()", "({0} * {0}).real.sum()", "{0}.abs().sum()")).format(x)
    return d.rng.choice(("{0}.sum()", "({0} * {0}).sum()", "{0}.sin().sum()", "{0}.mean()")).format(x)


def _options(d: Draw, unused: bool = False) -> str:
    options = []
    if d.chance(0.6):
        options.append("retain_graph=True")
    if d.chance(0.3):
        options.append("create_graph=True")
    if unused and d.chance(0.8):
        options.append(d.rng.choice(("allow_unused=True", "allow_unused=True", "materialize_grads=True")))
    return "".join(f", {option}" for option in options)


def backward(d: Draw) -> str:
    return f"{_loss(d, d.pick(DIFFERENTIABLE))}.backward({_options(d)[2:]})"


def backward_from(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return f"{x}.backward({d.literal(x.shape, x.dtype)}{_options(d)})"


def backward_plain(d: Draw) -> str:
    return f"{d.pick()}.backward()"


def backward_several(d: Draw) -> str:
    x, y = d.pick(DIFFERENTIABLE), d.pick(DIFFERENTIABLE)
    return f"torch.autograd.backward([{_loss(d, x)}, {_loss(d, y)}]{_options(d)})"


def backward_into(d: Draw) -> str:
    x, y = d.pick(DIFFERENTIABLE), d.pick(DIFFERENTIABLE)
    return f"{_loss(d, x)}.backward(inputs=[{y}]{_options(d)})"


def grad(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    inputs = [d.pick(DIFFERENTIABLE) for _ in range(d.rng.choice((1, 1, 2)))]
    if d.chance(0.5):
        inputs[0] = next(v for v in d.tensors if v.dtype in DIFFERENTIABLE)
    names = [d.new(v.shape, v.dtype) for v in inputs]
    comma = "," if len(names) == 1 else ""
    text = f"torch.autograd.grad({_loss(d, x)}, [{', '.join(map(str, inputs))}]{_options(d, unused=True)})"
    return f"{', '.join(names)}{comma} = cloned({text})"


def grad_from(d: Draw) -> str:
    x, y = d.pick(DIFFERENTIABLE), d.pick(DIFFERENTIABLE)
    text = f"torch.autograd.grad({x}, [{y}], {d.literal(x.shape, x.dtype)}{_options(d, unused=True)})"
    return f"{d.new(y.shape, y.dtype)}, = cloned({text})"


TEMPLATES = [backward, backward, backward_from, backward_plain, backward_several, backward_into, grad, grad, grad_from]
