"""Steps that show memory once more."""

from __future__ import annotations

import numpy as np

from tests.fuzz.draw import ANY, DIFFERENTIABLE, FLOATS, Draw, Unfit


def select(d: Draw) -> str:
    x = d.pick(ndim=1, fits=lambda v: v.size > 0)
    dim = d.axis(x)
    place = d.rng.randrange(-x.shape[dim], x.shape[dim])
    return d.makes(f"{x}.select({dim}, {place})", x.like.take(0, dim).shape, x.dtype)


def narrow(d: Draw) -> str:
    x = d.pick(ndim=1)
    dim = d.axis(x)
    start = d.rng.randrange(x.shape[dim] + 1)
    length = d.rng.randrange(x.shape[dim] - start + 1)
    shape = list(x.shape)
    shape[dim] = length
    return d.makes(f"{x}.narrow({dim}, {start}, {length})", tuple(shape), x.dtype)


def transpose(d: Draw) -> str:
    x = d.pick(ndim=1)
    a, b = d.axis(x), d.axis(x)
    return d.makes(f"{x}.transpose({a}, {b})", x.like.swapaxes(a, b).shape, x.dtype)


def t(d: Draw) -> str:
    x = d.pick(fits=lambda v: v.ndim == 2 or (v.ndim < 2 and d.chance(0.2)))
    return d.makes(f"{x}.{d.rng.choice(('t()', 'T'))}" if x.ndim == 2 else f"{x}.t()", x.shape[::-1], x.dtype)


def m_t(d: Draw) -> str:
    x = d.pick(ndim=2)
    return d.makes(f"{x}.mT", x.like.swapaxes(-1, -2).shape, x.dtype)


def permute(d: Draw) -> str:
    x = d.pick(ndim=1)
    order = list(range(x.ndim))
    d.rng.shuffle(order)
    return d.makes(f"{x}.permute({order})", x.like.transpose(order).shape, x.dtype)


def movedim(d: Draw) -> str:
    x = d.pick(ndim=1)
    a, b = d.axis(x), d.axis(x)
    return d.makes(f"{x}.movedim({a}, {b})", np.moveaxis(x.like, a, b).shape, x.dtype)


def _shapes(size: int) -> list[tuple[int, ...]]:
    divisors = [n for n in range(1, size + 1) if size % n == 0]
    return [(size,), *[(n, size // n) for n in divisors], *[(n, 1, size // n) for n in divisors], (1, size)]


def view(d: Draw) -> str:
    x = d.pick(fits=lambda v: v.size > 0)
    shape = d.rng.choice(_shapes(x.size))
    name = d.rng.choice(("view", "view", "reshape"))
    return d.makes(f"{x}.{name}({shape})", shape, x.dtype)


def flatten(d: Draw) -> str:
    x = d.pick()
    return d.makes(f"{x}.{d.rng.choice(('flatten', 'ravel'))}()", (x.size,), x.dtype)


def expand(d: Draw) -> str:
    x = d.pick()
    shape = tuple(d.rng.choice((2, 3)) if n == 1 and d.chance(0.7) else n for n in x.shape)
    if d.chance(0.5):
        shape = (d.rng.choice((1, 2)), *shape)
    return d.makes(f"{x}.expand({shape})", shape, x.dtype)


def unfold(d: Draw) -> str:
    x = d.pick(ndim=1, fits=lambda v: v.size > 0)
    dim = d.axis(x)
    size, step = d.rng.randrange(1, x.shape[dim] + 1), d.rng.choice((1, 2))
    shape = list(x.shape)
    shape[dim] = (x.shape[dim] - size) // step + 1
    return d.makes(f"{x}.unfold({dim}, {size}, {step})", (*shape, size), x.dtype)


def diagonal(d: Draw) -> str:
    x = d.pick(ndim=2)
    offset = d.rng.choice((0, 0, 1, -1))
    return d.makes(f"{x}.diagonal({offset})", x.like.diagonal(offset).shape, x.dtype)


def squeeze(d: Draw) -> str:
    x = d.pick()
    if not x.ndim or d.chance(0.5):
        return d.makes(f"{x}.squeeze()", tuple(n for n in x.shape if n != 1), x.dtype)
    dim = d.axis(x)
    return d.makes(f"{x}.squeeze({dim})", x.like.squeeze(dim).shape if x.shape[dim] == 1 else x.shape, x.dtype)


def unsqueeze(d: Draw) -> str:
    x = d.pick()
    dim = d.rng.randrange(-x.ndim - 1, x.ndim + 1)
    return d.makes(f"{x}.unsqueeze({dim})", np.expand_dims(x.like, dim).shape, x.dtype)


def as_strided(d: Draw) -> str:
    x = d.pick(fits=lambda v: v.size > 0)
    if x.size < 2 or d.chance(0.3):
        return d.makes(f"{x}.as_strided(({x.size},), (1,))", (x.size,), x.dtype)
    length, step = d.rng.choice([(n, s) for n in (1, 2, 3) for s in (0, 1, 2) if (n - 1) * s < x.size])
    rows = d.rng.choice([n for n in (1, 2) if (n - 1) + (length - 1) * step < x.size])
    offset = f", {d.rng.choice((0, 0, 1))}" if d.chance(0.3) else ""
    return d.makes(f"{x}.as_strided(({rows}, {length}), (1, {step}){offset})", (rows, length), x.dtype)


def split(d: Draw) -> str:
    x = d.pick(ndim=1, fits=lambda v: v.size > 0)
    dim = d.rng.randrange(x.ndim)
    name = d.rng.choice(("split", "chunk", "unbind", "sizes", "tensor_split"))
    length = x.shape[dim]
    if name == "unbind":
        parts, text = [None] * length, f"{x}.unbind({dim})"
    elif name == "sizes":
        first = d.rng.randrange(length + 1)
        parts, text = [first, length - first], f"{x}.split([{first}, {length - first}], {dim})"
    else:
        size = d.rng.choice((1, 2))
        count = size if name != "split" else -(-length // size)
        text = f"{x}.{name}({size}, {dim})"
        parts = [len(part) for part in np.array_split(np.arange(length), count)]
        if name != "tensor_split":
            size = size if name == "split" else -(-length // size)
            parts = [min(size, length - start) for start in range(0, length, size)]
    shapes = [(*x.shape[:dim], *([] if n is None else [n]), *x.shape[dim + 1 :]) for n in parts]
    names = [d.new(shape, x.dtype) for shape in shapes]
    return f"{', '.join(names)}{',' if len(names) == 1 else ''} = {text}"


def real_part(d: Draw) -> str:
    x = d.pick(("complex128",))
    if d.chance(0.4):
        return d.makes(f"torch.view_as_real({x})", (*x.shape, 2), "float64")
    return d.makes(f"{x}.{d.rng.choice(('real', 'imag'))}", x.shape, "float64")


def mirror(d: Draw) -> str:
    x = d.pick(("complex128",))
    if x.ndim >= 2 and d.chance(0.3):
        return d.makes(f"{x}.{d.rng.choice(('mH', 'adjoint()'))}", x.like.swapaxes(-1, -2).shape, x.dtype)
    return d.makes(f"{x}.conj()", x.shape, x.dtype)


def as_complex(d: Draw) -> str:
    x = d.pick(("float64",), ndim=1, fits=lambda v: v.shape[-1] == 2 and v.size > 0)
    return d.makes(f"torch.view_as_complex({x})", x.shape[:-1], "complex128")


def detach(d: Draw) -> str:
    x = d.pick()
    return d.makes(f"{x}.{d.rng.choice(('detach()', 'data'))}", x.shape, x.dtype)


def same(d: Draw) -> str:
    x = d.pick()
    text = d.rng.choice(
        ("{}[...]", "{0}.view_as({0})", "{0}.expand_as({0})", "torch.atleast_1d({})", "{}.contiguous()")
    )
    shape = x.shape or (1,) if "atleast" in text else x.shape
    return d.makes(text.format(x), shape, x.dtype)


def bits(d: Draw) -> str:
    x = d.pick(FLOATS)
    return d.makes(f"{x}.view(torch.{x.dtype})", x.shape, x.dtype)


def swapped_names(d: Draw) -> str:
    """Two names for one tensor."""
    x = d.pick()
    return d.makes(f"{x}", x.shape, x.dtype)


def unflatten(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE, ndim=1, fits=lambda v: v.shape[-1] % 2 == 0 and v.size > 0)
    return d.makes(f"{x}.unflatten(-1, (2, -1))", (*x.shape[:-1], 2, x.shape[-1] // 2), x.dtype)


def broadcast(d: Draw) -> str:
    x = d.pick(ANY, fits=lambda v: v.size > 0)
    other = d.pick(fits=lambda v: v.size > 0)
    try:
        shape = np.broadcast_shapes(x.shape, other.shape)
    except ValueError:
        raise Unfit from None
    first, second = d.new(shape, x.dtype), d.new(shape, other.dtype)
    return f"{first}, {second} = torch.broadcast_tensors({x}, {other})"


TEMPLATES = [select, select, narrow, narrow, transpose, t, t, m_t, permute, movedim, view, view, flatten, expand, unfold,
             diagonal, squeeze, unsqueeze, as_strided, split, split, real_part, mirror, as_complex, detach, same, bits,
             swapped_names, unflatten, broadcast]  # fmt: skip
