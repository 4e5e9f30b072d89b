"""Trees of containers: apart and together again."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
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


def test_paths_are_no_tuples() -> None:
    assert repr(pytree.SequenceKey(1)) == "SequenceKey(idx=1)" and pytree.SequenceKey(1) != (1,)
    found, _ = pytree.tree_flatten_with_path(torch.max(torch.ones(2, 2), 0))
    assert [pytree.keystr(path) for path, _ in found] == ["[0]", "[1]"]


def test_dataclasses_have_paths_and_may_be_registered_anew() -> None:
    @dataclass
    class Point:
        x: int
        y: int | None = None

    pytree.register_dataclass(Point)
    try:
        pairs, spec = pytree.tree_flatten_with_path(Point(1, 2))
        assert [pytree.keystr(path) for path, _ in pairs] == [".x", ".y"] and spec.unflatten([3, 4]) == Point(3, 4)
        with pytest.warns(UserWarning, match="Overwriting the previous registration"):
            pytree.register_dataclass(Point, drop_field_names=["y"])
        assert pytree.tree_leaves(Point(1, 2)) == [1]
    finally:
        pytree._deregister_pytree_node(Point)


def test_constants_are_part_of_the_shape() -> None:
    @dataclass(frozen=True)
    class Mode:
        name: str

    pytree.register_constant(Mode)
    try:
        leaves, spec = pytree.tree_flatten([Mode("a"), 1])
        assert leaves == [1] and spec.unflatten([2]) == [Mode("a"), 2]
        assert spec != pytree.tree_structure([Mode("b"), 1])
        assert pytree.is_constant_class(Mode) and pytree._retrieve_constant(spec.child(0)) == Mode("a")
        with pytest.raises(AssertionError, match="registered constant"):
            pytree._retrieve_constant(spec)
    finally:
        pytree._deregister_pytree_node(Mode)
    with pytest.raises(TypeError, match="non-default `__eq__`"):
        pytree.register_constant(type("Plain", (), {}))


def test_json_of_named_tuples_and_defaults() -> None:
    text = pytree.treespec_dumps(pytree.tree_structure(defaultdict(int, a=1)))
    assert (
        '"context": {"default_factory_module": "builtins", "default_factory_name": "int", "dict_context": ["a"]}'
        in text
    )
    assert pytree.treespec_loads(text) == pytree.tree_structure(defaultdict(int, a=2))
    own = namedtuple("own", "a")
    spec = pytree.tree_structure(own(1))
    with pytest.raises(NotImplementedError, match="Please register using `_register_namedtuple`"):
        pytree.treespec_dumps(spec)
    pytree._register_namedtuple(own, serialized_type_name="test.own")
    assert pytree.treespec_loads(pytree.treespec_dumps(spec)) == spec


def test_mismatches() -> None:
    with pytest.raises(ValueError, match=r"missing key\(s\): {'a'}; extra key\(s\): {'b'}"):
        pytree.tree_map(lambda a, b: a, {"a": 1}, {"b": 1})
    assert pytree.tree_map(lambda a, b: a + b, deque([1], maxlen=2), deque([2], maxlen=3)) == deque([3])
    assert pytree.tree_map_only(int | float, lambda x: x + 1, [1, "a", 2.0]) == [2, "a", 3.0]


def test_how_libraries_flatten_named_tuples_and_default_dicts() -> None:
    pair = namedtuple("pair", "a b")
    assert pytree._namedtuple_flatten(pair(1, 2)) == ([1, 2], pair)
    assert str(pytree._namedtuple_flatten_with_keys(pair(1, 2))[0][1][0]) == ".b"
    assert pytree._namedtuple_unflatten([1, 2], pair) == pair(1, 2)
    counts = defaultdict(int, a=1)
    assert pytree._defaultdict_flatten(counts) == ([1], [int, ["a"]])
    assert str(pytree._defaultdict_flatten_with_keys(counts)[0][0][0]) == "['a']"
