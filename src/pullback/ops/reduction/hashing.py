"""A number that tells whether tensors differ: the exclusive or of all elements' bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, dispatched
from pullback.graph.operator import nondifferentiable
from pullback.ops.dims import reduced_dims
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.reduction.names import said
from pullback.ops.typing import Dim, V


@dispatched
def bits_of(array: Any) -> Any:
    """The 64 bits of each element: of a float as float64, of an integer or boolean as int64."""
    wide = cast(array, np.dtype("f8" if array.dtype.kind not in "biu" else "i8"))
    return np.asarray(wide).view(np.uint64)


@nondifferentiable()
@said("hash_tensor")
def _hash_tensor(input: V, axes: tuple[int, ...] | None, keepdim: bool) -> V:
    return np.bitwise_xor.reduce(bits_of(input), axis=axes, keepdims=keepdim)


@numpy_names
def hash_tensor(input: V, dim: Dim = (), *, keepdim: bool = False, mode: int = 0, out: Any = None) -> V:
    """The exclusive or of the bits of all elements, or of those along `dim`, as uint64.

    Elements are first converted to 64 bits. Raises ``NotImplementedError`` for complex dtypes, ``RuntimeError`` for
    another `mode` than 0 and for an empty tensor without `dim`, ``IndexError`` for an empty `dim`.

    >>> import pullback as torch
    >>> torch.hash_tensor(torch.tensor([1, 2, 4]))
    tensor(7, dtype=torch.uint64)
    """
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    array = input._array
    axes = reduced_dims(dim, array.ndim)
    if axes is None and not array.size:
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
            "with the 'dim' argument."
        )
    empty = next((axis for axis in axes or () if array.ndim and not array.shape[axis]), None)
    if empty is not None:
        raise IndexError(f"hash_tensor: Expected reduction dim {empty} to have non-zero size.")
    if array.dtype.kind == "c":
        raise unsupported("xor_sum_cpu", array.dtype)
    return _hash_tensor(input, axes, keepdim, out=out)
