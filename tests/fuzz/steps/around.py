"""Steps around the graph: functions of users, checkpoints, edges, hooks of many kinds, tangents."""

from __future__ import annotations

from tests.fuzz.draw import DIFFERENTIABLE, FLOATS, Draw, Var

_AD = "torch.autograd.forward_ad"


def _label(d: Draw) -> str:
    return f"'a{d.rng.randrange(1000)}'"


def custom(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return d.makes(f"{d.rng.choice(('Doubled', 'AsIs', 'Shown', 'Dirty', 'Detached'))}.apply({x})", x.shape, x.dtype)


def custom_two(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    names = d.new(x.shape, x.dtype), d.new((x.size,), x.dtype)
    return f"{', '.join(names)} = Two.apply({x})"


def checkpointed(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    body = d.rng.choice(("curved", "squared", "viewed"))
    shape = (x.size,) if body == "viewed" else x.shape
    return d.makes(f"torch.utils.checkpoint.checkpoint({body}, {x}, use_reentrant={d.chance(0.3)})", shape, x.dtype)


def prehook(d: Draw) -> str:
    return f"{d.pick(DIFFERENTIABLE)}.grad_fn.register_prehook(note_before({_label(d)}))"


def joint_hook(d: Draw) -> str:
    x, y = d.pick(DIFFERENTIABLE), d.pick(DIFFERENTIABLE)
    mode = d.rng.choice(("all", "any"))
    return f"torch.autograd.graph.register_multi_grad_hook([{x}, {y}], note_joint({_label(d)}), mode='{mode}')"


def edge(d: Draw) -> str:
    x, y = d.pick(FLOATS), d.pick(DIFFERENTIABLE)
    asked = f"torch.autograd.graph.get_gradient_edge({y})"
    return f"{d.new(y.shape, y.dtype)}, = cloned(torch.autograd.grad({x}.sum(), [{asked}], retain_graph=True, allow_unused=True))"


def edge_root(d: Draw) -> str:
    x, y = d.pick(DIFFERENTIABLE), d.pick(DIFFERENTIABLE)
    root = f"torch.autograd.graph.get_gradient_edge({x})"
    text = f"torch.autograd.grad([{root}], [{y}], [torch.ones_like({x})], retain_graph=True, allow_unused=True)"
    return f"{d.new(y.shape, y.dtype)}, = cloned({text})"


def twice(d: Draw) -> str:
    """The derivative of a derivative, in one step."""
    x, y = d.pick(DIFFERENTIABLE), d.pick(DIFFERENTIABLE)
    inner = f"torch.autograd.grad(magnitude({x}), [{y}], create_graph=True, materialize_grads=True)[0]"
    unused = d.rng.choice(("allow_unused=True", "materialize_grads=True"))
    outer = f"torch.autograd.grad(magnitude({inner}), [{d.pick(DIFFERENTIABLE)}], {unused})"
    z = next(v for v in d.tensors if v.name in outer.rpartition("[")[2])
    return f"{d.new(z.shape, z.dtype)}, = cloned({outer})"


def moved_on(d: Draw) -> str:
    return f"torch.autograd.graph.increment_version({d.pick()})"


def copied(d: Draw) -> str:
    x = d.pick()
    return d.makes(f"copy.deepcopy({x})", x.shape, x.dtype)


def anew(d: Draw) -> str:
    x = d.pick(DIFFERENTIABLE)
    return d.makes(
        f"{x}.{d.rng.choice(('detach()', 'clone()', 'detach().clone()'))}.requires_grad_()", x.shape, x.dtype
    )


def unseen_write(d: Draw) -> str:
    """A write that the graph does not see."""
    x = d.pick(DIFFERENTIABLE)
    name = d.rng.choice(("add_", "mul_", "fill_"))
    return f"{x}.{d.rng.choice(('data', 'detach()'))}.{name}({d.number(x.dtype)})"


def parts(d: Draw) -> str:
    x = d.pick(("complex128",))
    value = d.rng.choice(("1.5", f"{x}.real.clone()", f"{x}.imag"))
    return f"{x}.{d.rng.choice(('real', 'imag'))} = {value}"


_CHANGES = ("{0}.mul_({1})", "{0}.add_({1})", "{0}.copy_({1})", "{0}.sin_()", "{0}[...] = {1}", "{0}.fill_(2)",
            "{0}.data.mul_(2)", "{0}.div_(2)", "{0} += {1}", "{0}.zero_()", "{0}.detach_()")  # fmt: skip
_VALUES = ("{0} * {1}", "{0}.sin()", "{0}.clone()", "{0} * 2", "{0}.detach()", "{0}.view_as({0})", "{0}[...]", "{0}.flip(-1)",
           "{0}.expand_as({0})", "{0}.unsqueeze(0).squeeze(0)", "torch.where({0}.abs() > 1, {0}, {1})")  # fmt: skip
_SMALLER = ("{0}[0]", "{0}.select(0, -1)", "{0}.unbind(0)[0]", "{0}.sum(0)", "{0}.split(1)[0].squeeze(0)")


def dual(d: Draw) -> str:
    """A few steps on a dual tensor, and the tangent of one of the results."""
    x = d.pick(("float64", "complex128"), fits=lambda v: v.size > 0)
    start = f"{x}{d.rng.choice(('', '.clone()', '.detach().clone()'))}"
    tangent = d.literal(x.shape, x.dtype)
    shown = [Var(d.new(x.shape, x.dtype), x.shape, x.dtype)]
    lines = [f"{shown[0]} = {_AD}.make_dual({start}, {tangent}.to({x}.dtype))"]
    for _ in range(d.rng.choice((1, 2, 3, 4))):
        a = d.rng.choice(shown)
        alike = d.rng.choice([v for v in [*shown, x] if v.shape == a.shape])
        kind = d.rng.choice((_CHANGES, _VALUES, _SMALLER))
        shape = a.shape[1:] if kind is _SMALLER else a.shape
        if kind is _SMALLER and not (a.ndim and a.shape[0]):
            continue
        text = d.rng.choice(kind).format(a, f"{alike}.clone()" if kind is _CHANGES else alike)
        if kind is not _CHANGES:
            shown.append(Var(d.new(shape, x.dtype), shape, x.dtype))
            text = f"{shown[-1]} = {text}"
        lines.append(text)
    y = d.rng.choice(shown)
    lines.append(f"{d.new(y.shape, y.dtype)}, = [{_AD}.unpack_dual({y}).tangent.detach().clone()]")
    return f"with {_AD}.dual_level(): {'; '.join(lines)}"


TEMPLATES = [custom, custom, custom_two, checkpointed, prehook, joint_hook, edge, edge_root, twice, moved_on, copied, anew,
             unseen_write, parts, dual, dual]  # fmt: skip
