"""Sparse tensors from indices and values."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.sparse import COO, Compressed, empty
from pullback.device import check_device, layout as layout_type
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.ops.creation.data import tensor as new_tensor
from pullback.ops.creation.options import numpy_dtype
from pullback.sparse.invariants import check_compressed, check_indices, check_places, check_sparse_tensor_invariants
from pullback.sparse.places import compressed_with_values, with_values


def _indices(given: Any) -> Any:
    if not isinstance(given, TensorBase):
        given = new_tensor(given)
    array = solid(given)
    return array.astype(np.int64, copy=False)


def _values(given: Any, dtype: Any) -> Any:
    """Values as a tensor with at least one axis; in the graph if they are."""
    if not isinstance(given, TensorBase):
        given = new_tensor(given, dtype=dtype)
    elif dtype is not None:
        given = given.to(dtype)  # type: ignore[attr-defined]
    return given


def _finished(made: Any, requires_grad: bool) -> Any:
    """A leaf that may require grad, unless the values are in the graph already."""
    return made.requires_grad_() if requires_grad and not made.requires_grad else made


def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> Any:
    """A sparse tensor by coordinates: ``values[n]`` (a number or a dense slice) stands at ``indices[:, n]``.

    Values at one place add up. `size` is by default as large as the indices need; ``sparse_coo_tensor(size)`` is empty.
    Raises ``RuntimeError`` where numbers of indices and axes do not fit.

    >>> import pullback as torch
    >>> torch.sparse_coo_tensor([[0, 1], [2, 0]], [3., 4.], (2, 3)).to_dense()
    tensor([[0., 0., 3.],
            [4., 0., 0.]])
    """
    check_device(device)
    if values is None:
        shape = tuple(indices if size is None else size)
        return wrap(empty(shape, numpy_dtype(dtype))).requires_grad_(requires_grad)
    places, content = _indices(indices), _values(values, dtype)
    if not content._array.ndim:
        content = content.reshape(1)
    if places.ndim != 2:
        places = places.reshape(-1, 1)
    dense = solid(content).shape[1:]
    if size is None:
        shape = (*(places.max(1) + 1).tolist(), *dense) if places.shape[1] else (*(0,) * len(places), *dense)
    else:
        shape = tuple(int(n) for n in size)
    if shape and min(shape) < 0:
        raise RuntimeError("numel: integer multiplication overflow")
    if len(shape) != len(places) + len(dense):
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(shape)}, sparse_dim = "
            f"{len(places)}, dense_dim = {len(dense)}"
        )
    if len(solid(content)) != places.shape[1]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from values: "
            f"{len(solid(content))}"
        )
    if shape[len(places) :] != dense:
        raise RuntimeError(f"values has incorrect size, expected {list(shape[len(places) :])}, got {list(dense)}")
    if check_invariants or (check_invariants is None and check_sparse_tensor_invariants.is_enabled()):
        check_places(places, shape)
    pattern = COO(places, solid(content), shape, bool(is_coalesced))
    return _finished(with_values(wrap(pattern), content), requires_grad)


def _compressed(
    heads: Any,
    others: Any,
    values: Any,
    size: Any,
    layout: str,
    dtype: Any,
    device: Any,
    requires_grad: bool,
    check: Any,
) -> Any:
    check_device(device)
    checked = check or (check is None and check_sparse_tensor_invariants.is_enabled())
    if checked:
        check_indices(heads, others, layout)
    heads, others, content = _indices(heads), _indices(others), _values(values, dtype)
    dense = solid(content).shape[others.ndim :]
    if size is None:
        pair = heads.shape[-1] - 1, int(others.max()) + 1 if others.size else 0
        size = (*others.shape[:-1], *(pair if layout == "sparse_csr" else pair[::-1]), *dense)
    shape = tuple(int(n) for n in size)
    if heads.ndim != others.ndim or len(shape) != others.ndim + 1 + len(dense):
        raise RuntimeError(
            f"number of dimensions of indices ({heads.ndim} and {others.ndim}), values ({solid(content).ndim}) and size "
            f"({len(shape)}) do not fit"
        )
    if checked:
        nnz = solid(content).shape[others.ndim - 1]
        for each in np.ndindex(*heads.shape[:-1]):
            check_compressed(heads[each], others[each], nnz, shape[heads.ndim - 1 :], layout, heads.ndim - 1)
    pattern = Compressed(heads, others, solid(content), shape, layout)
    return _finished(compressed_with_values(wrap(pattern), content), requires_grad)


def sparse_csr_tensor(
    crow_indices: Any,
    col_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Any:
    """A sparse matrix row by row: row ``i`` has ``values[crow_indices[i]:crow_indices[i + 1]]`` in `col_indices`.

    >>> import pullback as torch
    >>> torch.sparse_csr_tensor([0, 1, 2], [1, 0], [5., 6.]).to_dense()
    tensor([[0., 5.],
            [6., 0.]])
    """
    kept = crow_indices, col_indices, values, size
    return _compressed(*kept, "sparse_csr", dtype, device, requires_grad, check_invariants)


def sparse_csc_tensor(
    ccol_indices: Any,
    row_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Any:
    """A sparse matrix column by column, see `sparse_csr_tensor`."""
    kept = ccol_indices, row_indices, values, size
    return _compressed(*kept, "sparse_csc", dtype, device, requires_grad, check_invariants)


def sparse_compressed_tensor(
    compressed_indices: Any,
    plain_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    layout: layout_type | None = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Any:
    """A sparse matrix in `layout`, ``torch.sparse_csr`` or ``torch.sparse_csc``."""
    if layout is None:
        raise RuntimeError("expected sparse compressed tensor layout but got none: pass layout=torch.sparse_csr")
    if layout.name not in ("sparse_csr", "sparse_csc"):
        raise NotImplementedError(
            f"tensors of layout {layout} are not there; torch.sparse_csr and torch.sparse_csc are"
        )
    kept = compressed_indices, plain_indices, values, size
    return _compressed(*kept, layout.name, dtype, device, requires_grad, check_invariants)


def former(kind: dtypes.dtype, *args: Any) -> Any:
    """What the former constructors and ``sparse.new(…)`` make of indices and values, of lengths, or of nothing.

    >>> import pullback as torch
    >>> torch.eye(2).to_sparse().new(torch.tensor([[1], [0]]), torch.tensor([3.0]), torch.Size([2, 2])).to_dense()
    tensor([[0., 0.],
            [3., 0.]])
    """
    if args and isinstance(args[0], TensorBase) and len(args) > 1:
        return sparse_coo_tensor(*args, dtype=kind)
    size = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
    if not all(isinstance(each, int) for each in size):
        got = ", ".join(type(each).__name__ for each in args)
        raise TypeError(
            f"new() received an invalid combination of arguments - got ({got}), but expected one of:\n{_FORMS}"
        )
    return sparse_coo_tensor(size or (0,), dtype=kind)


_FORMS = """ * (*, torch.device device = None)
 * (Tensor indices, Tensor values, *, torch.device device = None)
 * (Tensor indices, Tensor values, tuple of ints size, *, torch.device device = None)
 * (tuple of ints size, *, torch.device device = None)
"""


class LegacySparse(type):
    """The former constructors, ``torch.sparse.FloatTensor(indices, values, size)``, and ``isinstance`` with them."""

    kind: dtypes.dtype

    def __call__(cls, *args: Any, device: Any = None) -> Any:
        return former(cls.kind, *args)

    def __instancecheck__(cls, instance: Any) -> bool:
        return getattr(instance, "is_sparse", False) and instance.dtype is cls.kind


def _legacy(name: str, kind: dtypes.dtype) -> Any:
    return LegacySparse(name, (), {"kind": kind, "__module__": "torch.sparse", "dtype": kind, "is_sparse": True})


FloatTensor, DoubleTensor = _legacy("FloatTensor", dtypes.float32), _legacy("DoubleTensor", dtypes.float64)
HalfTensor, BFloat16Tensor = _legacy("HalfTensor", dtypes.float16), _legacy("BFloat16Tensor", dtypes.bfloat16)
LongTensor, IntTensor = _legacy("LongTensor", dtypes.int64), _legacy("IntTensor", dtypes.int32)
ShortTensor, CharTensor = _legacy("ShortTensor", dtypes.int16), _legacy("CharTensor", dtypes.int8)
ByteTensor = _legacy("ByteTensor", dtypes.uint8)
