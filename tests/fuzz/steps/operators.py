"""Steps that compute: one operator of every shape of derivative, no more."""

from __future__ import annotations

import numpy as np

from tests.fuzz.draw import DIFFERENTIABLE, FLOATS, Draw, Unfit, Var, broadcastable

_UNARY = ("exp", "sin", "cos", "tanh", "sigmoid", "square", "neg", "reciprocal", "clone", "contiguous")
_REAL = ("relu", "abs", "sign", "floor")


def unary(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    name = d.rng.choice(_UNARY if x.dtype == "complex128" else _UNARY + _REAL)
    return d.makes(f"{x}.{name}()", x.shape, x.dtype)


def times_number(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return d.makes(f"{x} {d.rng.choice('+-*/')} {d.number(x.dtype)}", x.shape, x.dtype)


def number_first(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return d.makes(f"{d.number(x.dtype)} {d.rng.choice('+-*/')} {x}", x.shape, x.dtype)


def power(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return d.makes(f"{x} ** {d.rng.choice((2, 3, 0, 1))}", x.shape, x.dtype)


def partner(d: Draw, x: Var) -> str:
    """A tensor that broadcasts to the shape of `x`: one of the program, or one written out."""
    try:
        if d.chance(0.75):
            return str(d.pick(DIFFERENTIABLE, fits=lambda v: broadcastable(v.shape, x.shape)))
    except Unfit:
        pass
    shape = x.shape[d.rng.randrange(x.ndim + 1) :]
    return d.literal(tuple(n if d.chance(0.8) else 1 for n in shape), x.dtype)


def _common(d: Draw, x: Var, other: str) -> str:
    dtypes = [v.dtype for v in d.tensors if v.name == other] or [x.dtype]
    return str(np.result_type(x.dtype, *dtypes))


def binary(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    other = partner(d, x)
    return d.makes(f"{x} {d.rng.choice('+-**/')} {other}", x.shape, _common(d, x, other))


def extreme(d: Draw) -> str:
    x = d.pick(FLOATS)
    other = d.pick((x.dtype,), fits=lambda v: broadcastable(v.shape, x.shape))
    return d.makes(f"torch.{d.rng.choice(('maximum', 'minimum', 'atan2'))}({x}, {other})", x.shape, x.dtype)


def where(d: Draw) -> str:
    x = d.pick(FLOATS)
    other = d.pick((x.dtype,), fits=lambda v: broadcastable(v.shape, x.shape))
    return d.makes(f"torch.where({x} > 0, {x}, {other})", x.shape, x.dtype)


def reduction(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE, ndim=1)
    dim = d.axis(x)
    name = d.rng.choice(("sum", "mean", "prod", "cumsum"))
    if name == "cumsum":
        return d.makes(f"{x}.cumsum({dim})", x.shape, x.dtype)
    return d.makes(f"{x}.{name}({dim})", x.like.sum(dim).shape, x.dtype)


def whole(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return d.makes(f"{x}.{d.rng.choice(('sum', 'mean'))}()", (), x.dtype)


def matmul(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE, ndim=1)
    other = d.pick((x.dtype,), ndim=1, fits=lambda v: v.ndim <= 2 and v.shape[-2 if v.ndim > 1 else 0] == x.shape[-1])
    return d.makes(f"{x} @ {other}", (x.like @ other.like).shape, x.dtype)


def joined(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    other = d.pick((x.dtype,), fits=lambda v: v.shape == x.shape)
    name = "stack" if not x.ndim or d.chance(0.5) else "cat"
    shape = (2, *x.shape) if name == "stack" else (2 * x.shape[0], *x.shape[1:])
    return d.makes(f"torch.{name}([{x}, {other}])", shape, x.dtype)


def cast(d: Draw) -> str:
    x = d.pick(FLOATS)
    dtype = d.rng.choice(("float32", "float64", "complex128"))
    return d.makes(f"{x}.to(torch.{dtype})", x.shape, dtype)


def turned(d: Draw) -> str:
    x = d.pick(ndim=1)
    name = d.rng.choice(("flip", "roll"))
    return d.makes(f"{x}.flip({d.axis(x)})" if name == "flip" else f"{x}.roll(1, {d.axis(x)})", x.shape, x.dtype)


def compare(d: Draw) -> str:
    x = d.pick(FLOATS)
    return d.makes(f"{x} {d.rng.choice(('>', '<=', '=='))} {d.number(x.dtype)}", x.shape, "bool")


def real_square(d: Draw) -> str:
    x = d.pick(("complex128",))
    return d.makes(f"{x}.abs()", x.shape, "float64")


TEMPLATES = [unary, times_number, times_number, number_first, power, binary, binary, binary, extreme, where, reduction,
             whole, matmul, joined, cast, turned, compare, real_square]  # fmt: skip
