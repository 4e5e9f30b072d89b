"""Named tuples that functions with several results return, as `torch.return_types`."""

from __future__ import annotations

from operator import itemgetter
from typing import Any


class _ReturnType(tuple[Any, ...]):
    """A tuple whose items have names, printed as PyTorch prints its own."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __new__(cls, *items: Any) -> Any:
        if len(items) == 1 and len(cls._fields) > 1:
            items = tuple(items[0])
            if len(items) != len(cls._fields):
                kind = f"torch.return_types.{cls.__name__}"
                raise TypeError(f"{kind}() takes a {len(cls._fields)}-sequence ({len(items)}-sequence given)")
        return super().__new__(cls, items)

    def __repr__(self) -> str:
        body = ",\n".join(f"{name}={item!r}" for name, item in zip(self._fields, self))
        return f"torch.return_types.{type(self).__name__}(\n{body})"

    def __reduce__(self) -> Any:
        return _rebuild, (type(self).__name__, tuple(self))


TYPES: dict[str, Any] = {}


def return_type(name: str, *fields: str) -> Any:
    """The class of results called `name` with the given field names.

    >>> pair = return_type("pair_for_docs", "values", "indices")(1, 2)
    >>> pair.values, pair[1], len(pair)
    (1, 2, 2)
    """
    if name not in TYPES:
        members: dict[str, Any] = {field: property(itemgetter(at)) for at, field in enumerate(fields)}
        TYPES[name] = type(name, (_ReturnType,), {"_fields": fields, "__slots__": (), **_counts(fields), **members})
    return TYPES[name]


def _counts(fields: tuple[str, ...]) -> dict[str, int]:
    return {"n_fields": len(fields), "n_sequence_fields": len(fields), "n_unnamed_fields": 0}


def _rebuild(name: str, items: tuple[Any, ...]) -> Any:
    return TYPES[name](*items)


def __getattr__(name: str) -> Any:
    if name in TYPES:
        return TYPES[name]
    raise AttributeError(f"module 'pullback.return_types' has no attribute {name!r}")
