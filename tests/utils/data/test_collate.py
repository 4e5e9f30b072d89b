"""Making batches of samples."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, namedtuple
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.utils.data import default_collate, default_convert
from pullback.utils.data._utils.collate import collate, default_collate_fn_map

Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        ([1, 2], "tensor([1, 2])"),
        ([1.0, 2.0], "tensor([1., 2.], dtype=torch.float64)"),
        ([True, False], "tensor([ True, False])"),
        (["a", "b"], "['a', 'b']"),
        ([b"a"], "[b'a']"),
        ([np.ones(2), np.zeros(2)], "tensor([[1., 1.],\n        [0., 0.]], dtype=torch.float64)"),
        ([np.float32(1), np.float32(2)], "tensor([1., 2.])"),
        ([np.array(3), np.array(4)], "tensor([3, 4])"),
        ([(1, 2.0), (3, 4.0)], "[tensor([1, 3]), tensor([2., 4.], dtype=torch.float64)]"),
        ([[1, 2], [3, 4]], "[tensor([1, 3]), tensor([2, 4])]"),
        ([range(2), range(2)], "[tensor([0, 0]), tensor([1, 1])]"),
        ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "{'a': tensor([1, 2]), 'b': ['x', 'y']}"),
        ([OrderedDict(a=1), OrderedDict(a=2)], "OrderedDict({'a': tensor([1, 2])})"),
        ([Pair(1, 2), Pair(3, 4)], "Pair(a=tensor([1, 3]), b=tensor([2, 4]))"),
        ([defaultdict(int, a=1)], "defaultdict(<class 'int'>, {'a': tensor([1])})"),
    ],
)
def test_samples_become_one_batch(batch: Any, expected: str) -> None:
    found = repr(default_collate(batch))
    assert found.replace("OrderedDict([('a', tensor([1, 2]))])", "OrderedDict({'a': tensor([1, 2])})") == expected


def test_tensors_are_stacked() -> None:
    batch = default_collate([torch.ones(2), torch.zeros(2)])
    assert batch.tolist() == [[1.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("batch", "kind", "message"),
    [
        ([None], TypeError, "default_collate: batch must contain tensors, .*; found <class 'NoneType'>"),
        ([np.array(["a"])], TypeError, "found <U1"),
        ([[1], [1, 2]], RuntimeError, "each element in list of batch should be of equal size"),
        ([torch.zeros(2), torch.zeros(3)], RuntimeError, "stack expects each tensor to be equal size"),
        ([], IndexError, "list index out of range"),
    ],
)
def test_misuse_raises_the_errors_of_pytorch(batch: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        default_collate(batch)


def test_convert_makes_tensors_of_arrays_only() -> None:
    found = default_convert([1, np.ones(2), {"a": np.float64(3)}, "s", Pair(np.ones(1), 2)])
    assert found[0] == 1 and found[1].dtype == torch.float64 and found[2]["a"].item() == 3.0
    assert found[3] == "s" and found[4].a.tolist() == [1.0] and found[4].b == 2
    assert isinstance(default_convert(np.array(["a"])), np.ndarray)


def test_own_types_can_be_collated() -> None:
    class Point:
        def __init__(self, x: float) -> None:
            self.x = x

    def join(batch: Any, *, collate_fn_map: Any) -> Any:
        return torch.tensor([point.x for point in batch])

    batch = [(Point(1.0), 1), (Point(2.0), 2)]
    found = collate(batch, collate_fn_map={Point: join, **default_collate_fn_map})
    assert found[0].tolist() == [1.0, 2.0] and found[1].tolist() == [1, 2]


def test_pin_memory_goes_into_containers() -> None:
    from pullback.utils.data._utils.pin_memory import pin_memory

    class Page:
        def pin_memory(self) -> str:
            return "pinned"

    class Odd(dict[str, Any]):
        def __init__(self, a: int, b: int) -> None: ...

    page = Page()
    assert pin_memory(Pair(page, "s")) == Pair("pinned", "s")
    assert pin_memory((page, [page, 2], None)) == ("pinned", ["pinned", 2], None)
    found = pin_memory(OrderedDict(a=page), "cuda")
    assert found == {"a": "pinned"} and type(found) is OrderedDict
    assert pin_memory(range(2)) == [0, 1] and pin_memory(b"xy") == b"xy"
    assert type(pin_memory(Odd(1, 2))) is Odd
