"""Trees of Python containers: take the leaves out, put others in, map over them.

A leaf is whatever is no registered container, `None` included. ::

    {"a": [1, 2], "b": (3,)}   ──tree_flatten──►   [1, 2, 3]  and the shape  {"a": [*, *], "b": (*,)}

- `nodes`: which containers there are, and how each comes apart (`register_pytree_node` adds one)
- `spec`: the shape of a tree, `tree_flatten` and `tree_unflatten`
- `maps`: what is done to every leaf
- `paths`: how to get from the root to a leaf
- `text`: shapes as JSON and as a line of text

Names are those of ``torch.utils._pytree``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.utils._pytree.keys import GetAttrKey, MappingKey, SequenceKey
from pullback.utils._pytree.maps import (
    arg_tree_leaves,
    map_only,
    tree_all,
    tree_all_only,
    tree_any,
    tree_any_only,
    tree_map,
    tree_map_,
    tree_map_only,
    tree_map_only_,
)
from pullback.utils._pytree.nodes import (
    BUILTIN_TYPES,
    STANDARD_DICT_TYPES as STANDARD_DICT_TYPES,
    SUPPORTED_NODES,
    ConstantNode as ConstantNode,
    Context,
    NodeDef,
    PyTree,
    _deregister_pytree_node,
    _get_node_type,
    _register_namedtuple as _register_namedtuple,
    is_constant_class as is_constant_class,
    is_namedtuple,
    is_namedtuple_class,
    is_namedtuple_instance,
    is_structseq,
    is_structseq_class,
    is_structseq_instance,
    register_constant,
    register_dataclass,
    register_pytree_node,
)
from pullback.utils._pytree.paths import (
    KeyEntry,
    KeyPath,
    _defaultdict_flatten as _defaultdict_flatten,
    _defaultdict_flatten_with_keys as _defaultdict_flatten_with_keys,
    _defaultdict_unflatten as _defaultdict_unflatten,
    _deque_flatten as _deque_flatten,
    _deque_flatten_with_keys as _deque_flatten_with_keys,
    _deque_unflatten as _deque_unflatten,
    _dict_flatten,
    _dict_flatten_with_keys,
    _dict_unflatten,
    _list_flatten as _list_flatten,
    _list_flatten_with_keys as _list_flatten_with_keys,
    _list_unflatten as _list_unflatten,
    _namedtuple_flatten as _namedtuple_flatten,
    _namedtuple_flatten_with_keys as _namedtuple_flatten_with_keys,
    _namedtuple_unflatten as _namedtuple_unflatten,
    _ordereddict_flatten as _ordereddict_flatten,
    _ordereddict_flatten_with_keys as _ordereddict_flatten_with_keys,
    _ordereddict_unflatten as _ordereddict_unflatten,
    _tuple_flatten as _tuple_flatten,
    _tuple_flatten_with_keys as _tuple_flatten_with_keys,
    _tuple_unflatten as _tuple_unflatten,
    key_get,
    keystr,
    tree_flatten_with_path,
    tree_leaves_with_path,
    tree_map_with_path,
)
from pullback.utils._pytree.spec import (
    LeafSpec,
    PyTreeSpec,
    TreeSpec,
    _broadcast_to_and_flatten,
    _is_constant_holder as _is_constant_holder,
    _retrieve_constant as _retrieve_constant,
    tree_flatten,
    tree_is_leaf,
    tree_iter,
    tree_leaves,
    tree_structure,
    tree_unflatten,
    treespec_dict,
    treespec_leaf,
    treespec_tuple,
)
from pullback.utils._pytree.text import treespec_dumps, treespec_loads, treespec_pprint

_register_pytree_node = _private_register_pytree_node = register_pytree_node
FlattenFn = Callable[[PyTree], tuple[list[Any], Context]]
UnflattenFn = Callable[[Any, Context], PyTree]
DumpableContext = Any
ToDumpableContextFn = Callable[[Context], DumpableContext]
FromDumpableContextFn = Callable[[DumpableContext], Context]
_is_leaf = tree_is_leaf

__all__ = [
    "BUILTIN_TYPES",
    "SUPPORTED_NODES",
    "Context",
    "GetAttrKey",
    "KeyEntry",
    "KeyPath",
    "LeafSpec",
    "MappingKey",
    "NodeDef",
    "PyTree",
    "PyTreeSpec",
    "SequenceKey",
    "TreeSpec",
    "_broadcast_to_and_flatten",
    "_deregister_pytree_node",
    "_dict_flatten",
    "_dict_flatten_with_keys",
    "_dict_unflatten",
    "_get_node_type",
    "_is_leaf",
    "_register_pytree_node",
    "arg_tree_leaves",
    "is_namedtuple",
    "is_namedtuple_class",
    "is_namedtuple_instance",
    "is_structseq",
    "is_structseq_class",
    "is_structseq_instance",
    "key_get",
    "keystr",
    "map_only",
    "register_constant",
    "register_dataclass",
    "register_pytree_node",
    "tree_all",
    "tree_all_only",
    "tree_any",
    "tree_any_only",
    "tree_flatten",
    "tree_flatten_with_path",
    "tree_is_leaf",
    "tree_iter",
    "tree_leaves",
    "tree_leaves_with_path",
    "tree_map",
    "tree_map_",
    "tree_map_only",
    "tree_map_only_",
    "tree_map_with_path",
    "tree_structure",
    "tree_unflatten",
    "treespec_dict",
    "treespec_dumps",
    "treespec_leaf",
    "treespec_loads",
    "treespec_pprint",
    "treespec_tuple",
]
