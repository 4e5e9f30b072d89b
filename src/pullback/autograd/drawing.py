"""The graph behind a tensor as text: a tree for the terminal, or a drawing for Graphviz.

Every node stands beside the forward line that made it, every leaf beside its name and shape.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from pullback.graph.node import Node, node_of, split_edge, value_at
from pullback.graph.provenance import forward_line
from pullback.graph.tensor_base import TensorBase

_LIBRARY = os.path.dirname(os.path.dirname(__file__))
WIDTH = 48
"""Where the forward lines begin in a tree."""


def tree(*outputs: TensorBase, names: Mapping[str, TensorBase] | None = None) -> str:
    """The nodes that lead to `outputs`, a line each, below what they were used for.

    `names` are those of leaves (``dict(model.named_parameters())``). A node that several others use is drawn once and
    numbered; where it is used again there is its number. ``ValueError`` for a tensor without a graph.

    >>> import pullback as torch
    >>> w = torch.ones(3, requires_grad=True)
    >>> y = w * 2
    >>> print(tree((y * y).sum(), names={"w": w}))  # doctest: +ELLIPSIS
    SumBackward0 ()                                 ...
    └─ MulBackward0 (3,)                            ...
       ├─ #1 MulBackward0 (3,)                      ...
       │  └─ w (3,)
       └─ #1
    """
    shared, known = _shared(outputs), _named(names)
    numbers: dict[Any, int] = {}
    lines: list[str] = []
    waiting = [(*_root(output), "", "") for output in reversed(outputs)]
    while waiting:
        end, nr, first, rest = waiting.pop()
        if end in numbers:
            lines.append(f"{first}#{numbers[end]}")
            continue
        if isinstance(end, TensorBase):
            lines.append(first + _label(end, nr, known))
            continue
        if end in shared:
            numbers[end] = len(numbers) + 1
            first += f"#{numbers[end]} "
        lines.append(f"{first + _label(end, nr, known):<{WIDTH}}{_line(end)}".rstrip())
        below = list(_sources(end))
        branches = [("├─ ", "│  ")] * (len(below) - 1) + [("└─ ", "   ")]
        waiting += [(*source, rest + fork, rest + stem) for source, (fork, stem) in zip(below, branches)][::-1]
    return "\n".join(lines)


def dot(*outputs: TensorBase, names: Mapping[str, TensorBase] | None = None) -> str:
    """The same as the source of a directed graph for Graphviz, edges from leaves to outputs.

    >>> import pullback as torch
    >>> print(dot(torch.ones(3, requires_grad=True).sum()))  # doctest: +ELLIPSIS
    digraph {
      n0 [label="SumBackward0\\n()...", shape=box];
      n1 [label="leaf\\n(3,)", shape=oval];
      n1 -> n0;
    }
    """
    known = _named(names)
    places: dict[Any, int] = {}
    lines: list[str] = []
    waiting = [_root(output) for output in outputs]
    while waiting:
        end, nr = waiting.pop()
        if end in places:
            continue
        places[end] = len(places)
        leaf = isinstance(end, TensorBase)
        line = "" if leaf else _line(end)
        name, _, shape = _label(end, nr, known).rpartition(" (")
        text = "\\n".join([name, f"({shape}", *([line] if line else [])]).replace('"', '\\"')
        lines.append(f'  n{places[end]} [label="{text}", shape={"oval" if leaf else "box"}];')
        waiting += reversed(list(_sources(end)))
    for end, place in places.items():
        lines += [f"  n{places[source]} -> n{place};" for source, _ in _sources(end)]
    return "\n".join(["digraph {", *lines, "}"])


def _root(output: TensorBase) -> tuple[Any, int]:
    if not output._requires_grad:
        raise ValueError("a tensor that does not require grad has no graph to draw")
    return (output, 0) if output._maker is None else (output._maker, output._output_nr)


def _sources(end: Any) -> Iterator[tuple[Any, int]]:
    """The ends of a node's edges, with the number of the output they lead to."""
    for edge in () if isinstance(end, TensorBase) else end._edges:
        if edge is not None:
            yield split_edge(edge)


def _shared(outputs: tuple[TensorBase, ...]) -> set[Any]:
    """The nodes that are used more than once."""
    seen: set[Any] = set()
    shared: set[Any] = set()
    waiting = [_root(output)[0] for output in outputs]
    while waiting:
        end = waiting.pop()
        if end in seen:
            shared.add(end)
            continue
        seen.add(end)
        waiting += [source for source, _ in _sources(end)]
    return shared


def _named(names: Mapping[str, TensorBase] | None) -> dict[int, str]:
    return {id(tensor): name for name, tensor in (names or {}).items()}


def _label(end: Any, nr: int, known: dict[int, str]) -> str:
    if isinstance(end, TensorBase):
        return f"{known.get(id(end), 'leaf')} {tuple(end._array.shape)}"
    return f"{node_of(end).name()} {tuple(value_at(end, nr)[0])}"


def _line(node: Node) -> str:
    """The forward line that made a node, its file without the folder; of a function of this library only the file."""
    place, colon, text = forward_line(node).partition(":")
    file = os.path.basename(place)
    return f"in {file}" if place.startswith(_LIBRARY) else file + colon + text
