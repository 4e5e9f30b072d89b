"""Trees of containers: apart and together again."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from typing import Any

import pytest

import pullback as torch
from pullback.utils import _pytree as pytree

Pair = namedtuple("Pair", "a b")


def tree() -> dict[str, Any]:
    return {
        "b": [1, (2, 3)],
        "a": Pair(4, None),
        "c": OrderedDict(x=5),
        "d": defaultdict(list, {"q": 6}),
        "e": deque([7], maxlen=3),
    }


def test_round_trip() -> None:
    leaves, spec = pytree.tree_flatten(tree())
    assert leaves == [1, 2, 3, 4, None, 5, 6, 7] and spec.num_leaves == 8
    found = pytree.tree_unflatten(leaves, spec)
    assert found == tree() and type(found["a"]) is Pair and found["e"].maxlen == 3
    assert found["d"].default_factory is list


def test_shapes_compare_and_print() -> None:
    spec = pytree.tree_structure({"a": [1, 2]})
    assert spec == pytree.tree_structure({"a": [3, 4]}) != pytree.tree_structure({"a": (1, 2)})
    assert repr(spec) == "TreeSpec(dict, ['a'], [TreeSpec(list, None, [*,\n    *])])"
    assert pytree.treespec_pprint(spec) == "{'a': [*, *]}"
    assert pytree.treespec_loads(pytree.treespec_dumps(spec)) == spec


def test_maps() -> None:
    assert pytree.tree_map(lambda a, b: a + b, {"a": [1, 2]}, {"a": [10, 20]}) == {"a": [11, 22]}
    assert pytree.tree_map_only((int, float), lambda x: -x, [1, 2.0, "x"]) == [-1, -2.0, "x"]
    assert pytree.tree_all(lambda x: x > 0, [1, (2,)]) and not pytree.tree_any(lambda x: x > 2, [1, (2,)])
    assert pytree.tree_leaves([1, (2, 3)], is_leaf=lambda x: isinstance(x, tuple)) == [1, (2, 3)]


def test_errors() -> None:
    spec = pytree.tree_structure([1, 2])
    with pytest.raises(ValueError, match="`leaves` has length 1 but the spec refers to a pytree that holds 2 items"):
        pytree.tree_unflatten([1], spec)
    with pytest.raises(TypeError, match="to be an instance of PyTreeSpec"):
        pytree.tree_unflatten([1], 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Node arity mismatch; expected 2, but got 1"):
        pytree.tree_map(lambda a, b: a, [1, 2], [1])


def test_paths() -> None:
    pairs, _ = pytree.tree_flatten_with_path({"a": [1, 2], "b": Pair(3, 4)})
    assert [pytree.keystr(path) for path, _ in pairs] == ["['a'][0]", "['a'][1]", "['b'].a", "['b'].b"]
    assert pytree.key_get({"a": [1, 2]}, pairs[1][0]) == 2


def test_own_containers() -> None:
    class Box:
        def __init__(self, inside: Any) -> None:
            self.inside = inside

    pytree.register_pytree_node(Box, lambda box: ([box.inside], None), lambda children, _: Box(*children))
    try:
        assert pytree.tree_map(lambda x: x + 1, [Box(1), 2])[0].inside == 2
        with pytest.raises(ValueError, match="is already registered as pytree node"):
            pytree.register_pytree_node(Box, lambda box: ([], None), lambda children, _: Box(None))
    finally:
        pytree._deregister_pytree_node(Box)


def test_results_of_several_values() -> None:
    found = torch.max(torch.ones(2, 2), 0)
    moved = pytree.tree_map(lambda x: x + 1, found)
    assert type(moved) is type(found) and moved.values.tolist() == [2.0, 2.0]


def test_broadcast() -> None:
    spec = pytree.tree_structure([1, (2, 3)])
    assert pytree._broadcast_to_and_flatten([1, 2], spec) == [1, 2, 2]
    assert pytree._broadcast_to_and_flatten([1], spec) is None
