"""Calls for each operation and small workload: Python functions, NumPy, other C functions; and the memory that is
held at most. Counts do not vary.

Python and C functions are counted by a profile function. It does not see ufuncs (``np.multiply(a, b)``) nor
operators on arrays (``a * b``), so a second run traces the instructions and asks, for each call and operator
about to run, whether its source names a ufunc or an array.
"""

from __future__ import annotations

import ast
import dis
import linecache
import re
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from .workloads import SMALL
from .workloads._data import normal

HERE = str(Path(__file__).parent)  # the workloads' own functions are not counted
OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript)
INSTRUCTIONS = (
    "CALL",
    "CALL_KW",
    "CALL_FUNCTION_EX",
    "BINARY_OP",
    "UNARY_NEGATIVE",
    "COMPARE_OP",
    "BINARY_SUBSCR",
)


@cache
def _expressions(filename: str) -> dict[tuple[int | None, ...], ast.expr]:
    """The calls and operators in a source file, by position."""
    tree = ast.parse("".join(linecache.getlines(filename)))
    return {
        (node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0): node
        for node in ast.walk(tree)
        if isinstance(node, (ast.Call, *OPERATORS))
    }


@cache
def _instructions(code: CodeType) -> dict[int, ast.expr]:
    """The expression behind each call or operator of `code`, by offset; empty without its source."""
    expressions = _expressions(code.co_filename)
    found = {}
    for instruction in dis.get_instructions(code):
        place = tuple(getattr(instruction, "positions", None) or ())
        if instruction.opname in INSTRUCTIONS and place in expressions:
            found[instruction.offset] = expressions[place]
    return found


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What a name, or attributes of a module, stand for in `frame`; None for any other expression."""
    if isinstance(node, ast.Name):
        return frame.f_locals.get(node.id, frame.f_globals.get(node.id))
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, frame)
        return getattr(owner, node.attr, None) if isinstance(owner, type(np)) else None
    return None


def _is_numpy(node: ast.expr, frame: FrameType) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(_value(node.func, frame), np.ufunc)
    names = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
    return any(_names_array(child, frame) for child in names)


def _names_array(node: ast.expr, frame: FrameType) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(_value(node.func, frame), np.ufunc)
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        return _is_numpy(node, frame)
    return isinstance(_value(node, frame), np.ndarray | np.generic)


def _of_numpy(function: Any) -> bool:
    owner = getattr(function, "__self__", None)
    return type(owner).__module__ == "numpy" or str(getattr(function, "__module__", "")).startswith("numpy")


def count(step: Callable[[], Any]) -> Counter[str]:
    """Calls in one ``step()``: ``python``, ``numpy`` (functions, ufuncs, operators) and ``c`` (all other)."""
    seen: Counter[str] = Counter()
    own = sys._getframe()
    own.f_trace_opcodes = True  # Python 3.12 looks whether any frame asks when the trace function is set

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            mine = frame.f_back is own or frame.f_code.co_filename.startswith(HERE)
            seen["python"] += not mine
        elif event == "c_call":
            seen["numpy" if _of_numpy(argument) else "c"] += 1

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode":
            node = _instructions(frame.f_code).get(frame.f_lasti)
            seen["numpy"] += node is not None and _is_numpy(node, frame)
        return trace

    for install, function in ((sys.setprofile, profile), (sys.settrace, trace)):
        install(function)
        try:
            step()
        finally:
            install(None)
    seen["c"] -= 1  # the call that removes the profile function
    return seen


def peak_bytes(step: Callable[[], Any]) -> int:
    """The memory that a step's Python objects and NumPy arrays take at most, beyond what was there."""
    tracemalloc.start()
    try:
        step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _backward(output: Any, cotangent: Any) -> None:
    output.backward(cotangent, retain_graph=True)


def _operations(torch: Any) -> dict[str, Callable[[], Any]]:
    """Single operations on 10 elements: without a graph, with one, and the backward pass alone."""
    a, b = normal(torch, 10), normal(torch, 10, seed=1)
    x, w = normal(torch, 10, grad=True), normal(torch, 10, 10, seed=2)
    forward = {
        "add": lambda t: t + b, "mul": lambda t: t * b, "mul by a number": lambda t: t * 2.0,
        "pow 2": lambda t: t**2, "tanh": lambda t: t.tanh(), "sum": lambda t: t.sum(),
        "mean": lambda t: t.mean(), "matmul": lambda t: t @ w, "reshape": lambda t: t.reshape(2, 5),
    }  # fmt: skip
    found: dict[str, Callable[[], Any]] = {}
    for name, op in forward.items():
        y, cotangent = op(x), op(a).detach()
        found[name] = partial(op, a)
        found[f"{name}, with graph"] = partial(op, x)
        found[f"{name}, backward"] = partial(_backward, y, cotangent)
    return found


def print_counts(torch: Any, only: str) -> None:
    """The table of counts for single operations and for the small workloads whose name matches `only`."""
    if sys.version_info < (3, 11):
        sys.exit("--counts needs Python 3.11 or later: it reads the positions of instructions")
    steps: dict[str, Callable[[], Any]] = _operations(torch)
    for name in filter(re.compile(only).search, SMALL):
        try:
            steps[name] = SMALL[name](torch)[0]
        except Exception as error:
            print(f"not counted: {name}: {type(error).__name__}: {error}")
    print(f"{'calls in one step':32}{'python':>8}{'numpy':>8}{'other c':>8}{'peak bytes':>12}")
    for name, step in steps.items():
        if re.search(only, name):
            for _ in range(2):  # first calls fill caches
                step()
            seen = count(step)
            print(f"{name:32}{seen['python']:8}{seen['numpy']:8}{seen['c']:8}{peak_bytes(step):12,}")
