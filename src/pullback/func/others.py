"""The rest of `torch.func`'s names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.arrays.batched import BatchedArray
from pullback.graph.tensor_base import TensorBase, wrap


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """`func` as it is: PyTorch removes writes in place before it hands a function to a compiler, and here is none.

    Raises ``RuntimeError`` for what `remove` cannot be.
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are:\n"
            "     remove='mutations': all inplace and out= operators will be removed from the program, and replaced with "
            "their out-of-place equivalents.\n"
            "     remove='mutations_and_views': In addition to the above, all aliasing operators {view} will be replaced "
            "with their non-aliasing counterparts, {view}_copy.\n"
        )
    return func


def debug_unwrap(tensor: Any, *, recurse: bool = True) -> Any:
    """The tensor behind one that `vmap` made: all examples along the first axis. To look at, not to compute with.

    With `recurse` (the default) all batches are opened, else the innermost.
    """
    if not isinstance(tensor, TensorBase):
        raise ValueError(f"debug_unwrap: expected a Tensor, got {type(tensor)}")
    array = tensor._array
    while array.__class__ is BatchedArray:
        array = array.payload
        if not recurse:
            break
    return tensor if array is tensor._array else wrap(array)
