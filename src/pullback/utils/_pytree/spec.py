"""The shape of a tree, and the way from a tree to its leaves and back."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pullback.utils._pytree.nodes import BUILTIN_TYPES, SUPPORTED_NODES, ConstantNode, Context, PyTree, _get_node_type

IsLeaf = Callable[[Any], bool]


class TreeSpec:
    """The shape of a tree: the type and context of a container, and the shapes of its children. A leaf has no type."""

    __slots__ = ("_children", "context", "num_children", "num_leaves", "num_nodes", "type")

    num_children: int
    num_nodes: int
    num_leaves: int

    def __init__(self, type: Any, context: Context, children_specs: Iterable[TreeSpec] = ()) -> None:
        self.type = type
        self.context = context
        self._children = list(children_specs)
        self.num_children = len(self._children)
        self.num_nodes = 1 + sum(child.num_nodes for child in self._children)
        self.num_leaves = 1 if type is None else sum(child.num_leaves for child in self._children)

    @property
    def children_specs(self) -> list[TreeSpec]:
        """The shapes of the children."""
        return self._children

    def children(self) -> list[TreeSpec]:
        """The shapes of the children."""
        return list(self._children)

    def child(self, index: int) -> TreeSpec:
        """The shape of one child."""
        return self._children[index]

    def is_leaf(self) -> bool:
        """Whether this is the shape of a leaf."""
        return self.type is None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        return (self.type, self.context, self._children) == (other.type, other.context, other._children)

    def __hash__(self) -> int:
        return hash((self.type, str(self.context), tuple(self._children)))

    def __repr__(self, indent: int = 0) -> str:
        if self.type is None:
            return "*"
        inner = indent + 2
        separator = ",\n" + " " * inner
        children = separator.join(child.__repr__(inner) for child in self._children)
        return f"TreeSpec({self.type.__name__}, {self.context}, [{children}])"

    def unflatten(self, leaves: Iterable[Any]) -> PyTree:
        """The tree of this shape with these leaves; ``ValueError`` for another number of them."""
        given = list(leaves)
        if len(given) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(given)} but the spec refers to a pytree that holds "
                f"{self.num_leaves} items ({self})."
            )
        return _built(self, iter(given))

    def flatten_up_to(self, tree: PyTree) -> list[Any]:
        """The parts of `tree` that stand where this shape has leaves; ``ValueError`` if `tree` begins otherwise."""
        found: list[Any] = []
        _parts(self, tree, found)
        return found


PyTreeSpec = TreeSpec


class LeafSpec(TreeSpec):
    """The shape of a leaf."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(None, None)


def _built(spec: TreeSpec, leaves: Iterator[Any]) -> Any:
    if spec.type is None:
        return next(leaves)
    children = [_built(child, leaves) for child in spec._children]
    return SUPPORTED_NODES[spec.type].unflatten_fn(children, spec.context)


def _parts(spec: TreeSpec, tree: Any, found: list[Any]) -> None:
    if spec.type is None:
        found.append(tree)
        return
    kind = _get_node_type(tree)
    if kind is not spec.type and not (isinstance(tree, dict) and issubclass(spec.type, dict)):
        whose = "Node type" if spec.type in BUILTIN_TYPES else "Type"
        raise ValueError(f"{whose} mismatch; expected {spec.type}, but got {kind}.")
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    if len(children) != spec.num_children:
        raise ValueError(f"Node arity mismatch; expected {spec.num_children}, but got {len(children)}.")
    if isinstance(tree, dict):
        keys = _keys(spec)
        if set(keys) != set(tree):
            missing, extra = set(keys) - set(tree), set(tree) - set(keys)
            raise ValueError(f"Node keys mismatch; missing key(s): {missing}; extra key(s): {extra}.")
        children = [tree[key] for key in keys]
    elif context != spec.context and kind is not deque:
        raise ValueError(f"Node context mismatch for node type {spec.type}: expected {spec.context}, got {context}.")
    for child, part in zip(spec._children, children):
        _parts(child, part, found)


def _keys(spec: TreeSpec) -> list[Any]:
    """The keys of the shape of a dictionary."""
    return spec.context[1] if spec.type is defaultdict else spec.context


def tree_is_leaf(tree: PyTree, is_leaf: IsLeaf | None = None) -> bool:
    """Whether `tree` is no container, or one that `is_leaf` stops at."""
    return (is_leaf is not None and is_leaf(tree)) or _get_node_type(tree) not in SUPPORTED_NODES


def tree_iter(tree: PyTree, is_leaf: IsLeaf | None = None) -> Iterator[Any]:
    """The leaves, one after the other."""
    if tree_is_leaf(tree, is_leaf):
        yield tree
        return
    children, _ = SUPPORTED_NODES[_get_node_type(tree)].flatten_fn(tree)
    for child in children:
        yield from tree_iter(child, is_leaf)


def tree_leaves(tree: PyTree, is_leaf: IsLeaf | None = None) -> list[Any]:
    """The list of leaves.

    >>> tree_leaves({"a": [1, 2], "b": None})
    [1, 2, None]
    """
    return list(tree_iter(tree, is_leaf))


def tree_flatten(tree: PyTree, is_leaf: IsLeaf | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree and its shape. `is_leaf` says of containers whether to stop there.

    >>> tree_flatten([1, (2,)])
    ([1, 2], TreeSpec(list, None, [*,
      TreeSpec(tuple, None, [*])]))
    """
    leaves: list[Any] = []
    return leaves, _flattened(tree, leaves, is_leaf)


def _flattened(tree: Any, leaves: list[Any], is_leaf: IsLeaf | None) -> TreeSpec:
    if tree_is_leaf(tree, is_leaf):
        leaves.append(tree)
        return LeafSpec()
    kind = _get_node_type(tree)
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flattened(child, leaves, is_leaf) for child in children])


def tree_structure(tree: PyTree, is_leaf: IsLeaf | None = None) -> TreeSpec:
    """The shape of a tree."""
    return tree_flatten(tree, is_leaf)[1]


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> PyTree:
    """The tree of shape `treespec` with these leaves.

    >>> tree_unflatten([3, 4], tree_structure({"a": [1, 2]}))
    {'a': [3, 4]}
    """
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"Expected `treespec` to be an instance of PyTreeSpec but got item of type {type(treespec)}.")
    return treespec.unflatten(leaves)


def treespec_leaf() -> LeafSpec:
    """The shape of a leaf."""
    return LeafSpec()


def treespec_tuple(iterable: Iterable[TreeSpec] = ()) -> TreeSpec:
    """The shape of a tuple of parts of these shapes."""
    return TreeSpec(tuple, None, iterable)


def treespec_dict(
    mapping: Mapping[Any, TreeSpec] | Iterable[tuple[Any, TreeSpec]] = (), **kwargs: TreeSpec
) -> TreeSpec:
    """The shape of a dictionary of parts of these shapes."""
    parts = dict(mapping, **kwargs)
    return TreeSpec(dict, list(parts), parts.values())


def _broadcast_to_and_flatten(tree: PyTree, treespec: TreeSpec, is_leaf: IsLeaf | None = None) -> list[Any] | None:
    """The leaves of `tree`, each repeated for the part of `treespec` it stands for; `None` if the shapes do not fit."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    kind = _get_node_type(tree)
    if treespec.type is not kind:
        return None
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    found: list[Any] = []
    for child, spec in zip(children, treespec._children):
        part = _broadcast_to_and_flatten(child, spec, is_leaf)
        if part is None:
            return None
        found += part
    return found


def _is_constant_holder(spec: TreeSpec) -> bool:
    """Whether this is the shape of a constant."""
    return isinstance(spec.context, ConstantNode)


def _retrieve_constant(spec: TreeSpec) -> Any:
    """The constant of which this is the shape."""
    if not _is_constant_holder(spec):
        raise AssertionError("spec does not correspond to a registered constant pytree")
    return tree_unflatten([], spec)
