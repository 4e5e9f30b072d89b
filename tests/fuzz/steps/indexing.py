"""Steps that read and write between brackets, with every form of index."""

from __future__ import annotations

import numpy as np

from tests.fuzz.draw import Draw, Shape, Unfit, Var, broadcastable


def _slice(d: Draw, length: int) -> str:
    start = d.rng.choice(("", "", *map(str, range(-length, length + 1))))
    stop = d.rng.choice(("", "", *map(str, range(-length, length + 2))))
    return f"{start}:{stop}" + d.rng.choice(("", "", ":1", ":2"))


def _items(d: Draw, x: Var, advanced: bool) -> list[tuple[str, str]]:
    """Items between the brackets: for PyTorch, and what NumPy calls them."""
    items: list[tuple[str, str]] = []
    left = list(x.shape[: d.rng.randrange(0, x.ndim + 1)])
    while left:
        length = left.pop(0)
        kind = d.rng.choice(("int", "slice", "slice", "none", "all", *(("ints", "list", "mask") if advanced else ())))
        if not length and kind in ("int", "ints", "list"):
            kind = "all"
        if kind == "int":
            items.append((str(d.rng.randrange(-length, length)),) * 2)
        elif kind == "slice":
            items.append((_slice(d, length),) * 2)
        elif kind == "all":
            items.append((":", ":"))
        elif kind == "none":
            items.append(("None", "None"))
            left.insert(0, length)
        elif kind == "mask":
            mask = [d.chance(0.5) for _ in range(length)]
            items.append((f"torch.tensor({mask}, dtype=torch.bool)", f"np.array({mask}, bool)"))
        else:
            places = [d.rng.randrange(-length, length) for _ in range(d.rng.choice((1, 2, 2, 3)))]
            items.append((f"torch.tensor({places})" if kind == "ints" else f"{places}", f"{places}"))
        if len(items) > 4:
            break
    if d.chance(0.15):
        items.append(("...", "..."))
    return items or [("...", "...")]


def _index(d: Draw, x: Var, advanced: bool) -> tuple[str, Shape]:
    """An index as text, and the shape of what it picks."""
    items = _items(d, x, advanced)
    text, plain = (", ".join(item[side] for item in items) for side in (0, 1))
    try:
        return text, eval(f"like[{plain}]", {"like": x.like, "np": np}).shape
    except (IndexError, ValueError):
        raise Unfit from None


def brackets(d: Draw) -> str:
    x = d.pick(ndim=1)
    text, shape = _index(d, x, advanced=False)
    return d.makes(f"{x}[{text}]", shape, x.dtype)


def picked(d: Draw) -> str:
    x = d.pick(ndim=1)
    text, shape = _index(d, x, advanced=True)
    return d.makes(f"{x}[{text}]", shape, x.dtype)


def masked(d: Draw) -> str:
    x = d.pick(("float32", "float64"))
    return d.makes(f"torch.where({x} > 0.5, {x}, {x}.new_zeros(()))", x.shape, x.dtype)


def index_select(d: Draw) -> str:
    x = d.pick(ndim=1, fits=lambda v: v.size > 0)
    dim = d.axis(x)
    places = [d.rng.randrange(x.shape[dim]) for _ in range(2)]
    return d.makes(f"{x}.index_select({dim}, torch.tensor({places}))", x.like.take(places, dim).shape, x.dtype)


def value(d: Draw, x: Var, shape: Shape) -> str:
    """What to write into a place of `shape`: a number, a tensor of the program, one written out."""
    kind = d.rng.choice(("number", "tensor", "tensor", "literal", "any"))
    try:
        if kind == "tensor":
            dtypes = ("float32", "float64", "complex128", "int64") if d.chance(0.2) else (x.dtype,)
            return str(d.pick(dtypes, fits=lambda v: broadcastable(v.shape, shape)))
        if kind == "any" and d.chance(0.2):
            return str(d.pick())
    except Unfit:
        pass
    if kind == "literal":
        return d.literal(tuple(n if d.chance(0.7) else 1 for n in shape[d.rng.randrange(len(shape) + 1) :]), x.dtype)
    return d.number(x.dtype)


def set_basic(d: Draw) -> str:
    x = d.pick(ndim=1)
    text, shape = _index(d, x, advanced=False)
    return f"{x}[{text}] = {value(d, x, shape)}"


def set_advanced(d: Draw) -> str:
    x = d.pick(ndim=1)
    text, shape = _index(d, x, advanced=True)
    return f"{x}[{text}] = {value(d, x, shape)}"


def set_masked(d: Draw) -> str:
    x = d.pick(("float32", "float64", "int64"))
    return f"{x}[{x} {d.rng.choice(('>', '<='))} 0] = {d.number(x.dtype)}"


def update_item(d: Draw) -> str:
    x = d.pick(("float32", "float64", "complex128"), ndim=1)
    text, shape = _index(d, x, advanced=d.chance(0.5))
    return f"{x}[{text}] {d.rng.choice(('+=', '*=', '-='))} {value(d, x, shape)}"


READS = [brackets, brackets, brackets, picked, picked, masked, index_select]
WRITES = [set_basic, set_basic, set_basic, set_advanced, set_masked, update_item]
