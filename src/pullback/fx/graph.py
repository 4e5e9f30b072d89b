"""A list of nodes, in the order in which they run."""

from __future__ import annotations

import builtins
import copy
import keyword
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pullback.fx._codegen import CodeGen, PythonCode, _PyTreeCodeGen, _PyTreeInfo
from pullback.fx.node import Node, map_aggregate, map_arg, qualified_name

_TAKEN = {*keyword.kwlist, *dir(builtins), "inf", "nan", "NoneType", "torch", "device"}
_OPS = ("placeholder", "get_attr", "call_function", "call_method", "call_module", "output")


class _NodeList:
    def __init__(self, graph: Graph, backwards: bool = False) -> None:
        self.graph, self.backwards = graph, backwards

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Node]:
        root = self.graph._root
        node = root._prev if self.backwards else root._next
        while node is not root:
            if not node._erased:
                yield node
            node = node._prev if self.backwards else node._next

    def __reversed__(self) -> _NodeList:
        return _NodeList(self.graph, not self.backwards)


class _Name(str):
    """A node in a pickle."""

    @classmethod
    def of(cls, node: Node) -> _Name:
        """The name of a node."""
        return cls(node.name)


def _leads_somewhere(module: Any, path: str) -> bool:
    for name in path.split("."):
        if not hasattr(module, name):
            return False
        module = getattr(module, name)
    return True


def _graph_of(held: list[Any], tracer_cls: Any, codegen: CodeGen) -> Graph:
    """The graph of a pickle."""
    graph = Graph(tracer_cls=tracer_cls)
    graph._codegen = codegen
    made: dict[str, Node] = {}
    for op, target, args, kwargs, name, kind in held:
        args, kwargs = map_aggregate((args, kwargs), lambda each: made[each] if isinstance(each, _Name) else each)
        made[name] = graph.create_node(op, target, args, kwargs, name, kind)
    return graph


class Graph:
    """Calls, from placeholders to an output.

    >>> import pullback as torch
    >>> graph = Graph()
    >>> x = graph.placeholder("x")
    >>> _ = graph.output(graph.call_function(torch.relu, (x,)))
    >>> print(graph)
    graph():
        %x : [num_users=1] = placeholder[target=x]
        %relu : [num_users=1] = call_function[target=torch.relu](args = (%x,), kwargs = {})
        return relu
    """

    def __init__(self, owning_module: Any = None, tracer_cls: Any = None, tracer_extras: Any = None) -> None:
        self._root = Node(self, "", "root", "", (), {})
        self._insert: Callable[[Node], None] = self._root.prepend
        self._used: dict[str, int] = {}
        self.owning_module, self._tracer_cls, self._codegen = owning_module, tracer_cls, CodeGen()

    @property
    def nodes(self) -> _NodeList:
        """The nodes in order; they may be erased or inserted while one walks."""
        return _NodeList(self)

    def _name(self, candidate: str) -> str:
        name = re.sub("[^0-9a-zA-Z_]+", "_", candidate) or "_unnamed"
        name = f"_{name}" if name[0].isdigit() else name
        number = re.fullmatch(r"(.*)_(\d+)", name)
        base = number[1] if number else name
        while name in self._used or name in _TAKEN:
            self._used[base] = self._used.get(base, 0) + 1
            name = f"{base}_{self._used[base]}"
        self._used.setdefault(name, int(number[2]) if number else 0)
        return name

    def create_node(
        self, op: str, target: Any, args: Any = None, kwargs: Any = None, name: str | None = None, type_expr: Any = None
    ) -> Node:
        """Add a node at the place of insertion, by default the end."""
        if op not in _OPS:
            raise AssertionError(f"op '{op}' is not in _legal_ops")
        if op in ("call_method", "call_module", "placeholder") and not isinstance(target, str):
            raise AssertionError(f"Expected target to be str, got {type(target)}")
        if name is None:
            name = getattr(target, "__name__", type(target).__name__) if callable(target) else str(target)
            name = name[2:-2] if re.fullmatch("__.*__", name) else name
            name = re.sub("(?<=[a-z])([A-Z])", r"_\1", name).lower()
        node = Node(self, self._name(name), op, target, args or (), kwargs or {}, type_expr)
        self._insert(node)
        return node

    def placeholder(self, name: str, type_expr: Any = None, default_value: Any = ...) -> Node:
        """A parameter of the function."""
        return self.create_node(
            "placeholder", name, () if default_value is ... else (default_value,), type_expr=type_expr
        )

    def get_attr(self, qualified_name: str, type_expr: Any = None) -> Node:
        """A parameter, buffer or other attribute of the module."""
        if self.owning_module is not None and not _leads_somewhere(self.owning_module, qualified_name):
            warnings.warn(
                "Attempted to insert a get_attr Node with no underlying reference in the owning GraphModule! Call "
                "GraphModule.add_submodule to add the necessary submodule, GraphModule.add_parameter to add the necessary "
                "Parameter, or nn.Module.register_buffer to add the necessary buffer",
                stacklevel=2,
            )
        return self.create_node("get_attr", qualified_name, type_expr=type_expr)

    def call_module(
        self, module_name: str, args: Any = None, kwargs: Any = None, type_expr: Any = None, name: str | None = None
    ) -> Node:
        """A call of a submodule."""
        if self.owning_module is not None:
            self.owning_module.get_submodule(module_name)  # raises where there is none
        return self.create_node("call_module", module_name, args, kwargs, name, type_expr)

    def call_method(
        self, method_name: str, args: Any = None, kwargs: Any = None, type_expr: Any = None, name: str | None = None
    ) -> Node:
        """A call of a method of the first argument."""
        return self.create_node("call_method", method_name, args, kwargs, name, type_expr)

    def call_function(
        self, the_function: Any, args: Any = None, kwargs: Any = None, type_expr: Any = None, name: str | None = None
    ) -> Node:
        """A call of a function."""
        return self.create_node("call_function", the_function, args, kwargs, name, type_expr)

    def output(self, result: Any, type_expr: Any = None) -> Node:
        """What the function returns."""
        return self.create_node("output", "output", (result,), type_expr=type_expr)

    def output_node(self) -> Node:
        """The node of what is returned."""
        found = next(iter(reversed(self.nodes)))
        if found.op != "output":
            raise AssertionError(f"Expected output node, got op={found.op}")
        return found

    def find_nodes(self, *, op: str, target: Any = None, sort: bool = True) -> list[Node]:
        """The nodes of one kind, of one target if that is given."""
        return [each for each in self.nodes if each.op == op and (target is None or each.target == target)]

    def node_copy(self, node: Node, arg_transform: Callable[[Node], Any] = lambda x: x) -> Node:
        """Add a copy of a node of another graph, with its arguments put through `arg_transform`."""
        args, kwargs = map_arg(node.args, arg_transform), map_arg(node.kwargs, arg_transform)
        made = self.create_node(node.op, node.target, args, kwargs, node.name, node.type)
        made.meta = dict(node.meta)
        return made

    def graph_copy(self, g: Graph, val_map: dict[Node, Any], return_output_node: bool = False) -> Any:
        """Add copies of all nodes of `g` but its output; returns what the output would be."""
        for node in g.nodes:
            if node in val_map:
                continue
            if node.op == "output":
                result = map_arg(node.args[0], val_map.__getitem__)
                return (result, node) if return_output_node else result
            val_map[node] = self.node_copy(node, val_map.__getitem__)
        return None

    def __deepcopy__(self, memo: Any = None) -> Graph:
        made = Graph(tracer_cls=self._tracer_cls)
        made._codegen = copy.deepcopy(self._codegen)
        result = made.graph_copy(self, {}, return_output_node=True)
        if result is not None:
            made.output(result[0], result[1].type).meta = dict(result[1].meta)
        return made

    def __reduce__(self) -> Any:
        held = [
            (n.op, n.target, map_arg(n.args, _Name.of), map_arg(n.kwargs, _Name.of), n.name, n.type) for n in self.nodes
        ]
        return _graph_of, (held, self._tracer_cls, self._codegen)

    def erase_node(self, to_erase: Node) -> None:
        """Take out a node that nobody uses. ``RuntimeError`` if somebody does."""
        if to_erase.users:
            raise RuntimeError(
                f"Tried to erase Node {to_erase} but it still had {len(to_erase.users)} users in the graph: {to_erase.users}!"
            )
        to_erase._unlink()  # it still knows its neighbours, so that a walk goes on
        to_erase._erased = True
        to_erase._set((), {})

    @contextmanager
    def _inserting(self, place: Callable[[Node], None]) -> Iterator[None]:
        before, self._insert = self._insert, place
        try:
            yield
        finally:
            self._insert = before

    def inserting_before(self, n: Node | None = None) -> Any:
        """New nodes go before `n` in the ``with`` block; by default to the beginning."""
        return self._inserting((n or self._root._next).prepend)

    def inserting_after(self, n: Node | None = None) -> Any:
        """New nodes go after `n` in the ``with`` block, in order; by default to the end."""
        after = [n or self._root._prev]

        def insert(node: Node) -> None:
            after[0].append(node)
            after[0] = node

        return self._inserting(insert)

    def eliminate_dead_code(self, is_impure_node: Callable[[Node], bool] | None = None) -> bool:
        """Take out the calls whose results nobody uses; returns whether there were any."""
        changed = False
        for node in reversed(self.nodes):
            if not node.users and not (is_impure_node or Node.is_impure)(node):
                self.erase_node(node)
                changed = True
        return changed

    def lint(self) -> None:
        """Raise ``RuntimeError`` for a node of another graph, or one used before it runs."""
        seen: set[Node] = set()
        for node in self.nodes:
            for each in node.all_input_nodes:
                if each.graph is not self:
                    raise RuntimeError(f"Argument '{each}' of Node '{node}' does not belong to this Graph")
                if each not in seen:
                    raise RuntimeError(f"Argument '{each}' of Node '{node}' was used before it has been defined!")
            seen.add(node)

    def python_code(self, root_module: str, **settings: Any) -> PythonCode:
        """The source (``src``) and the objects it names (``globals``)."""
        return self._codegen.code_of(self, root_module)

    def set_codegen(self, codegen: CodeGen) -> None:
        """Let `codegen` write the source."""
        self._codegen = codegen

    def process_inputs(self, *args: Any) -> Any:
        """The values of the placeholders for the arguments of the function."""
        return self._codegen.process_inputs(*args)

    def process_outputs(self, out: Any) -> Any:
        """The result of the function for what the output node holds."""
        return self._codegen.process_outputs(out)

    def on_generate_code(self, make_transformer: Callable[[Any], Callable[[list[str]], list[str]]]) -> Any:
        """Put the lines of the body through a function, made of the one that did it so far; a context, too."""
        codegen, before = self._codegen, self._codegen._body_transformer
        codegen._body_transformer = make_transformer(before)

        @contextmanager
        def undoing() -> Iterator[None]:
            try:
                yield
            finally:
                codegen._body_transformer = before

        return undoing()

    def print_tabular(self) -> None:
        """Print a line for each node."""
        for each in self.nodes:
            target = qualified_name(each.target) if callable(each.target) else each.target
            print(f"{each.op:14} {each.name:14} {target:28} {each.args} {each.kwargs}")

    def __str__(self) -> str:
        return "\n    ".join(["graph():", *(node.format_node() for node in self.nodes)])


__all__ = ["CodeGen", "Graph", "PythonCode", "_PyTreeCodeGen", "_PyTreeInfo"]
