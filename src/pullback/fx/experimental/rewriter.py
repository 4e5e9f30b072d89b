"""A tracer that reads the source first: ``assert`` becomes a call of ``torch._assert``, which a graph can hold."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import textwrap
from types import FunctionType
from typing import Any

from pullback.conditions import _assert
from pullback.fx._symbolic_trace import Tracer
from pullback.fx.graph import Graph
from pullback.nn import Module, Sequential


class AST_Rewriter(ast.NodeTransformer):
    """Rewrites functions."""

    def rewrite(self, fn: FunctionType) -> Any:
        """`fn` with its assertions as calls."""
        source = textwrap.dedent(inspect.getsource(fn))
        tree = ast.fix_missing_locations(self.visit(ast.parse(source)))
        for each in tree.body:
            each.decorator_list = []
        names: dict[str, Any] = {**fn.__globals__, "_pullback_assert": _assert}
        keys = fn.__code__.co_freevars
        names.update((key, cell.cell_contents) for key, cell in zip(keys, fn.__closure__ or ()))
        exec(compile(tree, "", "exec"), names)
        made: Any = functools.update_wrapper(names[fn.__name__], fn)
        made.__defaults__, made.__kwdefaults__ = fn.__defaults__, copy.copy(fn.__kwdefaults__)
        del made.__wrapped__  # the source is this one now
        return made

    def visit_Assert(self, node: ast.Assert) -> Any:
        """``torch._assert(condition, message)``"""
        message = node.msg or ast.Constant(value="")
        call = ast.Call(func=ast.Name(id="_pullback_assert", ctx=ast.Load()), args=[node.test, message], keywords=[])
        return ast.copy_location(ast.Expr(value=call), node)


class RewritingTracer(Tracer):
    """Traces modules whose forwards assert."""

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> Graph:
        """The graph of a module's forward, or of a function, with its assertions."""
        return super().trace(_rewrite(root), concrete_args)


def _rewrite(root: Any) -> Any:
    if not isinstance(root, Module):
        return AST_Rewriter().rewrite(root)
    made = copy.copy(root)
    made._modules = {name: each and _rewrite(each) for name, each in root._modules.items()}
    kind = type(root)
    if not kind.__module__.startswith(("pullback.nn", "torch.nn")) or isinstance(root, Sequential):
        forward = AST_Rewriter().rewrite(inspect.unwrap(kind.forward)) if "super()" not in _text(kind) else kind.forward
        made.__class__ = type(kind.__name__, (kind,), {"forward": forward, "__module__": kind.__module__})
    return made


def _text(kind: type) -> str:
    return inspect.getsource(kind.forward)  # type: ignore[attr-defined]
