"""Nested arguments taken apart as a spec says, whatever else they hold."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from pullback.fx.immutable_collections import immutable_dict, immutable_list
from pullback.utils._pytree import TreeSpec, register_pytree_node

FlattenFuncSpec = Callable[[Any, TreeSpec], list[Any]]
FlattenFuncExactMatchSpec = Callable[[Any, TreeSpec], bool]


def _of_dict(value: Any, spec: TreeSpec) -> list[Any]:
    return [value[key] for key in spec.context]


def _of_sequence(value: Any, spec: TreeSpec) -> list[Any]:
    return [value[i] for i in range(spec.num_children)]


def _same_length(value: Any, spec: TreeSpec) -> bool:
    return len(value) == spec.num_children


SUPPORTED_NODES: dict[type, FlattenFuncSpec] = {}
SUPPORTED_NODES_EXACT_MATCH: dict[type, FlattenFuncExactMatchSpec | None] = {}


def register_pytree_flatten_spec(
    cls: type, flatten_fn_spec: FlattenFuncSpec, flatten_fn_exact_match_spec: FlattenFuncExactMatchSpec | None = None
) -> None:
    """Let values of `cls` be taken apart by a spec."""
    SUPPORTED_NODES[cls] = flatten_fn_spec
    SUPPORTED_NODES_EXACT_MATCH[cls] = flatten_fn_exact_match_spec


def tree_flatten_spec(pytree: Any, spec: TreeSpec, exact_structural_match: bool = False) -> list[Any]:
    """The leaves of `pytree` at the places that `spec` names.

    Raises:
        RuntimeError: for a kind of container that nobody registered.
    """
    if spec.is_leaf():
        return [pytree]
    kind: Any = spec.type
    if kind not in SUPPORTED_NODES:
        raise RuntimeError(
            f"{type(pytree)} does not have a flatten_fn_spec associated with it. Please register one with "
            "torch.fx._pytree.register_pytree_flatten_spec.  If you have serialized your model, make sure that any custom "
            "pytrees have been registered before loading it."
        )
    match = SUPPORTED_NODES_EXACT_MATCH.get(kind)
    if exact_structural_match and match is not None and not match(pytree, spec):
        raise RuntimeError(f"Cannot flatten pytree {pytree}, given spec: {spec}")
    parts = SUPPORTED_NODES[kind](pytree, spec)
    return [
        leaf for part, inner in zip(parts, spec.children_specs)
        for leaf in tree_flatten_spec(part, inner, exact_structural_match)
    ]  # fmt: skip


for _kind, _function, _match in (
    (dict, _of_dict, _same_length), (immutable_dict, _of_dict, _same_length), (list, _of_sequence, _same_length),
    (immutable_list, _of_sequence, _same_length), (tuple, _of_sequence, _same_length),
    (namedtuple, _of_sequence, _same_length),
):  # fmt: skip
    register_pytree_flatten_spec(_kind, _function, _match)  # type: ignore[arg-type]
register_pytree_node(
    immutable_list,
    lambda x: ([*x], None),
    lambda x, _: immutable_list(x),
    serialized_type_name="torch.fx.immutable_collections.immutable_list",
)
register_pytree_node(
    immutable_dict,
    lambda x: ([*x.values()], [*x]),
    lambda x, keys: immutable_dict(zip(keys, x)),
    serialized_type_name="torch.fx.immutable_collections.immutable_dict",
)
