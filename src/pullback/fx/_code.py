"""A graph as the source of a function."""

from __future__ import annotations

import keyword
import math
import operator
import re
from typing import Any

from pullback.fx.node import Node, qualified_name, type_text

_BINARY = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.floordiv: "//", operator.truediv: "/",
    operator.mod: "%", operator.pow: "**", operator.matmul: "@", operator.lshift: "<<", operator.rshift: ">>",
    operator.and_: "&", operator.or_: "|", operator.xor: "^", operator.eq: "==", operator.ne: "!=", operator.lt: "<",
    operator.gt: ">", operator.le: "<=", operator.ge: ">=",
}  # fmt: skip
_UNARY = {operator.pos: "+", operator.neg: "-", operator.invert: "~"}
_PLAIN = (int, float, bool, str, bytes, complex, type(None), type(...))


class Writer:
    """Writes the code of one graph and keeps the objects that it names."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.names: dict[str, Any] = {}

    def named(self, name: str, value: Any) -> str:
        """`name` or one like it, which the code knows `value` by."""
        base, n = name, 0
        while self.names.get(name, value) is not value:
            n += 1
            name = f"{base}_{n}"
        self.names[name] = value
        return name

    def function(self, func: Any) -> str:
        """How the code calls a function."""
        name = qualified_name(func)
        if name.startswith("torch."):
            import pullback

            self.names["torch"] = pullback
            return name
        name = name.replace("operator.", "_operator.")
        return name if "." not in name else self.named(re.sub("[^0-9a-zA-Z_]", "_", name), func)

    def value(self, value: Any) -> str:
        """An argument as it is written."""
        if isinstance(value, Node):
            return value.name
        if isinstance(value, tuple):
            if hasattr(value, "_fields"):
                kind = self.named(type(value).__name__, type(value))
                return f"{kind}({', '.join(map(self.value, value))})"
            return f"({', '.join(map(self.value, value))}{',' if len(value) == 1 else ''})"
        if isinstance(value, list):
            return f"[{', '.join(map(self.value, value))}]"
        if isinstance(value, dict):
            return f"{{{', '.join(f'{key!r}: {self.value(each)}' for key, each in value.items())}}}"
        if isinstance(value, slice):
            return f"slice({', '.join(map(self.value, (value.start, value.stop, value.step)))})"
        if isinstance(value, float) and not math.isfinite(value):
            return self.named(repr(value).replace("-", "neg_"), value)
        if isinstance(value, _PLAIN):
            return repr(value)
        text = repr(value)
        if text.startswith("torch.") and text.replace(".", "").replace("_", "").isalnum():
            import pullback

            self.names["torch"] = pullback
            return text
        return self.function(value) if callable(value) else self.named(f"_{type(value).__name__}", value)

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
        return f"{self.function(node.target)}({self.arguments(args, kwargs)})"

    def parameter(self, node: Node) -> str:
        """A placeholder in the signature."""
        kind = "" if node.type is None else f" : {self.annotation(node.type)}"
        return f"{node.target}{kind}" + (f" = {self.value(node.args[0])}" if node.args else "")

    def annotation(self, kind: Any) -> str:
        """How the code speaks of a type."""
        text = type_text(kind)
        if text.startswith("torch."):
            import pullback

            self.names["torch"] = pullback
            return text
        return text if isinstance(kind, type) and "." not in text else self.named("_annotation", kind)


def source_of(graph: Any, root: str = "self") -> tuple[str, dict[str, Any]]:
    """The source of a graph as ``forward``, and the objects that it names."""
    writer, nodes = Writer(root), list(graph.nodes)
    last = {each: node for node in nodes for each in node.all_input_nodes}
    lines, parameters, gives = [], [], ""
    for node in nodes:
        if node.op == "placeholder":
            parameters.append(writer.parameter(node))
            if node.name != (name := node.target.lstrip("*")):
                lines.append(f"{node.name} = {name}")
            continue
        if node.op == "output":
            lines.append(f"return {writer.value(node.args[0])}")
            gives = "" if node.type is None else f" -> {writer.annotation(node.type)}"
            continue
        done = [each for each in node.all_input_nodes if last[each] is node]
        done = [*done, node] if node not in last else done
        freed = f";  {' = '.join(each.name for each in done)} = None" if done else ""
        lines.append(f"{node.name} = {writer.expression(node)}{freed}")
    body = "\n    ".join(lines or ["pass"])
    return f"\n\n\ndef forward({', '.join([root, *parameters])}){gives}:\n    {body}\n    ", writer.names
