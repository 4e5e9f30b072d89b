"""From dense to sparse and back, and between the layouts."""

from __future__ import annotations

from typing import Any

from pullback.arrays.sparse import unsupported
from pullback.device import layout as layout_type
from pullback.graph.tensor_base import TensorBase
from pullback.sparse.places import is_sparse, sparse_mask_, to_csc, to_csr, to_layout, to_rows, written_out


def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
    """A sparse tensor with all its elements. Its gradient keeps to the places of the sparse one, unless `masked_grad`
    is false."""
    if dtype is not None:
        raise RuntimeError("dtype argument is not supported by sparse_to_dense")
    return written_out(self, masked_grad is not False)


def to_sparse(
    self: Any, sparse_dim: Any = None, *, layout: Any = None, blocksize: Any = None, dense_dim: int | None = None
) -> Any:
    """The tensor in a sparse layout, by coordinates by default: what is zero is not kept.

    With `sparse_dim` only so many axes are sparse: slices along the others are kept whole. A tensor that has the layout
    comes back itself. Raises ``RuntimeError`` for a `sparse_dim` that it does not have.

    >>> import pullback as torch
    >>> torch.tensor([[0., 5.], [0., 0.]]).to_sparse()
    tensor(indices=tensor([[0],
                           [1]]),
           values=tensor([5.]),
           size=(2, 2), nnz=1, layout=torch.sparse_coo)
    """
    if isinstance(sparse_dim, layout_type):
        sparse_dim, layout = None, sparse_dim
    kind = "sparse_coo" if layout is None else layout.name
    own = getattr(self._array, "layout", "strided")
    if kind in ("sparse_bsr", "sparse_bsc") or blocksize is not None:
        raise NotImplementedError(
            f"tensors of layout torch.{kind} are not there; torch.sparse_csr and torch.sparse_csc are"
        )
    if sparse_dim is not None and own == "strided":
        if sparse_dim == 0 and self._array.ndim:
            raise RuntimeError("dense_to_sparse: sparse_dim argument must be in >0 when self.dim()>0")
        if not 0 <= sparse_dim <= self._array.ndim:
            raise RuntimeError(
                f"dense_to_sparse: sparse_dim argument must be in [0,{self._array.ndim}] range, but {sparse_dim} is given"
            )
        return to_rows(self, sparse_dim)
    if kind == own:
        return self
    if kind == "strided":
        return to_dense(self)
    if kind != "sparse_coo":
        _check_matrix(self, dense_dim)
    return to_layout(self, kind, dense_dim or 0)


def _check_matrix(tensor: Any, dense_dim: int | None) -> None:
    if tensor._array.ndim - (dense_dim or 0) < 2:
        raise RuntimeError(
            f"a compressed sparse layout needs 2 axes beside dense ones, and the tensor has {tensor._array.ndim}"
        )


def to_sparse_coo(self: Any) -> Any:
    """The tensor by coordinates."""
    return to_sparse(self)


def to_sparse_csr(self: Any, dense_dim: int | None = None) -> Any:
    """The matrix row by row."""
    _check_matrix(self, dense_dim)
    return self if getattr(self._array, "layout", "") == "sparse_csr" else to_csr(self, dense_dim or 0)


def to_sparse_csc(self: Any, dense_dim: int | None = None) -> Any:
    """The matrix column by column."""
    _check_matrix(self, dense_dim)
    return self if getattr(self._array, "layout", "") == "sparse_csc" else to_csc(self, dense_dim or 0)


def sparse_mask(self: Any, mask: Any) -> Any:
    """The elements of the tensor at the places of the sparse tensor `mask`."""
    if not isinstance(mask, TensorBase):
        raise TypeError(f"sparse_mask(): argument 'mask' (position 1) must be Tensor, not {type(mask).__name__}")
    if not is_sparse(mask):
        raise unsupported("sparse_mask", "strided")
    return sparse_mask_(self, mask)
