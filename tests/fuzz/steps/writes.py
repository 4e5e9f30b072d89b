"""Steps that write in place."""

from __future__ import annotations

from tests.fuzz.draw import ANY, DIFFERENTIABLE, FLOATS, Draw, broadcastable
from tests.fuzz.steps.indexing import value
from tests.fuzz.steps.operators import partner

_UNARY = ("exp_", "sin_", "cos_", "tanh_", "sigmoid_", "neg_", "square_", "reciprocal_", "zero_")
_REAL = ("relu_", "abs_", "floor_", "erf_")


def unary_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return f"{x}.{d.rng.choice(_UNARY if x.dtype == 'complex128' else _UNARY + _REAL)}()"


def arithmetic_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return f"{x}.{d.rng.choice(('add_', 'sub_', 'mul_', 'mul_', 'div_'))}({partner(d, x)})"


def number_(d: Draw) -> str:
    x = d.pick()
    name = d.rng.choice(("add_", "mul_", "sub_", "fill_")) if x.dtype != "bool" else "fill_"
    return f"{x}.{name}({d.number(x.dtype)})"


def augmented(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return f"{x} {d.rng.choice(('+=', '*=', '-=', '/='))} {value(d, x, x.shape)}"


def power_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return f"{x}.pow_({d.rng.choice((2, 3))})"


def clamp_(d: Draw) -> str:
    x = d.pick(FLOATS)
    return f"{x}.clamp_({d.rng.choice(('min=0', '-1, 1', 'max=1'))})"


def copy_(d: Draw) -> str:
    x = d.pick()
    return f"{x}.copy_({d.pick(ANY, fits=lambda v: broadcastable(v.shape, x.shape))})"


def fill_tensor_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return f"{x}.fill_({d.pick(FLOATS, fits=lambda v: not v.shape)})"


def masked_fill_(d: Draw) -> str:
    x = d.pick()
    mask = d.literal(x.shape[d.rng.randrange(x.ndim + 1) :], "bool")
    return f"{x}.masked_fill_({mask}, {d.number(x.dtype)})"


def masked_fill_tensor_(d: Draw) -> str:
    x = d.pick(FLOATS)
    return f"{x}.masked_fill_({x} > 0, {d.pick((x.dtype,), fits=lambda v: not v.shape)})"


def masked_scatter_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    source = d.pick((x.dtype,), fits=lambda v: v.size >= x.size)
    return f"{x}.masked_scatter_({d.literal(x.shape, 'bool')}, {source}.clone())"


def index_put_(d: Draw) -> str:
    x = d.pick(ndim=1, fits=lambda v: v.size > 0)
    places = [d.rng.randrange(-x.shape[0], x.shape[0]) for _ in range(2)]
    accumulate = x.dtype != "bool" and d.chance(0.5)
    return f"{x}.index_put_((torch.tensor({places}),), {value(d, x, (2, *x.shape[1:]))}, accumulate={accumulate})"


def index_write_(d: Draw) -> str:
    x = d.pick(("float32", "float64", "complex128", "int64"), ndim=1, fits=lambda v: v.size > 0)
    dim = d.axis(x)
    places = [d.rng.randrange(x.shape[dim]) for _ in range(2)]
    shape = list(x.shape)
    shape[dim] = 2
    name = d.rng.choice(("index_add_", "index_copy_", "index_fill_"))
    if name == "index_copy_":
        places = [0, x.shape[dim] - 1] if x.shape[dim] > 1 else [0]
        shape[dim] = len(places)
    if name == "index_fill_":
        return f"{x}.index_fill_({dim}, torch.tensor({places}), {d.number(x.dtype)})"
    same = [v for v in d.tensors if v.shape == tuple(shape) and v.dtype == x.dtype]
    source = d.rng.choice(same) if same and d.chance(0.7) else d.literal(tuple(shape), x.dtype)
    return f"{x}.{name}({dim}, torch.tensor({places}), {source})"


def scatter_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE, ndim=1, fits=lambda v: v.size > 0)
    dim = d.rng.randrange(x.ndim)
    index = d.literal(x.shape, "int64").replace("-", "")
    length = x.shape[dim]
    for digit in "3210":
        index = index.replace(digit, str(int(digit) % length)) if int(digit) >= length else index
    index = f"torch.zeros({x.shape}, dtype=torch.int64)" if "int64" not in index else index
    name = d.rng.choice(("scatter_add_", "scatter_"))
    if name == "scatter_" and d.chance(0.5):
        return f"{x}.scatter_({dim}, torch.zeros({x.shape}, dtype=torch.int64), {d.number(x.dtype)})"
    if name == "scatter_":
        places = f"torch.arange({length}).view({[length if n == dim else 1 for n in range(x.ndim)]}).expand({x.shape})"
        source = d.pick((x.dtype,), fits=lambda v: v.shape == x.shape)
        return f"{x}.scatter_({dim}, {places}, {source})"
    source = d.pick((x.dtype,), fits=lambda v: v.shape == x.shape)
    return f"{x}.scatter_add_({dim}, torch.zeros({x.shape}, dtype=torch.int64), {source})"


def lerp_(d: Draw) -> str:
    x = d.pick(FLOATS)
    return f"{x}.lerp_({d.pick((x.dtype,), fits=lambda v: broadcastable(v.shape, x.shape))}, 0.5)"


def addcmul_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    a, b = (d.pick((x.dtype,), fits=lambda v: broadcastable(v.shape, x.shape)) for _ in range(2))
    return f"{x}.{d.rng.choice(('addcmul_', 'addcdiv_'))}({a}, {b})"


def triangle_(d: Draw) -> str:
    x = d.pick(ndim=2)
    return f"{x}.{d.rng.choice(('tril_', 'triu_'))}()"


def cumulative_(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE, ndim=1)
    return f"{x}.{d.rng.choice(('cumsum_', 'cumprod_'))}({d.axis(x)})"


def out(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    target = d.pick((x.dtype,), fits=lambda v: v.shape == x.shape or d.chance(0.05))
    if d.chance(0.5):
        return f"torch.{d.rng.choice(('sin', 'exp', 'neg'))}({x}, out={target})"
    return f"torch.{d.rng.choice(('add', 'mul', 'sub'))}({x}, {partner(d, x)}, out={target})"


def out_joined(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE, ndim=1)
    target = d.pick((x.dtype,), fits=lambda v: v.shape == (2 * x.shape[0], *x.shape[1:]))
    return f"torch.cat([{x}, {x}], out={target})"


def out_sum(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE, ndim=1)
    target = d.pick((x.dtype,), fits=lambda v: v.shape == x.like.sum(0).shape)
    return f"torch.{d.rng.choice(('sum', 'mean'))}({x}.clone(), 0, out={target})"


def numpy_write(d: Draw) -> str:
    x = d.pick()
    return f"{x}.{d.rng.choice(('numpy()', 'detach().numpy()'))}[...] = {d.number(x.dtype)}"


def wrong(d: Draw) -> str:
    """A write that mostly does not fit."""
    x, other = d.pick(), d.pick()
    return f"{x}.{d.rng.choice(('add_', 'mul_', 'copy_'))}({other})"


TEMPLATES = [unary_, unary_, arithmetic_, arithmetic_, arithmetic_, number_, augmented, augmented, power_, clamp_, copy_,
             copy_, fill_tensor_, masked_fill_, masked_fill_tensor_, masked_scatter_, index_put_, index_write_, scatter_,
             lerp_, addcmul_, triangle_, cumulative_, out, out_joined, out_sum, numpy_write, wrong]  # fmt: skip
