"""Steps that change what autograd knows of a tensor: hooks, leaves, modes, its own shape and memory."""

from __future__ import annotations

from tests.fuzz.draw import DIFFERENTIABLE, Draw


def _hook(d: Draw) -> str:
    label = f"h{d.rng.randrange(1000)}"
    return f"note('{label}')" if d.chance(0.6) else f"scaled('{label}', 2)"


def tensor_hook(d: Draw) -> str:
    return f"{d.pick(DIFFERENTIABLE)}.register_hook({_hook(d)})"


def retain_grad(d: Draw) -> str:
    return f"{d.pick(DIFFERENTIABLE)}.retain_grad()"


def leaf_hook(d: Draw) -> str:
    return f"{d.pick(DIFFERENTIABLE)}.register_post_accumulate_grad_hook(noted_leaf('p{d.rng.randrange(1000)}'))"


def node_hook(d: Draw) -> str:
    return f"{d.pick(DIFFERENTIABLE)}.grad_fn.register_hook(note_node('n{d.rng.randrange(1000)}'))"


def require(d: Draw) -> str:
    return f"{d.pick()}.requires_grad_({d.rng.choice(('', '', 'False'))})"


def set_requires(d: Draw) -> str:
    return f"{d.pick()}.requires_grad = {d.rng.choice(('True', 'False'))}"


def detach_(d: Draw) -> str:
    return f"{d.pick()}.detach_()"


def set_data(d: Draw) -> str:
    x = d.pick()
    other = d.pick((x.dtype,), fits=lambda v: v.shape == x.shape)
    return f"{x}.data = {other}{d.rng.choice(('', '.clone()', '.detach()'))}"


def set_(d: Draw) -> str:
    x = d.pick()
    other = d.pick((x.dtype,), fits=lambda v: v.shape == x.shape)
    return f"{x}.set_({other}{d.rng.choice(('', '.detach()'))})"


def swap(d: Draw) -> str:
    x = d.pick()
    other = d.pick((x.dtype,), fits=lambda v: v.shape == x.shape)
    return f"torch.utils.swap_tensors({x}, {other})"


def clear_grad(d: Draw) -> str:
    return f"{d.pick(DIFFERENTIABLE)}.grad = None"


def set_grad(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return f"{x}.grad = torch.ones_like({d.pick((x.dtype,), fits=lambda v: v.shape == x.shape or d.chance(0.1))})"


def grad_of(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return d.makes(f"{x}.grad", x.shape, x.dtype)


def zero_grad(d: Draw) -> str:
    return f"{d.pick(DIFFERENTIABLE)}.grad.zero_()"


def switch(d: Draw) -> str:
    return f"torch.set_grad_enabled({d.rng.choice(('True', 'True', 'False'))})"


def reseat(d: Draw) -> str:
    x = d.pick(ndim=1)
    name = d.rng.choice(("t_", "transpose_", "unsqueeze_", "squeeze_"))
    if name == "t_" and x.ndim <= 2:
        d.forget({x.name: x.shape[::-1]})
        return f"{x}.t_()"
    if name == "unsqueeze_":
        d.forget({x.name: (1, *x.shape)})
        return f"{x}.unsqueeze_(0)"
    if name == "squeeze_":
        d.forget({x.name: tuple(n for n in x.shape if n != 1)})
        return f"{x}.squeeze_()"
    a, b = d.axis(x), d.axis(x)
    d.forget({x.name: x.like.swapaxes(a, b).shape})
    return f"{x}.transpose_({a}, {b})"


TEMPLATES = [tensor_hook, tensor_hook, retain_grad, retain_grad, leaf_hook, node_hook, require, require, set_requires,
             detach_, set_data, set_, swap, clear_grad, set_grad, grad_of, zero_grad, switch, reseat, reseat]  # fmt: skip
