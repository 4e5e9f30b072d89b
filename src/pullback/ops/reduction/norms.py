"""Norms of vectors and matrices, `torch.norm` in its old form, and what is built on them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

import numpy as np

from pullback.arrays import norms
from pullback.arrays.promotion import meet
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.reduction.extrema import amax, amin
from pullback.ops.reduction.names import axes_of, check_dims, numpy_dtype
from pullback.ops.reduction.sums import sum
from pullback.ops.typing import Dim, V


def _number(ord: Any) -> str:
    """A norm's order in a message: ``inf``, ``-1``, ``0.5``."""
    return str(int(ord)) if abs(ord) != inf and ord == int(ord) else str(ord)


def _check_dtype(array: Any, dtype: Any, name: str) -> None:
    """Raise for integers, and for a `dtype` of another kind or narrower than the input's."""
    if array.dtype.kind in "biu":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {spoken(array.dtype)}")
    if dtype is None:
        return
    kinds = {"c": "complex"}
    if (array.dtype.kind == "c") != (dtype.kind == "c"):
        kind = kinds.get(array.dtype.kind, "real")
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {spoken(dtype)}")
    if meet(array.dtype, dtype) != dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({spoken(array.dtype)}) should be convertible without narrowing "
            f"to the specified dtype ({spoken(dtype)})"
        )


def _check_identity(shape: Sequence[int], ord: float, dims: Any) -> None:
    """Raise where nothing meets in an element and the norm of nothing is not 0."""
    if 0 not in shape or 0 <= ord != inf:
        return
    message = f"linalg.vector_norm cannot compute the {_number(ord)} norm on "
    rest = "because the operation does not have an identity"
    if dims is None or dims == ():
        raise RuntimeError(f"{message}an empty tensor {rest}")
    for axis in dims if isinstance(dims, Sequence) else (dims,):
        if shape[axis] == 0:
            raise RuntimeError(f"{message}the dimension {axis}{rest.replace('the', 'this dimension is empty and the')}")


def _rule(grad: Any, input: Any, result: Any, ord: float, dim: Dim, keepdim: bool) -> Any:
    return norms.vector_norm_vjp(grad, input, result, ord, axes_of(dim, input.ndim), keepdim)


@general(node="LinalgVectorNormBackward0", input=_rule)
def linalg_vector_norm(input: V, ord: float, dim: Dim, keepdim: bool, dtype: Any) -> V:
    """The operator behind every vector norm."""
    _check_dtype(input, dtype, "linalg.vector_norm")
    axes = axes_of(dim, input.ndim, "linalg_vector_norm")
    _check_identity(input.shape, ord, dim if input.ndim else None)
    return norms.vector_norm(input if dtype is None else cast(input, dtype), ord, axes, keepdim)


@numpy_names
def vector_norm(
    x: V, ord: float = 2, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> V:
    """``sum(|x|^ord)^(1/ord)`` of everything or over `dim`, seen as vectors (`torch.linalg.vector_norm`).

    `ord` may be any number, ±inf (largest, smallest magnitude) or 0 (how many are nonzero). Floating and
    complex dtypes; the norm of complex numbers is real. `dtype` is what the elements become first, not
    narrower. The derivative where the norm is 0 is 0.

    >>> import pullback as torch
    >>> torch.linalg.vector_norm(torch.tensor([[3., 4.], [0., 2.]]), dim=1)
    tensor([5., 2.])
    """
    if isinstance(ord, str) or not hasattr(ord, "__float__"):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' must be Number, not {type(ord).__name__}")
    wanted = None if dtype is None else numpy_dtype(dtype)
    return linalg_vector_norm(x, float(ord), dim, keepdim, wanted, out=out)


def _listed(dims: Any) -> str:
    return " ".join(map(str, dims if isinstance(dims, Sequence) else (dims,)))


def _matrix_dims(array: Any, dim: Any) -> tuple[int, int]:
    if array.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if not isinstance(dim, Sequence) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {_listed(dim)}")
    check_dims("linalg_matrix_norm", dim)
    first, second = (wrap_dim(each, array.ndim) for each in dim)
    if first == second:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    return first, second


def _singular(array: Any, dims: tuple[int, int], keepdim: bool, dtype: Any, reduce: Any) -> Any:
    """A reduction of the singular values of the matrices that stand at `dims`."""
    if dtype is not None:
        array = array.to(dtype)
    if array.dtype.itemsize == 2:
        name = spoken(array._array.dtype)
        raise RuntimeError(f"linalg.matrix_norm: Low precision dtypes not supported. Got {name}")
    found = reduce(np.linalg.svdvals(np.moveaxis(array, dims, (-2, -1))))
    if keepdim:
        for axis in sorted(dims):
            found = np.expand_dims(found, axis)
    return found


def _extreme(values: Any, ord: float, dim: int, keepdim: bool = False) -> Any:
    """The largest value along `dim`, of nothing 0; the smallest for a negative `ord`, of nothing an error."""
    if ord < 0:
        return amin(values, dim, keepdim)
    return sum(values, dim, keepdim) if values.shape[dim] == 0 else amax(values, dim, keepdim)


_SINGULAR = {
    "nuc": lambda values: sum(values, -1),
    2: lambda values: _extreme(values, 2, -1),
    -2: lambda values: _extreme(values, -2, -1),
}


@numpy_names
def matrix_norm(
    A: V,
    ord: float | str = "fro",
    dim: tuple[int, int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
) -> V:
    """Norm of the matrices that stand at the two axes `dim` (`torch.linalg.matrix_norm`).

    `ord` is ``"fro"`` (Frobenius), ``"nuc"`` (sum of singular values), ±inf (extreme row sum), ±1 (extreme
    column sum) or ±2 (extreme singular value). Raises ``RuntimeError`` for any other.

    >>> import pullback as torch
    >>> torch.linalg.matrix_norm(torch.tensor([[1., -2.], [3., 4.]]), 1)
    tensor(6.)
    """
    if not isinstance(dim, Sequence):
        raise TypeError(
            "linalg_matrix_norm() received an invalid combination of arguments - got (Tensor, "
            f"dim={type(dim).__name__})"
        )
    array = A._array if hasattr(A, "_array") else A
    _check_dtype(array, None if dtype is None else numpy_dtype(dtype), "linalg.matrix_norm")
    dims = _matrix_dims(array, dim)
    if ord == "fro":
        return vector_norm(A, 2, dims, keepdim, dtype=dtype, out=out)
    if ord in _SINGULAR:
        result = _singular(A, dims, keepdim, dtype, _SINGULAR[ord])
    elif ord in (1, -1, inf, -inf):
        along, across = dims if abs(ord) == 1 else dims[::-1]
        sums = vector_norm(A, 1, along, keepdim, dtype=dtype)
        result = _extreme(sums, ord, across - (not keepdim and along < across), keepdim)
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    return result if out is None else store("linalg_matrix_norm", out, result)


@numpy_names
def linalg_norm(
    A: V,
    ord: float | str | None = None,
    dim: Dim = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
) -> V:
    """A vector or a matrix norm, by the shape of the input and `dim` (`torch.linalg.norm`).

    Without `ord` the 2-norm of all elements (over `dim`). With `ord`: a matrix norm where `dim` names two
    axes, or where it is missing and the input has two; otherwise a vector norm.

    >>> import pullback as torch
    >>> torch.linalg.norm(torch.tensor([3., 4.]))
    tensor(5.)
    """
    if dim is not None and isinstance(dim, Sequence) and len(dim) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype, out=out)
    if dim is None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    matrix = A.ndim == 2 if dim is None else isinstance(dim, Sequence) and len(dim) == 2
    if isinstance(ord, str) and not matrix:
        return matrix_norm(A, ord, tuple(dim) if isinstance(dim, Sequence) else (dim,) if dim is not None else (-2, -1))
    if matrix:
        return matrix_norm(A, ord, (0, 1) if dim is None else tuple(dim), keepdim, dtype=dtype, out=out)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype, out=out)


@numpy_names
def norm(
    input: V,
    p: float | str | None = "fro",
    dim: Dim = None,
    keepdim: bool = False,
    out: Any = None,
    dtype: Any = None,
) -> V:
    """The p-norm of all elements, or over `dim` (`torch.norm`, the older form).

    `p` is a number, ±inf, ``"fro"`` (2) or ``"nuc"`` (sum of singular values over two axes).

    >>> import pullback as torch
    >>> torch.tensor([3., -4.]).norm(), torch.tensor([3., -4.]).norm(1)
    (tensor(5.), tensor(7.))
    """
    if p is None or (p == "fro" and (dim is None or not isinstance(dim, Sequence) or len(dim) < 3)):
        p = 2
    if isinstance(p, str):
        if dim is None:
            dim = tuple(range(input.ndim))
        return matrix_norm(input, p, dim if isinstance(dim, Sequence) else (dim,), keepdim, dtype=dtype, out=out)
    return vector_norm(input, float(p), dim, keepdim, dtype=dtype, out=out)
