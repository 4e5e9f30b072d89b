"""Named tuples that functions with several results return, as `torch.return_types`."""

from __future__ import annotations

from operator import itemgetter
from typing import Any


class _ReturnType(tuple[Any, ...]):
    """A tuple whose items have names, printed as PyTorch prints its own."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __new__(cls, *items: Any) -> Any:
        if not items and cls._fields:
            raise TypeError("structseq() missing required argument 'sequence' (pos 1)")
        if len(items) == 1 and len(cls._fields) > 1:
            if not hasattr(items[0], "__iter__"):
                raise TypeError("constructor requires a sequence")
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
        members |= {"_fields": fields, "__match_args__": fields, "__slots__": (), **_counts(fields)}
        TYPES[name] = type(name, (_ReturnType,), members)
    return TYPES[name]


def _counts(fields: tuple[str, ...]) -> dict[str, int]:
    return {"n_fields": len(fields), "n_sequence_fields": len(fields), "n_unnamed_fields": 0}


def _rebuild(name: str, items: tuple[Any, ...]) -> Any:
    return TYPES[name](*items)


# Which functions return which fields, so that a class is there before its function was used.
_FIELDS = {
    "values indices": "cummax cummin kthvalue max median min mode nanmedian sort topk",
    "min max": "aminmax",
    "mantissa exponent": "frexp",
    "a tau": "geqrf",
    "hist bin_edges": "histogram histogramdd",
    "L info": "linalg_cholesky_ex",
    "eigenvalues eigenvectors": "linalg_eig linalg_eigh",
    "inverse info": "linalg_inv_ex",
    "LD pivots": "linalg_ldl_factor",
    "LD pivots info": "linalg_ldl_factor_ex",
    "solution residuals rank singular_values": "linalg_lstsq",
    "P L U": "linalg_lu lu_unpack",
    "LU pivots": "linalg_lu_factor",
    "LU pivots info": "linalg_lu_factor_ex",
    "Q R": "linalg_qr qr",
    "sign logabsdet": "linalg_slogdet slogdet",
    "result info": "linalg_solve_ex",
    "U S Vh": "linalg_svd",
    "U S V": "svd",
    "solution cloned_coefficient": "triangular_solve",
}
_OF = {name: fields.split() for fields, names in _FIELDS.items() for name in names.split()}
_NAMES = sorted(name for each in _OF for name in (each, f"{each}_out") if name != "histogramdd_out")


def __dir__() -> list[str]:
    return [*_NAMES, "all_return_types"]


def __getattr__(name: str) -> Any:
    if name == "all_return_types":
        return [__getattr__(each) for each in _NAMES]
    if name in TYPES or name in _NAMES:
        return TYPES.get(name) or return_type(name, *_OF[name.removesuffix("_out")])
    raise AttributeError(f"module 'pullback.return_types' has no attribute {name!r}")
