"""Running a module with proxies in the place of its inputs."""

from __future__ import annotations

import inspect
import math
import operator
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pullback.arrays.dtypes import dtype
from pullback.conditions import _assert
from pullback.fx.graph import Graph
from pullback.fx.graph_module import GraphModule
from pullback.fx.node import Node
from pullback.fx.proxy import Proxy, TracerBase, _proxies
from pullback.nn import Module, Parameter, Sequential
from pullback.tensor import Tensor

_wrapped: dict[tuple[int, str], dict[str, Any]] = {}


_tracing: list[Any] = []


def is_fx_tracing() -> bool:
    """Whether a module is being traced."""
    return bool(_tracing)


def wrap(fn_or_name: Any) -> Any:
    """Let calls of a function of the calling module stay calls in a graph; by its name, or as a decorator."""
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    caller = sys._getframe(1)
    if caller.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__name__
    names = caller.f_globals
    _wrapped[id(names), name] = names
    return fn_or_name


def _signature(function: Any) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except NameError:
        return inspect.signature(function)


def _assert_is_none(value: Any, message: str) -> None:
    assert value is None, message


class Tracer(TracerBase):
    """Makes graphs of modules; a subclass says which modules stay calls (`is_leaf_module`)."""

    def __init__(
        self, autowrap_modules: Any = (math,), autowrap_functions: Any = (), param_shapes_constant: bool = False
    ) -> None:
        self._autowrap_search = [*autowrap_modules]
        functions = [value for module in autowrap_modules for name, value in vars(module).items() if name[0] != "_"]
        self._autowrap_function_ids = {id(each) for each in (*functions, *autowrap_functions) if callable(each)}
        self.root: Module = Module()

    def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
        """Whether a call of `m` stays one call: that of PyTorch's own modules, but for containers."""
        return m.__module__.startswith(("pullback.nn", "torch.nn")) and not isinstance(m, Sequential)

    def path_of_module(self, mod: Module) -> str:
        """The name of a module in the root. ``NameError`` if it is not there."""
        for name, each in self.root.named_modules():
            if each is mod:
                return name
        raise NameError("module is not installed as a submodule")

    def call_module(self, m: Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What a call of a submodule gives."""
        path = self.path_of_module(m)
        if not self.is_leaf_module(m, path):
            return forward(*args, **kwargs)
        return self.create_proxy("call_module", path, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """What reading a module's attribute gives: a proxy for a parameter."""
        if isinstance(attr_val, Parameter) or (self.proxy_buffer_attributes and isinstance(attr_val, Tensor)):
            path = self._paths.get(id(attr_val))
            if path is not None:
                if path not in parameter_proxy_cache:
                    parameter_proxy_cache[path] = self.create_proxy("get_attr", path, (), {})
                return parameter_proxy_cache[path]
        return attr_val

    def _entry(self, a: Any) -> Any:
        if isinstance(a, Tensor):
            path = self._paths.get(id(a))
            if path is None:
                taken = sum(hasattr(self.root, f"_tensor_constant{n}") for n in range(len(vars(self.root)) + 1))
                path = self._paths[id(a)] = f"_tensor_constant{taken}"
                setattr(self.root, path, a)
            return self.create_node("get_attr", path, (), {})
        if isinstance(a, Module):
            return self.create_node("get_attr", self.path_of_module(a), (), {})
        return super()._entry(a)

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> Graph:
        """The graph of a module's forward, or of a function. Arguments in `concrete_args` are what they are."""
        is_module = isinstance(root, Module)
        if not is_module and not callable(root):
            raise AssertionError(f"Expected FunctionType, got {type(root)}")
        self.root = root if is_module else Module()
        function = type(root).forward if is_module else root
        self.graph = Graph(tracer_cls=type(self))
        self._paths: dict[int, str] = {}
        for prefix, module in self.root.named_modules():
            for name, value in [*module._parameters.items(), *module._buffers.items(), *vars(module).items()]:
                if isinstance(value, Tensor):
                    self._paths.setdefault(id(value), f"{prefix}.{name}" if prefix else name)
        signature = _signature(function)
        args, kwargs = self._placeholders(list(signature.parameters.values()), is_module, concrete_args or {})
        gives = None if signature.return_annotation in (signature.empty, Any) else signature.return_annotation
        with self._watching(getattr(function, "__globals__", {})):
            result = function(*args, **kwargs)
            self.create_node("output", "output", (self.create_arg(result),), {}, type_expr=gives)
        return self.graph

    def _placeholders(
        self, parameters: list[inspect.Parameter], is_module: bool, concrete: dict[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = [self.root] if is_module else []
        kwargs: dict[str, Any] = {}
        for each in sorted(
            parameters[len(args) :], key=lambda each: each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        ):
            starred = "*" if each.kind == each.VAR_POSITIONAL else "**" if each.kind == each.VAR_KEYWORD else ""
            default = () if starred or each.default is each.empty else (each.default,)
            kind = None if each.annotation in (each.empty, Any) else each.annotation
            if each.name in concrete:
                value = concrete[each.name]
                self._specialize(each.name, value, default, kind)
            else:
                value = self.create_proxy("placeholder", starred + each.name, default, {}, type_expr=kind)
            if starred == "**" or each.kind == each.KEYWORD_ONLY:
                kwargs[each.name] = value
            else:
                args.append(value)
        return args, kwargs

    def _specialize(self, name: str, value: Any, default: Any, kind: Any) -> None:
        """Let the graph check that an argument is `value`, which it was traced for."""
        given = self.create_proxy("placeholder", f"{name}_1", default, {}, type_expr=kind)
        message = f"{name} has been specialized to have value {value} but got another value"
        if value is None:
            self.create_proxy("call_function", _assert_is_none, (given, message), {})
        elif isinstance(value, (str, int, float, complex, dtype)):
            self.create_proxy("call_function", _assert, (operator.eq(given, value), message), {})
        else:
            warnings.warn(
                f"Was not able to add assertion to guarantee correct input {name} to specialized function. It is up to "
                "the user to make sure that your inputs match the inputs you specialized the function with.",
                stacklevel=4,
            )

    @contextmanager
    def _watching(self, own: dict[str, Any]) -> Iterator[None]:
        """Calls of modules, reads of their parameters and calls of wrapped functions come here."""
        kind: Any = Module
        call, read = kind.__call__, kind.__getattr__
        cache: dict[str, Any] = {}

        def calling(module: Module, *args: Any, **kwargs: Any) -> Any:
            return self.call_module(module, lambda *a, **k: call(module, *a, **k), args, kwargs)

        def reading(module: Module, name: str) -> Any:
            return self.getattr(name, read(module, name), cache)

        replaced: list[tuple[Any, str, Any]] = [(names, name, names.get(name)) for (_, name), names in _wrapped.items()]
        for names in (own, *map(vars, self._autowrap_search)):
            replaced += [(names, name, it) for name, it in names.items() if id(it) in self._autowrap_function_ids]
        _tracing.append(self)
        kind.__call__, kind.__getattr__ = calling, reading
        try:
            for names, name, function in replaced:
                names[name] = self._noticing(function or __builtins__[name])  # type: ignore[index]
            yield
        finally:
            _tracing.pop()
            kind.__call__, kind.__getattr__ = call, read
            for names, name, function in replaced:
                if function is None:
                    del names[name]
                else:
                    names[name] = function

    def _noticing(self, function: Any) -> Callable[..., Any]:
        def noticing(*args: Any, **kwargs: Any) -> Any:
            if _proxies((args, kwargs)):
                return self.create_proxy("call_function", function, args, kwargs)
            return function(*args, **kwargs)

        return noticing


def symbolic_trace(root: Any, concrete_args: dict[str, Any] | None = None) -> GraphModule:
    """A module that runs the graph of `root`, a module or a function.

    >>> import pullback as torch
    >>> traced = symbolic_trace(lambda x: torch.relu(x) + 1)
    >>> print(traced.code.strip())
    def forward(self, x):
        relu = torch.relu(x);  x = None
        add = relu + 1;  relu = None
        return add
    >>> traced(torch.tensor([-1.0, 2.0]))
    tensor([1., 3.])
    """
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, Module) else getattr(root, "__name__", "function")
    return GraphModule(tracer.root, graph, name)


__all__ = ["Node", "Proxy", "Tracer", "symbolic_trace", "wrap"]
