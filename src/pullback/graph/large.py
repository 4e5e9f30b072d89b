"""From the first large array on, elementwise operators look at sizes and compute large arrays in blocks.

The question costs a small operator 30 ns, so programs without large arrays do not ask it: functions that make tensors of
data call `look_at_sizes` at the first large one, and the operators that were in use are written anew. Operators of other
kinds then take the forward ``operator.large``, where they have one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from pullback.arrays import totals
from pullback.arrays.blocks import in_blocks
from pullback.arrays.compiled import HOME as TWINS
from pullback.graph import dispatch, mending, vjp_source
from pullback.graph.formulas import Formula
from pullback.graph.record import LARGE, NUMBER, OPERATORS, PARAMETER, TENSOR, Operator, names_of

_UFUNCS = {"+": "add", "-": "subtract", "*": "multiply", "/": "true_divide"}
NAMESPACE: dict[str, Any] = {f"{name}_": getattr(np, name) for name in (*_UFUNCS.values(), "negative")}
"""What the sources written here call."""
NAMESPACE |= {"in_blocks": in_blocks, "partial_": partial}


def look_at_sizes() -> None:
    """There is a large array: let elementwise operators, and sums at edges, ask for more of them."""
    if vjp_source.large is not None:
        return
    vjp_source.large = sys.modules[__name__]
    mending.unbroadcast = totals.unbroadcast  # type: ignore[attr-defined]
    for operator in OPERATORS.values():
        if operator.kind == "elementwise" or operator.large is not None:
            if operator.node_class is not None:
                operator.node_class.vjp = dispatch.rules_of(operator)["vjp"]
            for function in operator.written:
                function.__globals__["write"](function)


def _by_elements(operator: Operator) -> bool:
    return operator.kind == "elementwise" and operator.outputs == 1 and not operator.keeps and not operator.joint


def forward_lines(operator: Operator, lines: list[str], formula: Formula | None) -> list[str]:
    """`lines`, which run the forward, after the question whether an operand is large."""
    if not _by_elements(operator):
        return lines
    names = [f"a_{p.name}" for p in operator.inputs if p.kind in (TENSOR, NUMBER)]
    large = " or ".join(f"{name}.size > {LARGE}" for name in names)
    keywords = [p.name for p in operator.parameters if p.keyword_only]
    function = f"partial_(forward, {', '.join(f'{name}={name}' for name in keywords)})" if keywords else "forward"
    given = [f"a_{p.name}" if p.kind != PARAMETER else p.name for p in operator.parameters if not p.keyword_only]
    return _either(large, "r_", names, lines, formula, ", ".join([function, *given]), operator.name)


def rule_lines(operator: Operator, name: str, lines: list[str], formula: Formula | None) -> list[str]:
    """`lines`, which apply the rule of input `name`, after the question whether the cotangent is large."""
    names = names_of(operator.rule_over(name))
    known = {"grad", "result", *(p.name for p in operator.parameters)}
    if not _by_elements(operator) or not known.issuperset(names):  # shapes do not fit blocks
        return lines
    call = f"rule_{name}, {', '.join(names)}"
    return _either(f"grad.size > {LARGE}", f"g_{name}", names, lines, formula, call, f"{operator.name}.{name}")


def _either(
    large: str, target: str, names: Sequence[str], lines: list[str], formula: Formula | None, call: str, twin: str
) -> list[str]:
    """`call` names a function and its operands; a formula without parameters is written out, the last step in place."""
    twin = f", twin={twin!r}" if twin in TWINS else ""
    block = [f"{target} = in_blocks({call}{twin})"]
    if formula is not None:
        if not formula.lines:  # the cotangent itself
            return lines
        source = writing(names, formula)
        if source is not None:
            block = [
                *source,
                f"{target} = in_blocks(block_, {', '.join(names)}, writes=True, steps={len(formula.lines)}{twin})",
            ]
    return [f"if {large}:", *["    " + line for line in block], "else:", *["    " + line for line in lines]]


def writing(names: Sequence[str], formula: Formula) -> list[str] | None:
    """Source of a function that writes the formula's value into ``out``; `None` where it cannot.

    >>> print(*writing(["x"], Formula(["v0 = x * x", "v1 = 1 - v0"], "v1", {})), sep="\\n")
    def block_(x, out=None):
        v0 = x * x
        return subtract_(1, v0, out=out)
    """
    *before, last = formula.lines
    target, _, expression = last.partition(" = ")
    if target != formula.value:
        return None
    if found := re.fullmatch(r"(\S+) ([-+*/]) (\S+)", expression):
        call = f"{_UFUNCS[found[2]]}_({found[1]}, {found[3]}, out=out)"
    elif expression[0] == "-":
        call = f"negative_({expression[1:]}, out=out)"
    elif re.fullmatch(r"\w+\(.*\)", expression):
        call = expression[:-1] + ", out=out)"
    else:
        return None
    return [f"def block_({', '.join(names)}, out=None):", *["    " + line for line in (*before, f"return {call}")]]
