"""What stands for a value while a program is traced: whatever is done with it becomes a node."""

from __future__ import annotations

import dis
import operator
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pullback
from pullback.fx.graph import Graph
from pullback.fx.node import Node, map_aggregate
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
    pullback.dtype,
    pullback.device,
    pullback.memory_format,
)

# What operators read of a tensor: a proxy has none of it, so they ask `__torch_function__`.
_PRIVATE = frozenset((*TensorBase.__slots__, "node", "tracer"))


class TraceError(ValueError):
    """A program did what cannot be traced."""


class TracerBase:
    """Makes nodes of calls."""

    graph: Graph
    trace_asserts = False
    proxy_buffer_attributes = False

    def create_node(
        self, kind: str, target: Any, args: Any, kwargs: Any, name: str | None = None, type_expr: Any = None
    ) -> Node:
        """Add a node to the graph."""
        return self.graph.create_node(kind, target, args, kwargs, name, type_expr)

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
        return self.proxy(self.create_node(kind, target, args, kwargs, name, type_expr))

    def create_arg(self, a: Any) -> Any:
        """An argument as nodes hold it: proxies become their nodes. ``NotImplementedError`` for what cannot be held."""
        return map_aggregate(a, self._entry)

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


class GraphAppendingTracer(TracerBase):
    """Adds nodes to a graph that is there already."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph


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

    def __getattr__(self, k: str) -> Attribute:
        if k.startswith("__") or k in _PRIVATE:
            raise AttributeError(k)
        return Attribute(self, k)

    def __call__(self, *args: Any, **kwargs: Any) -> Proxy:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

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
