"""Exchanging one pattern of calls for another."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pullback.fx._symbolic_trace import symbolic_trace
from pullback.fx.graph import Graph
from pullback.fx.graph_module import GraphModule, _assign_attr
from pullback.fx.node import Node
from pullback.nn import Module


class Match(NamedTuple):
    """Where a pattern was found: its last node, and the nodes that its nodes stand for."""

    anchor: Node
    nodes_map: dict[Node, Any]


@dataclass
class ReplacedPatterns:
    """A `Match`, and the nodes that stand in its place."""

    anchor: Node
    nodes_map: dict[Node, Any]
    replacements: list[Node] = field(default_factory=list)


@dataclass
class InternalMatch:
    """What filters and makers of replacements are told of a place where a pattern was found."""

    anchors: list[Node]
    nodes_map: dict[Node, Any]
    placeholder_nodes: list[Any]
    returning_nodes: list[Node]

    @property
    def inner(self) -> set[Node]:
        """The nodes that are replaced."""
        return {each for part, each in self.nodes_map.items() if part.op not in ("placeholder", "get_attr")}


Filter = Callable[[InternalMatch, Graph, Graph], bool]


def replace_pattern(gm: GraphModule, pattern: Any, replacement: Any) -> list[Match]:
    """Put `replacement` wherever `pattern` is; both are functions or modules with the same parameters."""
    found = replace_pattern_with_filters(gm, pattern, replacement)
    return [Match(each.anchor, each.nodes_map) for each in found]


def replace_pattern_with_filters(
    gm: GraphModule,
    pattern: Any,
    replacement: Any = None,
    match_filters: list[Filter] | None = None,
    ignore_literals: bool = False,
    replacement_callback: Callable[[InternalMatch, Graph, Graph], Graph] | None = None,
    node_name_match: str = "",
) -> list[ReplacedPatterns]:
    """`replace_pattern` where all filters agree; numbers count as equal if asked; the replacement may depend on the place."""
    graph, wanted = gm.graph, _graph(pattern)
    matches = [
        each
        for each in _matches(graph, wanted, ignore_literals)
        if all(accept(each, graph, wanted) for accept in match_filters or ())
    ]
    new = None if replacement is None else _graph(replacement)
    made: list[ReplacedPatterns] = []
    exchanged: dict[Any, Any] = {}
    for match in matches:
        other = replacement_callback(match, graph, wanted) if replacement_callback else new
        if other is None:
            raise AssertionError("Must provide either replacement GraphModule or replacement_callback")
        made.append(_replace(graph, match, other, exchanged))
    gm.recompile()
    if isinstance(replacement, Module):
        _take_over(gm, replacement)
    return made


def _graph(source: Any) -> Graph:
    if isinstance(source, Graph):
        return source
    return source.graph if isinstance(source, GraphModule) else symbolic_trace(source).graph


def _results(graph: Graph) -> list[Any]:
    """The nodes that a graph returns."""
    result = graph.output_node().args[0]
    return list(result) if isinstance(result, (list, tuple)) else [result]


def _matches(graph: Graph, wanted: Graph, loosely: bool) -> Iterator[InternalMatch]:
    """The places of a pattern, none of which overlap."""
    nodes = list(graph.nodes)
    results = _results(wanted)
    inputs = [each for each in wanted.nodes if each.op == "placeholder"]
    taken: set[Node] = set()
    for node in nodes:
        found = _places(results, [node], nodes, {}, loosely)
        if found is None:
            continue
        match = InternalMatch([node], found, [found.get(each) for each in inputs], [found[each] for each in results])
        inner = match.inner
        escapes = any(user not in inner for each in inner - {*match.returning_nodes} for user in each.users)
        if not (escapes or inner & taken):
            taken |= inner
            yield match


def _places(
    results: list[Any], candidates: list[Node], nodes: list[Node], match: dict[Node, Any], loosely: bool
) -> dict[Node, Any] | None:
    """What the nodes of a pattern stand for, if its results are found, the first among `candidates`."""
    if not results:
        return match
    for node in candidates:
        tried = dict(match)
        if _stands_for(results[0], node, tried, loosely):
            found = _places(results[1:], nodes, nodes, tried, loosely)
            if found is not None:
                return found
    return None


def _stands_for(part: Any, node: Any, match: dict[Node, Any], loosely: bool) -> bool:
    """Whether `node` does what `part` of the pattern does; notes what stands for what."""
    if not isinstance(part, Node):
        return not isinstance(node, Node) if loosely else bool(part == node)
    if part in match:
        return match[part] is node
    if part.op == "placeholder":
        match[part] = node
        return True
    if not isinstance(node, Node) or (part.op, part.target) != (node.op, node.target):
        return False
    match[part] = node
    ours, theirs = _flat(part), _flat(node)
    return len(ours) == len(theirs) and all(_stands_for(a, b, match, loosely) for a, b in zip(ours, theirs))


def _flat(node: Node) -> list[Any]:
    values: list[Any] = []
    for each in (*node.args, *(node.kwargs[key] for key in sorted(node.kwargs))):
        if isinstance(each, (list, tuple)):
            values += [len(each), *each]
        else:
            values.append(each)
    return values


def _replace(graph: Graph, match: InternalMatch, new: Graph, exchanged: dict[Any, Any]) -> ReplacedPatterns:
    inner = match.inner
    users = {user for each in match.returning_nodes for user in each.users} - inner
    places: dict[Node, Any] = {}
    for part, node in zip((each for each in new.nodes if each.op == "placeholder"), match.placeholder_nodes):
        places[part] = exchanged.get(node, node) if isinstance(node, Node) else node
    given = set(places)
    with graph.inserting_before(next((each for each in graph.nodes if each in users), match.anchors[0])):
        result = graph.graph_copy(new, places)
    results = list(result) if isinstance(result, (list, tuple)) else [result]
    for node, stand_in in zip(match.returning_nodes, results):
        node.replace_all_uses_with(stand_in)
        exchanged[node] = stand_in
    for each in reversed(list(graph.nodes)):
        if each in inner and not each.users:
            graph.erase_node(each)
    made = [node for part, node in places.items() if part not in given]
    return ReplacedPatterns(match.anchors[0], match.nodes_map, made)


def _take_over(gm: GraphModule, replacement: Module) -> None:
    """Give a module what its new calls need, and take away what it calls no more."""
    gm.delete_all_unused_submodules()
    for node in gm.graph.nodes:
        if node.op in ("call_module", "get_attr") and _at(gm, node.target) is None:
            value = _at(replacement, node.target)
            if value is None:
                raise RuntimeError(
                    f'Attempted to create a "{node.op}" node during subgraph rewriting with target {node.target}, but the '
                    "referenced attribute does not exist in the replacement GraphModule"
                )
            _assign_attr(copy.deepcopy(value), gm, node.target)
    gm.graph.lint()


def _at(module: Any, path: str) -> Any:
    for part in path.split("."):
        module = getattr(module, part, None)
    return module
