"""The backward half of what `dispatch` writes: hand the kept values to the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.graph.formulas import Formula, written_out
from pullback.graph.record import LIST, NUMBER, OPTIONAL, PARAMETER, TENSOR, Operator, names_of
from pullback.graph.shown import also_kept

_GIVEN = ("grad", "grads", "needs")
large: Any = None
"""The module `pullback.graph.large`, once there has been a large array."""


def kept_names(operator: Operator, input_name: str | None = None) -> tuple[str, ...]:
    """What the rules keep: all of them, or the rule of one input; and what PyTorch's node keeps too."""
    rules = operator.every_rule() if input_name is None else [operator.rule_over(input_name)]
    names = [name for rule in rules for name in names_of(rule) if name not in _GIVEN]
    return tuple(dict.fromkeys([*names, *also_kept(operator.node_name, [p.name for p in operator.parameters])]))


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
            "    if grad.dtype.kind in 'cW' and not plain:",
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
    released = [f"node.s_{name}" for name in kept_names(operator) if _holds_memory(operator, name)]
    if released:
        lines.append("    if not keep: " + " = ".join(released) + " = RELEASED")
    lines.append("    " + body[-1])
    return "\n".join(lines)


def _holds_memory(operator: Operator, name: str) -> bool:
    """Whether what is kept under `name` is elements, which are let go of; shapes and parameters stay, so that a graph
    which kept nothing else can be walked twice."""
    kinds = {p.name: p.kind for p in operator.parameters}
    return name in ("result", "results") or name in operator.keeps or kinds.get(name, PARAMETER) != PARAMETER


def _rule_lines(operator: Operator, traced: bool) -> list[str]:
    kinds = {p.name: p.kind for p in operator.inputs}
    over = operator.over
    if len(over) == 1 and kinds[over[0]] != LIST:
        rule = operator.rule_over(over[0])
        unpack = [line for name in names_of(rule) for line in _unpack(operator, name, traced)]
        return [*unpack, *_applied(operator, over[0], traced), f"return (g_{over[0]},)"]
    if len(over) == 1:
        rule = operator.rule_over(over[0])
        unpack = [line for name in names_of(rule) for line in _unpack(operator, name, traced)]
        needs = ["needs = [e is not None for e in node._edges]"] if "needs" in names_of(rule) else []
        return [*needs, *unpack, f"return rule_{over[0]}({', '.join(names_of(rule))})"]
    if any(kinds[name] == LIST for name in over):
        raise TypeError(f"{operator.declared}: a list of tensors beside other differentiable inputs needs joint=")
    lines = [", ".join(f"e_{name}" for name in over) + " = node._edges"]
    users = _users(operator)
    for each, names in users.items():  # what several rules name is unpacked once
        condition = "" if len(names) == len(over) else " or ".join(f"e_{name} is not None" for name in names)
        unpack = _unpack(operator, each, traced)
        lines += unpack if not condition or not unpack else [f"if {condition}:", *("    " + line for line in unpack)]
    for name in over:
        rule = operator.rule_over(name)
        lines += [f"g_{name} = None", f"if e_{name} is not None:"]
        alone = [each for each in names_of(rule) if each not in users]
        lines += ["    " + line for each in alone for line in _unpack(operator, each, traced)]
        lines += ["    " + line for line in _applied(operator, name, traced)]
    return [*lines, "return " + ", ".join(f"g_{name}" for name in over)]


def _users(operator: Operator) -> dict[str, list[str]]:
    """What more than one rule keeps, and the inputs whose rules these are."""
    users: dict[str, list[str]] = {}
    for name in operator.over:
        for each in names_of(operator.rule_over(name)):
            users.setdefault(each, []).append(name)
    return {each: names for each, names in users.items() if len(names) > 1 and each not in _GIVEN}


def formula_of(operator: Operator, name: str, traced: bool) -> Formula | None:
    """The rule of input `name` written out, parameters at their defaults; `None` where it is about more than arrays.

    The names of ufuncs that are handed tensors begin with ``t_``.
    """
    arrays = {"grad", "result", *(p.name for p in operator.inputs if p.kind in (TENSOR, NUMBER))}
    defaults = operator.defaults()
    names = names_of(operator.rule_over(name))
    given = {each: defaults[each] for each in names if each in defaults and each not in arrays}
    if operator.joint or operator.outputs != 1 or not {*arrays, *given}.issuperset(names):
        return None
    symbols = {each: each for each in names if each in arrays}
    return written_out(operator.rule_over(name), symbols, given, "t_" if traced else "")


def ufuncs_of(operator: Operator, traced: bool) -> dict[str, Any]:
    """The ufuncs that the source of `operator`'s rules calls by name."""
    formulas = [formula_of(operator, name, traced) for name in operator.over]
    return {name: ufunc for each in formulas if each for name, ufunc in each.ufuncs.items()}


def _applied(operator: Operator, name: str, traced: bool) -> list[str]:
    """Lines that apply the rule of input `name`: its formula, while the parameters stand at their defaults, or a call."""
    names = names_of(operator.rule_over(name))
    call = f"g_{name} = rule_{name}({', '.join(names)})"
    formula = formula_of(operator, name, traced)
    if formula is None:
        return _sized(operator, name, [call], None, traced)
    lines = _sized(operator, name, [*formula.lines, f"g_{name} = {formula.value}"], formula, traced)
    return guarded(operator, names, lines, call)


def _sized(operator: Operator, name: str, lines: list[str], formula: Formula | None, traced: bool) -> list[str]:
    """`lines`; large cotangents take the same in blocks, once there has been a large array."""
    return lines if large is None or traced else large.rule_lines(operator, name, lines, formula)


def guarded(operator: Operator, names: Sequence[str], lines: list[str], call: str) -> list[str]:
    """`lines` while the parameters among `names` stand at their defaults, else `call`."""
    parameters = [p.name for p in operator.parameters if p.kind == PARAMETER and p.name in names]
    if not parameters:
        return lines
    condition = " and ".join(f"{name} is default_{name}" for name in parameters)
    return [f"if {condition}:", *("    " + line for line in lines), "else:", "    " + call]


def _joint_lines(operator: Operator, traced: bool) -> list[str]:
    assert operator.joint is not None
    names = names_of(operator.joint)
    lines = ["needs = [e is not None for e in node._edges]"] if "needs" in names else []
    lines += [line for name in names for line in _unpack(operator, name, traced)]
    return [*lines, f"return rule_{operator.over[0]}({', '.join(names)})"]


def _unpack(operator: Operator, name: str, traced: bool) -> list[str]:
    """Lines that bring a kept value back under its name, after checking that nobody wrote into it."""
    if name in _GIVEN:
        return []
    if name in ("result", "results"):
        check = ["if node._result_counters is not None: check_result(node)"]
        lines = [f"{name} = node.s_{name}", f"if {name} is RELEASED: release_check({name})", *check]
        if not traced and name == "result":
            lines.append("if result.__class__ is Packed: result = result._array")
        if not traced and name == "results":
            lines.append("if results.__class__ is list: results = [x_._array for x_ in results]  # packed")
        if traced:
            lines.append(
                "result = result.tensor(node) if result.__class__ is Packed else at_node(result, node, 0)"
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
        unpacked_list = f"{name} = [x_.tensor(node) if x_.__class__ is Packed else x_ for x_ in {name}]"
        return [*lines, unpacked_list] if traced else [*lines, f"{name} = [x_._array for x_ in {name}]"]
    check = [f"if {name}._counter is not None: check_saved(node, '{name}', {name})"]
    check.append(
        f"if {name}.__class__ is Packed: {name} = {name}.tensor(node)" if traced else f"{name} = {name}._array"
    )
    guard = {NUMBER: f"if isinstance({name}, Held):", OPTIONAL: f"if {name} is not None:"}.get(kind)
    return lines + (check if guard is None else [guard, *("    " + line for line in check)])
