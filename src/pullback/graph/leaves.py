"""Where a gradient comes to rest: the ``.grad`` of a leaf.

A fresh array that nobody else holds is given away; anything else is copied, in the memory layout of the leaf where
that is dense. Later passes add to the array that is there.
"""

from __future__ import annotations

import sys
from threading import Lock
from typing import Any

import numpy as np

from pullback.arrays.shells import Shell
from pullback.graph import torch_function
from pullback.graph.overlap import check_no_overlap, is_dense
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import bump

ndarray = np.ndarray
_accumulating = Lock()


def store_leaves(leaves: dict[TensorBase, Any]) -> None:
    """Add what arrived at each leaf to its ``.grad``."""
    for leaf in list(leaves):
        mine = leaves[leaf].__class__ is ndarray and is_sole(leaves, leaf, leaf)
        cotangent = leaves.pop(leaf)
        if not mine and cotangent.__class__ is ndarray and cotangent.base is not None:
            cotangent, mine = _owner(cotangent, leaf)
        accumulate(leaf, cotangent, mine)
        del cotangent  # so that the last of several leaves that share it may have it


def _owner(view: Any, leaf: TensorBase) -> tuple[Any, bool]:
    """The array whose memory `view` shows, and true, if that is the same array again, held by nobody else: the gradient
    of a weight that was transposed twice. Otherwise `view` itself."""
    base = view.base
    if (
        base.__class__ is ndarray
        and base.base is None
        and base.shape == view.shape
        and base.strides == view.strides == leaf._array.strides
        and base.dtype is view.dtype
        and sys.getrefcount(base) == 3  # `view`, `base` and the argument
        and sys.getrefcount(view) == 3  # the caller's, ours and the argument
    ):
        return base, True
    return view, False


def is_sole(values: Any, key: Any, leaf: TensorBase) -> bool:
    """Whether nobody but the dictionary or list `values` holds the array at `key`, which is laid out as `leaf` is, so
    that it may be given away."""
    return sys.getrefcount(values[key]) == 2 and values[key].base is None and values[key].strides == leaf._array.strides


def accumulate(leaf: TensorBase, cotangent: Any, mine: bool = False) -> None:
    """Add the array `cotangent` to the gradient of `leaf`; it becomes the gradient itself where it is `mine`."""
    if not leaf._requires_grad:
        return
    if leaf._array.__class__ is Shell:
        cotangent = leaf._array.copy()  # whatever came: it has no values there
    with _accumulating:
        before = leaf._grad
        if before is None:
            scalar = cotangent.__class__ is not ndarray and isinstance(cotangent, np.generic)
            leaf._grad = wrap(cotangent if mine or scalar else _copy_like(cotangent, leaf._array))
        elif before._array.__class__ is not ndarray:
            before._array = before._array + cotangent
            bump(before)
        else:
            if 0 in before._array.strides:
                check_no_overlap(before._array)
            np.add(before._array, cotangent, out=before._array)
            bump(before)


def accumulate_traced(leaf: TensorBase, cotangent: Any) -> None:
    """Add the tensor `cotangent` to the gradient of `leaf`, recording that."""
    if not leaf._requires_grad:
        return
    below = torch_function.below
    if below is not None and (below.is_asked(cotangent) or below.is_asked(leaf._grad)):
        below.accumulate(leaf, cotangent)
        return
    with _accumulating:
        before = leaf._grad
        if before is not None:
            leaf._grad = before + cotangent  # type: ignore[operator]
        elif not isinstance(cotangent._array, (ndarray, np.generic)):
            leaf._grad = cotangent
        elif is_dense(leaf._array):
            leaf._grad = wrap(_empty_like(cotangent._array, leaf._array)).copy_(cotangent)
        else:
            leaf._grad = cotangent.clone(memory_format="contiguous_format")


def _copy_like(array: Any, leaf_array: Any) -> Any:
    """A copy in the memory layout of the leaf where that is dense, else in C order."""
    if array.__class__ is ndarray:
        if leaf_array.__class__ is ndarray and not leaf_array.flags.c_contiguous:
            copy = _empty_like(array, leaf_array)
            copy[...] = array
            return copy
    elif hasattr(array, "layout") or array.__class__ is Shell:
        return array.copy()  # a sparse gradient stays sparse, and one without values without
    return np.array(array, order="C")


def _empty_like(array: Any, leaf_array: Any) -> Any:
    if leaf_array.__class__ is ndarray:
        empty = np.empty_like(leaf_array, array.dtype, subok=False)
        if empty.strides == leaf_array.strides:
            return empty
    return np.empty(array.shape, array.dtype)
