"""What stands for a value while a program is traced: whatever is done with it becomes a node."""

from __future__ import annotations

import copy
import dis
import enum
import operator
import sys
import traceback as stacks
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pullback
from pullback.fx import traceback
from pullback.fx.graph import Graph
from pullback.fx.node import Node, map_aggregate
from pullback.fx.operator_schemas import check_for_mutable_operation
from pullback.graph import torch_function
from pullback.graph.tensor_base import TensorBase
from pullback.tensor import Tensor

_KEPT = (
    str,
    int,
    float,
    bool,
    complex,
    type(None),
    type(...),
    bytes,
    enum.Enum,
    pullback.dtype,
    pullback.device,
    pullback.layout,
    pullback.memory_format,
)

# What operators read of a tensor: a proxy has none of it, so they ask `__torch_function__`.
_PRIVATE = frozenset((*TensorBase.__slots__, "node", "tracer"))


class TraceError(ValueError):
    """A program did what cannot be traced."""


class Scope:
    """The module whose forward is being traced."""

    def __init__(self, module_path: str, module_type: Any) -> None:
        self.module_path, self.module_type = module_path, module_type


class ScopeContextManager:
    """Another module's forward is being traced, in the ``with`` block."""

    def __init__(self, scope: Scope, current_scope: Scope) -> None:
        self._before, self._scope = copy.copy(scope), scope
        scope.module_path, scope.module_type = current_scope.module_path, current_scope.module_type

    def __enter__(self) -> Scope:
        return self._scope

    def __exit__(self, *exception: Any) -> None:
        self._scope.module_path, self._scope.module_type = self._before.module_path, self._before.module_type


class TracerBase:
    """Makes nodes of calls."""

    graph: Graph
    scope: Scope
    module_stack: dict[str, Any]
    node_name_to_scope: dict[str, tuple[str, Any]]
    trace_asserts = False
    proxy_buffer_attributes = False
    record_stack_traces = False
    check_mutable_operations = False
    traced_func_name = "forward"

    def create_node(
        self, kind: str, target: Any, args: Any, kwargs: Any, name: str | None = None, type_expr: Any = None
    ) -> Node:
        """Add a node to the graph."""
        if kind == "call_function" and self.check_mutable_operations:
            check_for_mutable_operation(target, args, kwargs)
        node = self.graph.create_node(kind, target, args, kwargs, name, type_expr)
        self.node_name_to_scope[node.name] = (self.scope.module_path, self.scope.module_type)
        if traceback.has_preserved_node_meta():
            traceback.hand_over(node)
        elif self.module_stack:
            node.meta["nn_module_stack"] = copy.copy(self.module_stack)
        return node

    def proxy(self, node: Node) -> Proxy:
        """What stands for the value of a node."""
        return Proxy(node, self)

    def create_proxy(
        self,
        kind: str,
        target: Any,
        args: Any,
        kwargs: Any,
        name: str | None = None,
        type_expr: Any = None,
        *rest: Any,
        **more: Any,
    ) -> Proxy:
        """Add a node for a call and return what stands for its result."""
        args, kwargs = self.create_arg(args), self.create_arg(kwargs)
        made = self.proxy(self.create_node(kind, target, args, kwargs, name, type_expr))
        if self.record_stack_traces and not made.node.stack_trace:
            made.node.stack_trace = "".join(stacks.format_list(_users_frames()))
        return made

    def create_arg(self, a: Any) -> Any:
        """An argument as nodes hold it: proxies become their nodes. ``NotImplementedError`` for what cannot be held."""
        if isinstance(a, (list, tuple, dict, slice)) and not hasattr(a, "__fx_create_arg__"):
            _check_keys(a)
            return map_aggregate(a, self._entry)
        return self._entry(a)

    def _entry(self, a: Any) -> Any:
        if isinstance(a, Proxy):
            return a.node
        if hasattr(a, "__fx_create_arg__"):
            return a.__fx_create_arg__(self)
        if isinstance(a, range):
            return range(*(self.create_arg(each) for each in (a.start, a.stop, a.step)))
        if isinstance(a, (Node, *_KEPT)) or callable(a):
            return a
        raise NotImplementedError(f"argument of type: {type(a)}")

    def to_bool(self, obj: Proxy) -> bool:
        """Raises `TraceError`: nobody knows yet."""
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj: Proxy) -> Iterator[Any]:
        """The parts of a value where the calling line says how many it unpacks; else raises `TraceError`."""
        frame: Any = sys._getframe(2)
        for step in dis.get_instructions(frame.f_code):
            if step.offset == frame.f_lasti and step.opname == "UNPACK_SEQUENCE":
                return (_PART(obj, i) for i in range(step.argval))
        raise TraceError(
            "Proxy object cannot be iterated. This can be attempted when the Proxy is used in a loop or as a *args or "
            "**kwargs function argument. See the torch.fx docs on pytorch.org for a more detailed explanation of what "
            "types of control flow can be traced, and check out the Proxy docstring for help troubleshooting Proxy "
            "iteration errors"
        )

    def keys(self, obj: Proxy) -> Any:
        """``obj.keys()``, for ``**obj``."""
        return Attribute(obj, "keys")()


def _check_keys(a: Any) -> None:
    """No key of a dictionary among nested arguments may be a proxy."""
    for key in a if isinstance(a, dict) else ():
        if _proxies(key):
            raise RuntimeError(
                "Keys for dictionaries used as an argument cannot contain a Node. Got key: "
                f"{map_aggregate(key, lambda each: each.node if isinstance(each, Proxy) else each)}"
            )
    for each in a.values() if isinstance(a, dict) else () if isinstance(a, slice) else a:
        if isinstance(each, (list, tuple, dict)):
            _check_keys(each)


def _users_frames() -> list[Any]:
    """The frames of the program that is traced."""
    ours = str(Path(pullback.__file__).parent)
    return [frame for frame in stacks.extract_stack() if not frame.filename.startswith(ours)]


class GraphAppendingTracer(TracerBase):
    """Adds nodes to a graph that is there already."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.scope, self.module_stack, self.node_name_to_scope = graph, Scope("", None), {}, {}


class Proxy:
    """Stands for the value of a node.

    >>> import pullback as torch
    >>> graph = Graph()
    >>> x = Proxy(graph.placeholder("x"))
    >>> (torch.sin(x) + x.cos()).node.args
    (sin, cos)
    """

    def __init__(self, node: Node, tracer: TracerBase | None = None) -> None:
        self.tracer = GraphAppendingTracer(node.graph) if tracer is None else tracer
        self.node = node

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    def __deepcopy__(self, memo: Any) -> Proxy:
        made = Proxy.__new__(Proxy)
        vars(made).update({key: copy.deepcopy(each, memo) for key, each in vars(self).items()})
        return made

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __getattr__(self, k: str) -> Attribute:
        if k.startswith("__") or k in _PRIVATE:
            raise AttributeError(k)
        return Attribute(self, k)

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def _record_call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Proxy:
        return self.tracer.create_proxy("call_function", function, args, kwargs)

    def __iter__(self) -> Iterator[Any]:
        return self.tracer.iter(self)

    def __bool__(self) -> bool:
        return self.tracer.to_bool(self)

    def keys(self) -> Any:
        """The keys of a dictionary."""
        return self.tracer.keys(self)

    def __len__(self) -> int:
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default. If you want this call to be recorded, please call "
            "torch.fx.wrap('len') at module scope"
        )

    @classmethod
    def __torch_function__(cls, orig_method: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """A node for the call of a function."""
        kwargs = kwargs or {}
        tracer = next(each.tracer for each in _proxies((args, kwargs)))
        name = getattr(orig_method, "__name__", "")
        if getattr(Tensor, name, None) is orig_method and getattr(pullback, name, None) is not orig_method:
            return tracer.create_proxy("call_method", name, args, kwargs)
        return tracer.create_proxy("call_function", orig_method, args, kwargs)


class Attribute(Proxy):
    """An attribute of a proxy: a call of it becomes the call of a method."""

    def __init__(self, root: Proxy, attr: str) -> None:
        self.root, self.attr, self.tracer = root, attr, root.tracer
        self._node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]
        """Made when somebody reads the attribute."""
        if self._node is None:
            self._node = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {}).node
        return self._node

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


def _proxies(values: Any) -> list[Proxy]:
    found: list[Proxy] = []
    map_aggregate(values, lambda each: found.append(each) if isinstance(each, Proxy) else None)
    return found


def _operator(function: Callable[..., Any], reflected: bool = False) -> Callable[..., Proxy]:
    def method(self: Proxy, *args: Any) -> Proxy:
        return self.tracer.create_proxy("call_function", function, (*args, self) if reflected else (self, *args), {})

    return method


_PART = _operator(operator.getitem)
for _name in (
    "add sub mul floordiv truediv mod pow matmul lshift rshift and_ or_ xor eq ne lt gt le ge getitem pos neg invert abs"
).split():
    _bare = _name.rstrip("_")
    setattr(Proxy, f"__{_bare}__", _operator(getattr(operator, _name)))
    if _bare in "add sub mul floordiv truediv mod pow matmul lshift rshift and or xor".split():
        setattr(Proxy, f"__r{_bare}__", _operator(getattr(operator, _name), reflected=True))
Proxy.__hash__ = object.__hash__  # type: ignore[method-assign]
torch_function.when_met()
