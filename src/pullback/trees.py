"""Nested arguments: tuples, lists and dictionaries taken apart into leaves and put together again.

A spec says how leaves were nested; it prints as PyTorch's does, as errors show it.
"""

from __future__ import annotations

from abc import ABC
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol


class TreeSpec(NamedTuple):
    """How a value nests: its type, what the type needs beside its items, and the specs of the items."""

    type: Any
    context: Any
    children: tuple[Any, ...]

    @property
    def num_leaves(self) -> int:
        """The number of leaves."""
        return 1 if self.type is None else sum(child.num_leaves for child in self.children)

    def show(self, indent: int = 0) -> str:
        """The spec as PyTorch prints it, continued lines moved to the right by `indent`."""
        if self.type is None:
            return "*"
        inner = indent + 2
        items = (",\n" + " " * inner).join(child.show(inner) for child in self.children)
        return f"TreeSpec({self.type.__name__}, {self.context}, [{items}])"

    def __repr__(self) -> str:
        return self.show()

    def pattern(self) -> str:
        """The spec as the value it stands for, with ``*`` for leaves."""
        return repr(tree_unflatten([_Star()] * self.num_leaves, self))


class _Fields(NamedTuple):
    """What a dataclass needs beside its children: their names, and the names of fields that are `None`."""

    held: tuple[str, ...]
    absent: tuple[str, ...]


class _Star:
    def __repr__(self) -> str:
        return "*"


LEAF = TreeSpec(None, None, ())

NODES: dict[type, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {}
"""Registered containers: what takes one apart into children and context, and what puts it together."""

_ABSTRACT = (object, Generic, Protocol, ABC)


def _is_dataclass(kind: type) -> bool:
    """Whether `kind` is made of dataclasses alone: what inherits from anything else (a module) is no container."""
    return "__dataclass_fields__" in kind.__dict__ and all(
        "__dataclass_fields__" in each.__dict__ or each in _ABSTRACT for each in kind.__mro__
    )


def _opened(tree: Any) -> tuple[Any, list[Any]] | None:
    """The context and the items of a container; `None` of a leaf."""
    kind = type(tree)
    if kind in (tuple, list):
        return None, list(tree)
    if kind in (dict, OrderedDict):
        return list(tree), list(tree.values())
    if kind is defaultdict:
        return [tree.default_factory, list(tree)], list(tree.values())
    if kind is deque:
        return tree.maxlen, list(tree)
    if kind in NODES:
        children, context = NODES[kind][0](tree)
        return context, list(children)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return kind, list(tree)
    if hasattr(kind, "__dataclass_fields__") and _is_dataclass(kind):
        names = tuple(kind.__dataclass_fields__)
        held = tuple([name for name in names if getattr(tree, name, None) is not None])
        return _Fields(held, tuple([n for n in names if n not in held])), [getattr(tree, name) for name in held]
    return None


def tree_flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The leaves of `tree` from left to right, and how they were nested.

    >>> tree_flatten({"a": 1, "b": (2, 3)})[0]
    [1, 2, 3]
    """
    found = _opened(tree)
    if found is None:
        return [tree], LEAF
    context, items = found
    leaves: list[Any] = []
    specs = []
    for item in items:
        below, spec = tree_flatten(item)
        leaves += below
        specs.append(spec)
    return leaves, TreeSpec(type(tree), context, tuple(specs))


def tree_unflatten(leaves: Any, spec: TreeSpec) -> Any:
    """The value that `spec` nests `leaves` into."""
    return _built(iter(leaves), spec)


def _built(leaves: Any, spec: TreeSpec) -> Any:
    if spec.type is None:
        return next(leaves)
    items = [_built(leaves, child) for child in spec.children]
    if spec.type in (dict, OrderedDict):
        return spec.type(zip(spec.context, items))
    if spec.type is defaultdict:
        return defaultdict(spec.context[0], zip(spec.context[1], items))
    if spec.type is deque:
        return deque(items, maxlen=spec.context)
    if spec.type in NODES and spec.type not in (tuple, list):
        return NODES[spec.type][1](items, spec.context)
    if spec.context.__class__ is _Fields:
        made = object.__new__(spec.type)
        for name, item in zip(spec.context.held + spec.context.absent, items + [None] * len(spec.context.absent)):
            object.__setattr__(made, name, item)  # also where the class is frozen
        return made
    return spec.type(*items) if spec.context is not None else spec.type(items)


def tree_map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`function` of every leaf of `tree` (and of those at its place in `others`), nested as `tree` is."""
    leaves, spec = tree_flatten(tree)
    columns = [tree_flatten(each)[0] for each in others]
    return tree_unflatten([function(*row) for row in zip(leaves, *columns)], spec)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of `tree`."""
    return tree_flatten(tree)[0]


def broadcast_to_leaves(tree: Any, spec: TreeSpec) -> list[Any] | None:
    """The leaves of `tree`, each repeated for all leaves of `spec` below its place; `None` if it is nested otherwise.

    >>> broadcast_to_leaves((0, None), tree_flatten((1, [2, 3]))[1])
    [0, None, None]
    """
    found = _opened(tree)
    if found is None:
        return [tree] * spec.num_leaves
    context, items = found
    if context.__class__ is _Fields and type(tree) is spec.type:  # `None` is an axis here, not a missing field
        context, items = spec.context, [getattr(tree, name) for name in spec.context.held]
    if type(tree) is not spec.type or context != spec.context or len(items) != len(spec.children):
        return None
    leaves: list[Any] = []
    for item, child in zip(items, spec.children):
        below = broadcast_to_leaves(item, child)
        if below is None:
            return None
        leaves += below
    return leaves
