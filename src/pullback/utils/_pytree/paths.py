"""How to get from the root of a tree to a leaf: a tuple of keys."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from pullback.size import Size
from pullback.utils._pytree.keys import GetAttrKey, MappingKey, SequenceKey
from pullback.utils._pytree.nodes import SUPPORTED_NODES, PyTree, _get_node_type, is_namedtuple_instance
from pullback.utils._pytree.spec import IsLeaf, TreeSpec, tree_is_leaf, tree_structure

KeyEntry: TypeAlias = Any
KeyPath: TypeAlias = tuple[KeyEntry, ...]


def _keyed_children(tree: Any) -> list[tuple[Any, Any]]:
    """The children of a container with their keys; ``ValueError`` for one that was registered without."""
    node = SUPPORTED_NODES[_get_node_type(tree)]
    if node.flatten_with_keys_fn is not None:
        return node.flatten_with_keys_fn(tree)[0]
    if isinstance(tree, dict):
        return [(MappingKey(key), value) for key, value in tree.items()]
    if is_namedtuple_instance(tree):
        return [(GetAttrKey(name), getattr(tree, name)) for name in tree._fields]
    if type(tree) in (list, tuple, deque, Size):
        return [(SequenceKey(number), value) for number, value in enumerate(tree)]
    raise ValueError(
        f"Did not find a flatten_with_keys_fn for type: {type(tree)}. Please pass a flatten_with_keys_fn argument to "
        "register_pytree_node."
    )


def _paths(tree: Any, before: KeyPath, is_leaf: IsLeaf | None) -> Iterator[tuple[KeyPath, Any]]:
    if tree_is_leaf(tree, is_leaf):
        yield before, tree
        return
    for key, child in _keyed_children(tree):
        yield from _paths(child, (*before, key), is_leaf)


def tree_leaves_with_path(tree: PyTree, is_leaf: IsLeaf | None = None) -> list[tuple[KeyPath, Any]]:
    """The leaves, each with its path."""
    return list(_paths(tree, (), is_leaf))


def tree_flatten_with_path(tree: PyTree, is_leaf: IsLeaf | None = None) -> tuple[list[tuple[KeyPath, Any]], TreeSpec]:
    """The leaves, each with its path, and the shape.

    >>> [(keystr(path), leaf) for path, leaf in tree_flatten_with_path({"a": [1, 2]})[0]]
    [("['a'][0]", 1), ("['a'][1]", 2)]
    """
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable[..., Any], tree: PyTree, *rests: PyTree, is_leaf: IsLeaf | None = None) -> PyTree:
    """The tree of ``func(path, leaf, ...)``."""
    pairs, spec = tree_flatten_with_path(tree, is_leaf)
    columns = [spec.flatten_up_to(rest) for rest in rests]
    return spec.unflatten([func(path, leaf, *more) for (path, leaf), *more in zip(pairs, *columns)])


def keystr(kp: KeyPath) -> str:
    """A path as Python would write it."""
    return "".join(str(key) for key in kp)


def key_get(obj: Any, kp: KeyPath) -> Any:
    """What stands at the end of a path."""
    for key in kp:
        obj = key.get(obj)
    return obj


_dict_flatten, _dict_unflatten = SUPPORTED_NODES[dict].flatten_fn, SUPPORTED_NODES[dict].unflatten_fn


def _dict_flatten_with_keys(d: dict[Any, Any]) -> tuple[list[tuple[MappingKey, Any]], list[Any]]:
    """The values of a dictionary with their places, and its keys; libraries register their own mappings by it."""
    return [(MappingKey(key), value) for key, value in d.items()], list(d)


def _flatteners(cls: Any) -> tuple[Any, Any, Any]:
    """How containers of a class come apart, go together, and come apart with places."""
    node = SUPPORTED_NODES[cls]

    def with_keys(d: Any) -> tuple[list[tuple[Any, Any]], Any]:
        children, context = node.flatten_fn(d)
        kind: Any = GetAttrKey if cls is namedtuple else MappingKey if issubclass(cls, dict) else SequenceKey
        places = d if kind is MappingKey else d._fields if kind is GetAttrKey else range(len(children))
        return [(kind(place), child) for place, child in zip(places, children)], context

    return node.flatten_fn, node.unflatten_fn, with_keys


_list_flatten, _list_unflatten, _list_flatten_with_keys = _flatteners(list)
_tuple_flatten, _tuple_unflatten, _tuple_flatten_with_keys = _flatteners(tuple)
_deque_flatten, _deque_unflatten, _deque_flatten_with_keys = _flatteners(deque)
_ordereddict_flatten, _ordereddict_unflatten, _ordereddict_flatten_with_keys = _flatteners(OrderedDict)
_defaultdict_flatten, _defaultdict_unflatten, _defaultdict_flatten_with_keys = _flatteners(defaultdict)
_namedtuple_flatten, _namedtuple_unflatten, _namedtuple_flatten_with_keys = _flatteners(namedtuple)
