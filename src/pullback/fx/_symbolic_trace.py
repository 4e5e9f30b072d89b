"""Running a module with proxies in the place of its inputs."""

from __future__ import annotations

import copy
import inspect
import math
import operator
import sys
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from pullback.arrays.dtypes import dtype
from pullback.conditions import _assert
from pullback.fx.graph import Graph, _PyTreeCodeGen, _PyTreeInfo
from pullback.fx.graph_module import GraphModule
from pullback.fx.node import Node
from pullback.fx.proxy import Proxy, Scope, ScopeContextManager, TracerBase, _proxies
from pullback.nn import Module, Parameter, Sequential
from pullback.tensor import Tensor
from pullback.utils._pytree import tree_flatten, tree_map, tree_unflatten, treespec_tuple

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


class PHBase:
    """Stands for an argument that stays one, among those whose values are known."""

    def __repr__(self) -> str:
        return "PH"


PH = PHBase()


class PHWithMeta(PHBase):
    """A `PHBase` whose attributes the placeholder takes over."""

    def __init__(self, ph_key: str | None = None) -> None:
        self.ph_key = ph_key


class ProxyableClassMeta(type):
    """The metaclass of classes whose construction becomes a call of the graph where an argument is a proxy."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        proxies = _proxies((args, kwargs)) if _tracing else []
        if proxies:
            return proxies[0].tracer.create_proxy("call_function", cls, args, kwargs)
        return super().__call__(*args, **kwargs)


_VARIABLE = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def _takes_all_by_place(function: Any, count: int) -> Any:
    """`function` with all of its `count` parameters positional, ``*args`` and ``**kwargs`` too: what they are is a proxy."""
    code = function.__code__
    if not code.co_flags & _VARIABLE and not code.co_kwonlyargcount:
        return function
    flags = code.co_flags & ~_VARIABLE
    code = code.replace(co_argcount=count, co_posonlyargcount=0, co_kwonlyargcount=0, co_flags=flags)
    return FunctionType(code, function.__globals__, function.__name__, (), function.__closure__)


def _assert_is_none(value: Any, message: str) -> None:
    assert value is None, message


def _known(concrete: Any, own: list[str], more: bool) -> dict[str, Any] | None:
    """The arguments that are known, by name; those beyond the named ones are ``input_0`` …"""
    if not isinstance(concrete, tuple):
        return concrete
    names = [*own, *(f"input_{i}" for i in range(len(concrete) - len(own) if more else 0))]
    if len(names) != len(concrete):
        raise RuntimeError(f"Tracing expected {len(names)} arguments but got {len(concrete)} concrete arguments")
    return dict(zip(names, concrete))


class Tracer(TracerBase):
    """Makes graphs of modules; a subclass says which modules stay calls (`is_leaf_module`)."""

    def __init__(
        self, autowrap_modules: Any = (math,), autowrap_functions: Any = (), param_shapes_constant: bool = False
    ) -> None:
        self._autowrap_search = [*autowrap_modules]
        functions = [value for module in autowrap_modules for name, value in vars(module).items() if name[0] != "_"]
        self._autowrap_function_ids = {id(each) for each in (*functions, *autowrap_functions) if callable(each)}
        self.param_shapes_constant, self.root_module_name = param_shapes_constant, ""
        self.scope, self.module_stack, self.num_calls = Scope("", None), {}, {}
        self.node_name_to_scope: dict[str, tuple[str, Any]] = {}

    root: Module
    num_calls: dict[str, int]

    def __deepcopy__(self, memo: Any) -> Tracer:
        made = type(self).__new__(type(self))
        for key, each in vars(self).items():
            vars(made)[key] = copy.copy(each) if key == "_autowrap_search" else copy.deepcopy(each, memo)
        return made

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
        count = self.num_calls[path] = self.num_calls.get(path, 0) + 1
        key = path if count == 1 else f"{path}@{count - 1}"
        with ScopeContextManager(self.scope, Scope(path, type(m))):
            self.module_stack[key] = (path, type(m))
            try:
                if not self.is_leaf_module(m, path):
                    return forward(*args, **kwargs)
                return self.create_proxy("call_module", path, args, kwargs)
            finally:
                del self.module_stack[key]

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
        if isinstance(type(a), ProxyableClassMeta):  # made before the tracing
            name = f"_{type(a).__name__}_constant_"
            number = sum(each.startswith(name) for each in vars(self.root))
            setattr(self.root, f"{name}{number}", a)
            return self.create_node("get_attr", f"{name}{number}", (), {})
        return super()._entry(a)

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> Graph:
        """The graph of a module's forward, or of a function. Arguments in `concrete_args` are what they are."""
        is_module = isinstance(root, Module)
        if not is_module and not callable(root):
            raise AssertionError(f"Expected FunctionType, got {type(root)}")
        self.root = root if is_module else Module()
        if is_module and not hasattr(type(root), self.traced_func_name):
            raise AssertionError(f"traced_func_name={self.traced_func_name} doesn't exist in {type(root).__name__}")
        function = getattr(type(root), self.traced_func_name) if is_module else root
        self.graph = Graph(tracer_cls=type(self))
        self.module_stack, self.num_calls, self.node_name_to_scope = OrderedDict(), {}, {}
        self._paths: dict[int, str] = {}
        for prefix, module in self.root.named_modules():
            for name, value in [*module._parameters.items(), *module._buffers.items(), *vars(module).items()]:
                if isinstance(value, Tensor):
                    self._paths.setdefault(id(value), f"{prefix}.{name}" if prefix else name)
        written = inspect.unwrap(function)
        function, args = self.create_args_for_root(function, is_module, concrete_args)
        gives = getattr(function, "__annotations__", {}).get("return")
        with self._watching(getattr(written, "__globals__", {})):
            result = function(*args)
            self.create_node("output", "output", (self.create_arg(result),), {}, type_expr=gives)
        return self.graph

    def create_args_for_root(
        self, root_fn: Any, is_module: bool, concrete_args: Any = None
    ) -> tuple[Callable[..., Any], list[Any]]:
        """The function to call and what to call it with: the module, placeholders, arguments that are known."""
        written = inspect.unwrap(root_fn)
        code = written.__code__
        count = code.co_argcount + code.co_kwonlyargcount
        names = list(code.co_varnames)
        if is_module and count == 0:
            raise RuntimeError("``self`` argument cannot be part of *args expansion!")
        own, variable = names[int(is_module) : count], names[count:]
        concrete = _known(concrete_args, own, bool(code.co_flags & inspect.CO_VARARGS))
        unknown = [name for name in concrete or {} if name not in own]  # parts of *args
        signature = inspect.signature(written)
        args: list[Any] = [self.root] if is_module else []
        args += [self._placeholder(name, written, signature, concrete or {}) for name in (*own, *unknown)]
        if unknown:
            return self._flat(root_fn, args, names[:count]) if len(own) else (root_fn, args)
        if code.co_flags & inspect.CO_VARARGS:
            args.append(self.create_proxy("placeholder", f"*{variable.pop(0)}", (), {}))
        if code.co_flags & inspect.CO_VARKEYWORDS:
            args.append(self.create_proxy("placeholder", f"**{variable.pop(0)}", (), {}))
        function = _takes_all_by_place(root_fn, len(args)) if written is root_fn else root_fn
        return (function, args) if concrete is None else self._flat(function, args, names[:count])

    def _placeholder(self, name: str, written: Any, signature: Any, concrete: dict[str, Any]) -> Any:
        """What an argument is: a proxy, or something known with proxies in it."""
        parameter = signature.parameters.get(name)
        default = () if parameter is None or parameter.default is parameter.empty else (parameter.default,)
        if name not in concrete:
            kind = getattr(written, "__annotations__", {}).get(name)
            return self.create_proxy("placeholder", name, default, {}, type_expr=kind)
        number = 0

        def known(value: Any) -> Any:
            nonlocal number
            number += 1
            numbered = f"{name}_{number}" if parameter is not None else name
            given = self.create_proxy("placeholder", numbered, default, {})
            if isinstance(value, PHBase):
                vars(given.node).update(vars(value))
                return given
            self._specialize(name, given, value)
            return value

        return tree_map(known, concrete[name])

    def _flat(self, function: Any, args: list[Any], names: list[str]) -> tuple[Callable[..., Any], list[Any]]:
        """`function` of the leaves of its arguments, if these are nested."""
        leaves, spec = tree_flatten(tuple(args))
        if all(each.is_leaf() for each in spec.children_specs):
            return function, args

        def flat(*values: Any) -> Any:
            results, out = tree_flatten(function(*tree_unflatten(list(values), spec)))
            self.graph._codegen = _PyTreeCodeGen(_PyTreeInfo(names, self._without_self(spec, names), out))
            return results

        flat.__annotations__ = {}  # they would be taken for the program's
        return flat, leaves

    @staticmethod
    def _without_self(spec: Any, names: list[str]) -> Any:
        """The spec of the arguments that the function is called with."""
        return treespec_tuple(spec.children_specs[1:]) if names[:1] == ["self"] else spec

    def _specialize(self, name: str, given: Proxy, value: Any) -> None:
        """Let the graph check that an argument is `value`, which it was traced for."""
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
                made = self.create_proxy("call_function", function, args, kwargs)
                made.node.meta["is_wrapped"] = True
                return made
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
