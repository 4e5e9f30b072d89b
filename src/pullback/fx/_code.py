"""A graph as the statements of a function."""

from __future__ import annotations

import enum
import keyword
import operator
import re
import types
from collections.abc import Callable
from typing import Any

from pullback.fx.node import Node, qualified_name

_BINARY = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.floordiv: "//", operator.truediv: "/",
    operator.mod: "%", operator.pow: "**", operator.matmul: "@", operator.lshift: "<<", operator.rshift: ">>",
    operator.and_: "&", operator.or_: "|", operator.xor: "^", operator.eq: "==", operator.ne: "!=", operator.lt: "<",
    operator.gt: ">", operator.le: "<=", operator.ge: ">=",
}  # fmt: skip
_UNARY = {operator.pos: "+", operator.neg: "-", operator.invert: "~"}
_WRITES: dict[Any, str] = {
    getattr(operator, f"i{name}"): f"{{}} {sign}= {{}}"
    for name, sign in zip(
        "add and floordiv lshift mod mul matmul or pow rshift sub truediv xor".split(),
        "+ & // << % * @ | ** >> - / ^".split(),
    )
} | {operator.setitem: "{}[{}] = {}"}


class _Text(str):
    """Text whose ``repr`` is itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Writer:
    """Writes the code of one graph and keeps the objects that it names."""

    def __init__(self, root: str) -> None:
        import pullback
        from pullback.fx import _pytree as fx_pytree
        from pullback.utils import _pytree

        self.root = root
        self.wrapped: dict[str, None] = {}
        self.names: dict[str, Any] = {
            "inf": float("inf"), "nan": float("nan"), "NoneType": type(None), "torch": pullback,
            "device": pullback.device, "fx_pytree": fx_pytree, "pytree": _pytree,
        }  # fmt: skip

    def named(self, name: str, value: Any) -> str:
        """`name` or one like it, which the code knows `value` by."""
        base = name = re.sub("[^0-9a-zA-Z_]+", "_", name)
        n = 0
        while self.names.get(name, value) is not value:
            n += 1
            name = f"{base}_{n}"
        self.names[name] = value
        return name

    def function(self, func: Any) -> str:
        """How the code calls a function."""
        name = qualified_name(func)
        if name.startswith("torch."):
            return name
        name = name.replace("operator.", "_operator.")
        return name if "." not in name else self.named(name, func)

    def value(self, value: Any) -> Any:
        """An argument as it is written."""
        if isinstance(value, Node):
            return _Text(value.name)
        if isinstance(value, tuple):
            items = tuple(map(self.value, value))
            if hasattr(value, "_fields"):
                return _Text(f"{self.named(qualified_name(type(value)), type(value))}{items!r}")
            return _Text(repr(items))
        if isinstance(value, list):
            return _Text(repr([*map(self.value, value)]))
        if isinstance(value, dict):
            return _Text(repr({key: self.value(each) for key, each in value.items()}))
        if isinstance(value, slice):
            return _Text(repr(slice(*map(self.value, (value.start, value.stop, value.step)))))
        if isinstance(value, enum.Enum):
            return _Text(f"{self.named(type(value).__name__, type(value))}.{value.name}")
        if callable(value):
            return _Text(self.function(value))
        return _Text(repr(value))

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The inside of a call's brackets."""
        named = [f"{key} = {self.value(each)}" for key, each in kwargs.items()]
        return ", ".join([*map(self.value, args), *named])

    def path(self, target: str) -> str:
        """An attribute of the module, digits and all."""
        text = self.root
        for part in target.split("."):
            plain = part.isidentifier() and not keyword.iskeyword(part)
            text = f"{text}.{part}" if plain else f'getattr({text}, "{part}")'
        return text

    def expression(self, node: Node) -> str:
        """What a node's name is set to."""
        args, kwargs = node.args, node.kwargs
        if node.op == "get_attr":
            return self.path(node.target)
        if node.op == "call_module":
            return f"{self.path(node.target)}({self.arguments(args, kwargs)})"
        if node.op == "call_method":
            return f"{self.value(args[0])}.{node.target}({self.arguments(args[1:], kwargs)})"
        if node.target in _BINARY and len(args) == 2:
            return f"{self.value(args[0])} {_BINARY[node.target]} {self.value(args[1])}"
        if node.target in _UNARY and len(args) == 1:
            return f"{_UNARY[node.target]}{self.value(args[0])}"
        if node.target is operator.getitem and isinstance(args[0], Node):
            return f"{self.value(args[0])}[{self.value(args[1])}]"
        if node.target is getattr and len(args) == 2 and isinstance(args[1], str) and args[1].isidentifier():
            return f"{self.value(args[0])}.{args[1]}"
        name = self.function(node.target)
        if node.meta.get("is_wrapped"):
            self.wrapped[name] = None
        return f"{name}({self.arguments(args, kwargs)})"

    def statement(self, node: Node) -> str:
        """The line of a node."""
        write = _WRITES.get(node.target) if node.op == "call_function" else None
        if write is not None and not node.kwargs:
            return f"{write.format(*map(self.value, node.args))};  {node.name} = {self.value(node.args[0])}"
        return f"{node.name} = {self.expression(node)}"

    def parameter(self, node: Node) -> str:
        """A placeholder in the signature."""
        kind = "" if node.type is None else f" : {self.annotation(node.type)}"
        return f"{node.target}{kind}" + (f" = {self.value(node.args[0])}" if node.args else "")

    def annotation(self, kind: Any) -> str:
        """How the code speaks of a type."""
        origin = getattr(kind, "__origin__", None)
        if origin is None:
            if isinstance(kind, type) and kind.__module__ == "builtins":
                return kind.__name__
            text = qualified_name(kind) if isinstance(kind, type) else "..." if kind is ... else repr(kind)
            return text if kind is ... or text.startswith("torch.") else self.named(text, kind)
        outer = origin
        if not isinstance(kind, types.GenericAlias):
            import typing

            outer = getattr(typing, origin.__name__.capitalize(), origin) if isinstance(origin, type) else origin
        name = outer.__name__ if isinstance(outer, type) and outer.__module__ == "builtins" else None
        name = name or self.named(str(outer), outer)
        inner = ",".join(map(self.annotation, getattr(kind, "__args__", ())))
        return f"{name}[{inner}]" if inner else name


def statements(
    writer: Writer, graph: Any, output: Callable[[Any], str]
) -> tuple[list[str], list[tuple[str, int]], str]:
    """The parameters, the lines (each with the number of its node) and the annotation of what is returned."""
    nodes = list(graph.nodes)
    last = {each: node for node in nodes for each in node.all_input_nodes}
    lines: list[tuple[str, int]] = []
    parameters, gives = [], ""
    for number, node in enumerate(nodes):
        if node.op == "placeholder":
            parameters.append(writer.parameter(node))
            if node.name != (name := node.target.lstrip("*")):
                lines.append((f"{node.name} = {name}\n", number))
            continue
        if node.op == "output":
            gives = "" if node.type is None else f" -> {writer.annotation(node.type)}"
            lines.append((f"{output(writer.value(node.args[0]))}\n", number))
            continue
        done = [each for each in node.all_input_nodes if last[each] is node]
        done = [*done, node] if node not in last else done
        freed = f";  {' = '.join(each.name for each in done)} = None" if done else ""
        lines.append((f"{writer.statement(node)}{freed}\n", number))
    return parameters, lines or [("pass\n", 0)], gives
