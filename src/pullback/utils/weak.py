"""torch.utils.weak: dictionaries that do not keep their keys alive, and tell them apart by identity."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator, MutableMapping
from typing import Any

from pullback.graph.tensor_base import TensorBase


class WeakIdRef(weakref.ref[Any]):
    """A weak reference that equals another one of the same object."""

    __slots__ = ("_id",)

    def __init__(self, key: Any, callback: Any = None) -> None:
        super().__init__(key, callback)  # type: ignore[call-arg]
        self._id = id(key)

    def __hash__(self) -> int:
        return self._id

    def __eq__(self, other: Any) -> bool:
        one, another = self(), other()
        return one is another if one is not None and another is not None else self is other


class WeakIdKeyDictionary(MutableMapping[Any, Any]):
    """A dictionary whose entries go with their keys.

    >>> import pullback as torch
    >>> key = torch.ones(2)
    >>> table = WeakIdKeyDictionary({key: 1})
    >>> del key
    >>> len(table)
    0
    """

    def __init__(self, dict: Any = None, ref_type: type[WeakIdRef] = WeakIdRef) -> None:
        self.data: Any = {}
        self.ref_type = ref_type
        self.update(dict or {})

    def __getitem__(self, key: Any) -> Any:
        return self.data[self.ref_type(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        # The callback holds the table, not this object.
        self.data[self.ref_type(key, lambda gone, data=self.data: data.pop(gone, None))] = value  # type: ignore[misc]

    def __delitem__(self, key: Any) -> None:
        del self.data[self.ref_type(key)]

    def __contains__(self, key: Any) -> bool:
        return self.ref_type(key) in self.data

    def __iter__(self) -> Iterator[Any]:
        return (key for ref in list(self.data) if (key := ref()) is not None)

    def __len__(self) -> int:
        return len(self.data)

    def __copy__(self) -> WeakIdKeyDictionary:
        return type(self)(dict(self), self.ref_type)

    def __deepcopy__(self, memo: Any) -> WeakIdKeyDictionary:
        return type(self)({key: copy.deepcopy(value, memo) for key, value in self.items()}, self.ref_type)


WeakTensorKeyDictionary = WeakIdKeyDictionary


class TensorWeakRef:
    """A weak reference to a tensor."""

    def __init__(self, tensor: Any) -> None:
        if not isinstance(tensor, TensorBase):
            raise AssertionError(f"expected torch.Tensor, got {type(tensor)}.")
        self.ref = weakref.ref(tensor)

    def __call__(self) -> Any:
        return self.ref()
