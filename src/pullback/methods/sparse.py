"""What only sparse tensors answer, loaded with the first of them; a dense tensor is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.device import LAYOUTS, layout as layout_type, strided
from pullback.later import later
from pullback.ops.creation import casts

if TYPE_CHECKING:
    from pullback.sparse import conversion, parts, products
else:
    conversion, parts, products = later("pullback.sparse", "conversion parts products")


ndarray = np.ndarray


def layout_name(tensor: Any) -> str | None:
    """The layout of a sparse tensor; `None` for a dense one."""
    array = tensor._array
    return None if array.__class__ is ndarray else getattr(array, "layout", None)


class SparseMethods:
    """Conversions between the layouts, and the parts of a sparse tensor."""

    __slots__ = ()

    is_sparse = property(lambda self: layout_name(self) == "sparse_coo")
    is_sparse_csr = property(lambda self: layout_name(self) == "sparse_csr")

    @property
    def layout(self: Any) -> layout_type:
        """How the elements are laid out: ``torch.strided`` for dense tensors."""
        name = layout_name(self)
        return strided if name is None else LAYOUTS[name]

    def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
        """A sparse tensor with all its elements, see `pullback.sparse.conversion`; a dense one itself, in `dtype`."""
        if layout_name(self) is None:
            return casts.to_dense(self, dtype)
        return conversion.to_dense(self, dtype, masked_grad=masked_grad)

    to_sparse, to_sparse_coo = conversion.to_sparse, conversion.to_sparse_coo
    to_sparse_csr, to_sparse_csc = conversion.to_sparse_csr, conversion.to_sparse_csc
    sparse_mask = conversion.sparse_mask
    indices, values, _indices, _values, _nnz = parts.indices, parts.values, parts._indices, parts._values, parts._nnz
    coalesce, is_coalesced, _coalesced_ = parts.coalesce, parts.is_coalesced, parts._coalesced_
    sparse_dim, dense_dim = parts.sparse_dim, parts.dense_dim
    crow_indices, col_indices = parts.crow_indices, parts.col_indices
    ccol_indices, row_indices = parts.ccol_indices, parts.row_indices
    sparse_resize_, sparse_resize_and_clear_ = parts.sparse_resize_, parts.sparse_resize_and_clear_
    smm, sspaddmm = products.smm, products.sspaddmm
