"""The backward half of what `dispatch` writes: hand the kept values to the rules."""

from __future__ import annotations

from pullback.graph.record import LIST, NUMBER, OPTIONAL, PARAMETER, Operator, names_of

_GIVEN = ("grad", "grads", "needs")


def kept_names(operator: Operator, input_name: str | None = None) -> tuple[str, ...]:
    """What the rules keep: all of them, or the rule of one input."""
    rules = operator.every_rule() if input_name is None else [operator.rule_over(input_name)]
    return tuple(dict.fromkeys(name for rule in rules for name in names_of(rule) if name not in _GIVEN))


def vjp_source(operator: Operator) -> str:
    """Source of ``vjp`` (raw arrays) and ``vjp_traced`` (tensors)."""
    if not operator.over:
        return ""
    return _one("vjp", operator, traced=False) + "\n\n\n" + _one("vjp_traced", operator, traced=True)


def _one(name: str, operator: Operator, traced: bool) -> str:
    lines = [f"def {name}(node, grad, keep):"]
    if operator.kind == "elementwise" and operator.holomorphic:
        lines = [
            f"def {name}(node, grad, keep, plain=False):",
            "    if grad.dtype.kind == 'c' and not plain:",
            f"        return [g if g is None else conj(g) for g in {name}(node, conj(grad), keep, True)]",
        ]
    rules = operator.every_rule()
    named = {n for rule in rules for n in names_of(rule)}
    if operator.outputs != 1:
        if "grads" in named:
            lines.append("    grads = materialize(node, grad)")
        if "grad" in named:
            lines.append("    grad = materialize(node, grad)[0]")
    body = _joint_lines(operator, traced) if operator.joint else _rule_lines(operator, traced)
    lines += ["    " + line for line in body[:-1]]
    kept = kept_names(operator)
    if kept:
        lines.append("    if not keep: " + " = ".join(f"node.s_{each}" for each in kept) + " = RELEASED")
    lines.append("    " + body[-1])
    return "\n".join(lines)


def _rule_lines(operator: Operator, traced: bool) -> list[str]:
    kinds = {p.name: p.kind for p in operator.inputs}
    over = operator.over
    if len(over) == 1 and kinds[over[0]] != LIST:
        rule = operator.rule_over(over[0])
        unpack = [line for name in names_of(rule) for line in _unpack(operator, name, traced)]
        return [*unpack, f"return (rule_{over[0]}({', '.join(names_of(rule))}),)"]
    if len(over) == 1:
        rule = operator.rule_over(over[0])
        unpack = [line for name in names_of(rule) for line in _unpack(operator, name, traced)]
        needs = ["needs = [e is not None for e in node.edges]"] if "needs" in names_of(rule) else []
        return [*needs, *unpack, f"return rule_{over[0]}({', '.join(names_of(rule))})"]
    if any(kinds[name] == LIST for name in over):
        raise TypeError(f"{operator.declared}: a list of tensors beside other differentiable inputs needs joint=")
    lines = [", ".join(f"e_{name}" for name in over) + " = node.edges"]
    for name in over:
        rule = operator.rule_over(name)
        lines += [f"g_{name} = None", f"if e_{name} is not None:"]
        lines += ["    " + line for each in names_of(rule) for line in _unpack(operator, each, traced)]
        lines.append(f"    g_{name} = rule_{name}({', '.join(names_of(rule))})")
    return [*lines, "return " + ", ".join(f"g_{name}" for name in over)]


def _joint_lines(operator: Operator, traced: bool) -> list[str]:
    assert operator.joint is not None
    names = names_of(operator.joint)
    lines = ["needs = [e is not None for e in node.edges]"] if "needs" in names else []
    lines += [line for name in names for line in _unpack(operator, name, traced)]
    return [*lines, f"return rule_{operator.over[0]}({', '.join(names)})"]


def _unpack(operator: Operator, name: str, traced: bool) -> list[str]:
    """Lines that bring a kept value back under its name, after checking that nobody wrote into it."""
    if name in _GIVEN:
        return []
    if name in ("result", "results"):
        check = ["if node.result_counters is not None: check_result(node)"]
        lines = [f"{name} = node.s_{name}", f"if {name} is RELEASED: release_check({name})", *check]
        if not traced and name == "result":
            lines.append("if result.__class__ is Packed: result = result._array")
        if traced:
            lines.append(
                "result = result.tensor() if result.__class__ is Packed else at_node(result, node, 0)"
                if name == "result"
                else "results = outputs_at_node(node, results)"
            )
        return lines
    if name in operator.keeps and traced:
        return [f"{name} = None"]
    kinds = {p.name: p.kind for p in operator.parameters}
    kind = kinds.get(name, PARAMETER)
    lines = [f"{name} = node.s_{name}"]
    if kind == PARAMETER:
        return lines
    if kind == LIST:
        lines += [
            f"if {name} is RELEASED: release_check({name})",
            f"for i_, x_ in enumerate({name}):",
            f"    if x_._counter is not None: check_saved(node, ('{name}', i_), x_)",
        ]
        unpacked_list = f"{name} = [x_.tensor() if x_.__class__ is Packed else x_ for x_ in {name}]"
        return [*lines, unpacked_list] if traced else [*lines, f"{name} = [x_._array for x_ in {name}]"]
    check = [f"if {name}._counter is not None: check_saved(node, '{name}', {name})"]
    check.append(f"if {name}.__class__ is Packed: {name} = {name}.tensor()" if traced else f"{name} = {name}._array")
    guard = {NUMBER: f"if isinstance({name}, Held):", OPTIONAL: f"if {name} is not None:"}.get(kind)
    return lines + (check if guard is None else [guard, *("    " + line for line in check)])
