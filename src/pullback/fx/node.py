"""One call of a graph: what is called, with which arguments, and who uses the result."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from pullback.fx.immutable_collections import immutable_dict, immutable_list
from pullback.ops.overloads import Overload, Packet

_side_effects: set[Any] = set()
Target = Argument = ArgumentT = Any
base_types = (str, int, float, bool, complex, type(None), type(...), bytes)


def has_side_effect(fn: Any) -> Any:
    """Keep calls of `fn` even if nobody uses their results."""
    _side_effects.add(fn)
    return fn


def map_aggregate(a: Any, fn: Callable[[Any], Any]) -> Any:
    """`fn` of every entry of nested lists, tuples, dictionaries and slices."""
    if isinstance(a, tuple):
        items = [map_aggregate(each, fn) for each in a]
        return type(a)(*items) if hasattr(a, "_fields") else tuple(items)
    if isinstance(a, list):
        return immutable_list(map_aggregate(each, fn) for each in a)
    if isinstance(a, dict):
        return immutable_dict((key, map_aggregate(each, fn)) for key, each in a.items())
    if isinstance(a, slice):
        return slice(*(map_aggregate(each, fn) for each in (a.start, a.stop, a.step)))
    return fn(a)


def map_arg(a: Any, fn: Callable[[Node], Any]) -> Any:
    """`fn` of every node in nested arguments."""
    return map_aggregate(a, lambda each: fn(each) if isinstance(each, Node) else each)


@cache
def _public_names() -> dict[int, str]:
    """Where PyTorch's users find each function, by the function's id."""
    import pullback

    names: dict[int, str] = {}
    for path in ("", "nn.functional", "linalg", "fft", "special"):
        space: ModuleType = pullback
        for part in path.split(".") if path else ():
            space = getattr(space, part)
        for name in dir(space):
            if not name.startswith("__") and callable(value := getattr(space, name, None)):
                full = ".".join(filter(None, ("torch", path, name)))
                if id(value) not in names or name == getattr(value, "__name__", ""):
                    names[id(value)] = full if id(value) not in names else min(names[id(value)], full, key=len)
    return names


def qualified_name(func: Any) -> str:
    """How code speaks of a function: ``torch.cat``, ``operator.add``, ``mine.function``."""
    name = getattr(func, "__name__", type(func).__name__)
    if isinstance(func, (Overload, Packet)):
        return f"torch.ops.{func}"
    if getattr(builtins, name, None) is func:
        return name
    module = (getattr(func, "__module__", None) or "builtins").replace("_operator", "operator")
    if module == "math":  # some are torch.sym_…, too
        return f"math.{name}"
    module = f"torch{module[8:]}" if module.startswith("pullback.") else module
    return _public_names().get(id(func)) or f"{module}.{getattr(func, '__qualname__', name)}"


class Node:
    """A call in a graph.

    `op` is ``placeholder``, ``get_attr``, ``call_function``, ``call_method``, ``call_module`` or ``output``; `target` is
    the function, or the name of the rest. `meta` is the user's.
    """

    def __init__(self, graph: Any, name: str, op: str, target: Any, args: Any, kwargs: Any, type: Any = None) -> None:
        wanted = "a Callable" if op == "call_function" else "a str"
        if op != "root" and not (callable(target) if op == "call_function" else isinstance(target, str)):
            kind = _type_name(target)
            raise ValueError(
                f"Node [graph = {graph}, name = '{name}'] target {target} has type {kind} but {wanted} is expected"
            )
        self.graph, self.name, self.op, self.target, self.type = graph, name, op, target, type
        self.meta: dict[str, Any] = {}
        self.users: dict[Node, None] = {}
        self._args: Any = ()
        self._kwargs: Any = {}
        self._input_nodes: dict[Node, None] = {}
        self._prev = self._next = self
        self._erased = False
        self._set(args, kwargs)

    def _set(self, args: Any, kwargs: Any) -> None:
        for each in self._input_nodes:
            each.users.pop(self, None)
        self._input_nodes = {}

        def note(node: Node) -> Node:
            self._input_nodes[node] = None
            node.users[self] = None
            return node

        self._args, self._kwargs = map_arg(tuple(args), note), map_arg(dict(kwargs), note)

    @property
    def args(self) -> tuple[Any, ...]:
        """Positional arguments, nodes among them."""
        return self._args

    @args.setter
    def args(self, value: tuple[Any, ...]) -> None:
        self._set(value, self._kwargs)

    @property
    def kwargs(self) -> dict[str, Any]:
        """Named arguments, nodes among them."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, value: dict[str, Any]) -> None:
        self._set(self._args, value)

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes among the arguments, each once."""
        return list(self._input_nodes)

    @property
    def next(self) -> Node:
        """The node after this one."""
        return self._next

    @property
    def prev(self) -> Node:
        """The node before this one."""
        return self._prev

    @property
    def stack_trace(self) -> str | None:
        """Where the call was written, if that is known."""
        return self.meta.get("stack_trace")

    @stack_trace.setter
    def stack_trace(self, trace: str | None) -> None:
        self.meta["stack_trace"] = trace

    def _unlink(self) -> None:
        self._prev._next, self._next._prev = self._next, self._prev

    def prepend(self, x: Node) -> None:
        """Move `x` to the place before this node."""
        if x is self:
            return
        x._unlink()
        x._prev, x._next = self._prev, self
        self._prev._next = self._prev = x

    def append(self, x: Node) -> None:
        """Move `x` to the place after this node."""
        if x is not self._next:
            self._next.prepend(x)

    def update_arg(self, idx: int, arg: Any) -> None:
        """Exchange one positional argument."""
        self.args = (*self.args[:idx], arg, *self.args[idx + 1 :])

    def insert_arg(self, idx: int, arg: Any) -> None:
        """Put one more positional argument before that at `idx`."""
        self.args = (*self.args[:idx], arg, *self.args[idx:])

    def update_kwarg(self, key: str, arg: Any) -> None:
        """Exchange one named argument."""
        self.kwargs = {**self.kwargs, key: arg}

    def replace_input_with(self, old_input: Node, new_input: Node) -> None:
        """Use `new_input` wherever `old_input` was used."""
        swap = lambda each: new_input if each is old_input else each
        self._set(map_arg(self._args, swap), map_arg(self._kwargs, swap))

    def replace_all_uses_with(
        self, replace_with: Node, delete_user_cb: Callable[[Node], bool] = lambda user: True, **settings: Any
    ) -> list[Node]:
        """Let the users of this node use another; returns them."""
        users = [user for user in self.users if delete_user_cb(user)]
        for user in users:
            user.replace_input_with(self, replace_with)
        return users

    def is_impure(self, impure_random: bool = True) -> bool:
        """Whether the call counts even if nobody uses its result."""
        if self.op == "call_module":
            owner = self.graph.owning_module
            return bool(owner is not None and getattr(owner.get_submodule(self.target), "_is_impure", False))
        writes = self.op == "call_method" and self.target.endswith("_") and not self.target.endswith("__")
        return writes or self.op in ("placeholder", "output") or self.target in _lasting()

    def _place(self) -> int:
        return next(place for place, node in enumerate(self.graph.nodes) if node is self)

    def __lt__(self, other: Node) -> bool:
        """Whether this node comes before another of its graph."""
        return self._place() < other._place()

    def __gt__(self, other: Node) -> bool:
        return other < self

    def __le__(self, other: Node) -> bool:
        return not other < self

    def __ge__(self, other: Node) -> bool:
        return not self < other

    def _rename(self, candidate: str) -> None:
        """Take another name, or one like it."""
        if candidate != self.name:
            self.name = self.graph._name(candidate)

    def normalized_arguments(
        self, root: Any, arg_types: Any = None, kwarg_types: Any = None, normalize_to_only_use_kwargs: bool = False
    ) -> Any:
        """The arguments with the defaults of what is called; `None` where nobody knows them."""
        from pullback.fx import operator_schemas

        return operator_schemas.normalized_arguments(self, root, normalize_to_only_use_kwargs)

    def format_node(self, *settings: Any, **more: Any) -> str:
        """The node as a line of its graph's text."""
        if self.op == "output":
            return f"return {self.args[0]}"
        target = qualified_name(self.target) if callable(self.target) else self.target
        target = f"builtins.{target}" if self.op == "call_function" and "." not in target else target
        kind = f" : {type_text(self.type)}" if self.type is not None else " :"
        head = f"%{self.name}{kind} [num_users={len(self.users)}] = {self.op}[target={target}]"
        if self.op == "placeholder":
            return head + (f"(default={self.args[0]})" if self.args else "")
        return head if self.op == "get_attr" else f"{head}(args = {_text(self.args)}, kwargs = {_text(self.kwargs)})"

    def __repr__(self) -> str:
        return self.name


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def type_text(kind: Any) -> str:
    """An annotation as it would be written."""
    if isinstance(kind, type):
        if kind.__module__ == "builtins":
            return kind.__name__
        return _public_names().get(id(kind)) or f"{kind.__module__}.{kind.__qualname__}"
    return repr(kind).replace("pullback.tensor.", "torch.")


def _text(value: Any) -> str:
    """Arguments as graphs are printed: nodes with a %."""
    if hasattr(value, "_custom_fx_repr_fn"):
        return str(value._custom_fx_repr_fn())
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_text(each)}' for key, each in value.items())}}}"
    return f"%{value.name}" if isinstance(value, Node) else str(value)


_format_arg = _text  # the name that programs use


@cache
def _built_in() -> frozenset[Any]:
    import pullback

    profiler = pullback.ops.profiler
    return frozenset((pullback._assert, profiler._record_function_enter_new, profiler._record_function_exit))


def _lasting() -> set[Any]:
    """The functions whose calls count for themselves."""
    return _side_effects | _built_in()
