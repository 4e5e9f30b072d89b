"""Steps that make tensors of nothing."""

from __future__ import annotations

from tests.fuzz.draw import ANY, DIFFERENTIABLE, Draw


def leaf(d: Draw) -> str:
    dtype = d.rng.choice(("float64", "float64", "float64", "float32", "complex128"))
    shape = d.shape()
    return d.makes(d.literal(shape, dtype, ", requires_grad=True" if d.chance(0.75) else ""), shape, dtype)


def constant(d: Draw) -> str:
    dtype, shape = d.rng.choice(ANY), d.shape()
    return d.makes(d.literal(shape, dtype), shape, dtype)


def filled(d: Draw) -> str:
    dtype, shape = d.rng.choice(DIFFERENTIABLE), d.shape()
    name = d.rng.choice(("zeros", "ones"))
    grad = ", requires_grad=True" if d.chance(0.4) else ""
    return d.makes(f"torch.{name}({shape}, dtype=torch.{dtype}{grad})", shape, dtype)


def empty(d: Draw) -> str:
    shape = d.rng.choice(((0,), (2, 0), (0, 3), (1, 0, 2)))
    return d.makes(f"torch.zeros({shape}, dtype=torch.float64, requires_grad={d.chance(0.5)})", shape, "float64")


def arange(d: Draw) -> str:
    count = d.rng.randrange(1, 7)
    return d.makes(f"torch.arange({count}.0, dtype=torch.float64, requires_grad={d.chance(0.5)})", (count,), "float64")


def like(d: Draw) -> str:
    x = d.pick()
    return d.makes(f"torch.{d.rng.choice(('zeros', 'ones'))}_like({x})", x.shape, x.dtype)


TEMPLATES = [leaf, leaf, leaf, leaf, constant, filled, arange, like, empty]
