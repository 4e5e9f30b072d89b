"""Exchanging one pattern of calls for another."""

from __future__ import annotations

from typing import Any, NamedTuple

from pullback.fx._symbolic_trace import symbolic_trace
from pullback.fx.graph import Graph
from pullback.fx.graph_module import GraphModule
from pullback.fx.node import Node, map_arg


class Match(NamedTuple):
    """Where a pattern was found: its last node, and the nodes that its nodes stand for."""

    anchor: Node
    nodes_map: dict[Node, Any]


def replace_pattern(gm: GraphModule, pattern: Any, replacement: Any) -> list[Match]:
    """Put `replacement` wherever `pattern` is; both are functions or modules with the same parameters."""
    wanted, new = (each if isinstance(each, Graph) else symbolic_trace(each).graph for each in (pattern, replacement))
    last = wanted.output_node().args[0]
    found: list[Match] = []
    replaced: set[Node] = set()
    for node in list(gm.graph.nodes):
        match: dict[Node, Any] = {}
        if not _matches(last, node, match):
            continue
        inner = {each for part, each in match.items() if part.op not in ("placeholder", "get_attr")}
        escapes = any(user not in inner for each in inner if each is not node for user in each.users)
        if escapes or inner & replaced:
            continue
        found.append(Match(node, match))
        replaced |= inner
        inputs = [match[each] for each in wanted.nodes if each.op == "placeholder"]
        places: dict[Node, Any] = dict(zip((each for each in new.nodes if each.op == "placeholder"), inputs))
        with gm.graph.inserting_before(next((each for each in gm.graph.nodes if each in node.users), node)):
            result = gm.graph.graph_copy(new, places)
        node.replace_all_uses_with(result)
        for each in reversed(list(gm.graph.nodes)):
            if each in inner and not each.users:
                gm.graph.erase_node(each)
    gm.recompile()
    return found


def _matches(part: Any, node: Any, match: dict[Node, Any]) -> bool:
    """Whether `node` does what `part` of the pattern does; notes what stands for what."""
    if not isinstance(part, Node):
        return bool(part == node)
    if part in match:
        return match[part] is node
    if part.op == "placeholder":
        match[part] = node
        return True
    if not isinstance(node, Node) or (part.op, part.target) != (node.op, node.target):
        return False
    match[part] = node
    ours, theirs = _flat(part), _flat(node)
    return len(ours) == len(theirs) and all(_matches(a, b, match) for a, b in zip(ours, theirs))


def _flat(node: Node) -> list[Any]:
    values: list[Any] = []
    for each in (*node.args, *(node.kwargs[key] for key in sorted(node.kwargs))):
        if isinstance(each, (list, tuple)):
            values += [len(each), *each]
        else:
            values.append(each)
    return map_arg(values, lambda x: x)
