"""Shapes of trees as JSON that PyTorch reads too, and as a line of text."""

from __future__ import annotations

import json
from typing import Any

from pullback.utils._pytree.nodes import SUPPORTED_NODES
from pullback.utils._pytree.spec import LeafSpec, TreeSpec, tree_unflatten

_PROTOCOL = 1


def treespec_dumps(treespec: TreeSpec, protocol: int | None = None) -> str:
    """A shape as JSON. Raises ``NotImplementedError`` for a container registered without ``serialized_type_name``."""
    if not isinstance(treespec, TreeSpec):
        raise TypeError(f"Expected `treespec` to be an instance of PyTreeSpec but got item of type {type(treespec)}.")
    if protocol not in (None, _PROTOCOL):
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [{_PROTOCOL}]")
    return json.dumps([_PROTOCOL, _schema(treespec)])


def _schema(spec: TreeSpec) -> dict[str, Any]:
    if spec.is_leaf():
        return {"type": None, "context": None, "children_spec": []}
    node = SUPPORTED_NODES[spec.type]
    if node.name is None:
        raise NotImplementedError(
            f"No registered serialization name for {spec.type} found. Please update your _register_pytree_node call with "
            "a `serialized_type_name` kwarg."
        )
    if node.to_dumpable_context is not None:
        context = node.to_dumpable_context(spec.context)
    else:
        context = json.dumps(spec.context, default=_unknown)
    return {"type": node.name, "context": context, "children_spec": [_schema(child) for child in spec.children_specs]}


def _unknown(value: Any) -> Any:
    raise TypeError(
        f"Unable to serialize context of type {type(value)}: pass to_dumpable_context to register_pytree_node"
    )


def treespec_loads(serialized: str) -> TreeSpec:
    """The shape that `treespec_dumps` wrote."""
    protocol, schema = json.loads(serialized)
    if protocol != _PROTOCOL:
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [{_PROTOCOL}]")
    return _from_schema(schema)


def _from_schema(schema: dict[str, Any]) -> TreeSpec:
    if schema["type"] is None:
        return LeafSpec()
    node = next((each for each in SUPPORTED_NODES.values() if each.name == schema["type"]), None)
    if node is None:
        raise NotImplementedError(f"Deserializing {schema['type']} in pytree is not registered.")
    children = [_from_schema(each) for each in schema["children_spec"]]
    if node.from_dumpable_context is not None:
        return TreeSpec(node.type, node.from_dumpable_context(schema["context"]), children)
    context = json.loads(schema["context"])
    return TreeSpec(node.type, context, children)


class _Star:
    def __repr__(self) -> str:
        return "*"


def treespec_pprint(treespec: TreeSpec) -> str:
    """The tree with stars for leaves.

    >>> from pullback.utils._pytree import tree_structure
    >>> treespec_pprint(tree_structure({"a": [1, 2]}))
    "{'a': [*, *]}"
    """
    return repr(tree_unflatten([_Star()] * treespec.num_leaves, treespec))
