"""The text of sparse tensors: their indices and values, each as a tensor of its own."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.printing.layout import format_contents
from pullback.printing.options import current
from pullback.printing.text import _shows_dtype, _with_suffixes

_PARTS = {
    "sparse_coo": (("indices", "indices"),),
    "sparse_csr": (("crow_indices", "heads"), ("col_indices", "others")),
    "sparse_csc": (("ccol_indices", "heads"), ("row_indices", "others")),
}


def format_sparse(array: Any, class_name: str, place: str | None) -> str:
    """The text of a sparse `array`; `place` is what is said of its place in the graph."""
    column = len(class_name) + 1
    parts = [
        _part(name, getattr(array, field), column) for name, field in (*_PARTS[array.layout], ("values", "values"))
    ]
    suffixes = [f"size={array.shape}", f"nnz={array.nnz}"]
    if _shows_dtype(array.values, dtypes.from_numpy(array.dtype)):
        suffixes.append(f"dtype={dtypes.from_numpy(array.dtype)}")
    suffixes.append(f"layout=torch.{array.layout}")
    if place is not None:
        suffixes.append(place)
    text = f"{class_name}(" + (",\n" + " " * column).join(parts)
    return _with_suffixes(text, suffixes, column, apart=array.layout == "sparse_coo") + ")"


def _part(name: str, array: Any, column: int) -> str:
    start = f"{name}=tensor("
    size = "" if array.size else f", size={array.shape}"
    return start + format_contents(array, column + len(start), current) + size + ")"
