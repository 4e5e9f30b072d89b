"""The memory read as another dtype, and complex numbers as pairs of real ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.mirrored import Mirrored
from pullback.arrays.strides import element_strides, offset_in_memory
from pullback.arrays.vocabulary import dispatched
from pullback.graph import versions
from pullback.graph.inplace import spoken
from pullback.graph.modes import INFERENCE, get_mode
from pullback.graph.operator import view as view_operator
from pullback.graph.tensor_base import solid, wrap
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@dispatched
def reinterpreted(array: Any, dtype: np.dtype[Any]) -> Any:
    """The bits of `array` read as `dtype`; the last axis grows or shrinks with the size of the elements."""
    return array.view(dtype)


@dispatched
def as_pairs(array: Any) -> Any:
    """A complex array as a real one with a last axis (real, imaginary)."""
    return array[..., None].view(np.dtype(f"f{array.dtype.itemsize // 2}"))


def complex_half() -> np.dtype[Any]:
    """NumPy's dtype of two half floats, which newer releases of ml_dtypes have."""
    from pullback.arrays.rare_dtypes import complex32

    return complex32.numpy


@dispatched
def as_complex(array: Any) -> Any:
    """A real array with a last axis (real, imaginary) as a complex one."""
    kind = np.dtype(f"c{array.dtype.itemsize * 2}") if array.dtype.itemsize > 2 else complex_half()
    if array.shape[-1:] == (2,) and array.strides[-1] == array.dtype.itemsize:
        return array.view(kind)[..., 0]
    return array[..., 0] + kind.type(1j) * array[..., 1]


def view_dtype(input: V, dtype: dtypes.dtype) -> V:
    """The memory of `input` read as `dtype`; not differentiable, and no view for autograd, as after `detach`.

    Raises ``RuntimeError`` where the sizes of the elements differ and the last axis cannot make up for it, and for what is
    conjugated or negated when it is read.
    """
    array, wanted = input._array, dtype.numpy
    if array.__class__ is Mirrored:
        kind = "conjugate view tensors" if array.conj else "tensors with negative bit set"
        raise RuntimeError(f"torch.Tensor.view is not supported for {kind} when converting to a different dtype.")
    old, new = array.dtype.itemsize, wanted.itemsize
    if old != new:
        words = f"to view {spoken(array.dtype)} as {spoken(wanted)} (different element sizes)"
        if not array.ndim:
            raise RuntimeError(f"self.dim() cannot be 0 {words}")
        if new > old and array.shape[-1] * old % new:
            raise RuntimeError(f"self.size(-1) must be divisible by {new // old} {words}, but got {array.shape[-1]}")
        steps = element_strides(array)
        if steps[-1] != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 {words}, but got {steps[-1]}")
        start = offset_in_memory(solid(input)) if new > old else 0
        if start * old % new:
            raise RuntimeError(f"self.storage_offset() must be divisible by {new // old} {words}, but got {start}")
        for axis, step in enumerate(steps[:-1]):
            if new > old and step * old % new:
                raise RuntimeError(f"self.stride({axis}) must be divisible by {new // old} {words}, but got {step}")
    shown = wrap(reinterpreted(solid(input), wanted))
    if get_mode() & INFERENCE:
        shown._counter = versions.INFERENCE
    elif not input._inference:
        shown._counter = versions.counter_of(input)
    return shown


@view_operator(input=lambda grad: as_complex(grad))
def view_as_real(input: V) -> V:
    """A complex tensor of shape ``(*)`` seen as a real one of shape ``(*, 2)``: real and imaginary parts.

    >>> import pullback as torch
    >>> torch.view_as_real(torch.tensor([1 + 2j]))
    tensor([[1., 2.]])
    """
    if input.dtype.kind not in "cW":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if input.__class__ is Mirrored and input.conj:
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view "
            "it as real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original."
        )
    return as_pairs(input)


@view_operator(node="ViewAsComplexBackward0", input=lambda grad: as_pairs(grad))
def _view_as_complex(input: V) -> V:
    return as_complex(input)


@asks_for_tensors
def view_as_complex(input: V) -> V:
    """A real tensor of shape ``(*, 2)`` seen as a complex one of shape ``(*)``.

    Raises ``RuntimeError`` if the last axis is not a pair that lies together in memory.
    """
    array = input._array
    if array.dtype.kind != "f":
        raise RuntimeError(
            f"view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{spoken(array.dtype)}"
        )
    if not array.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if array.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    steps = element_strides(array)
    if offset_in_memory(solid(input)) % 2 and array.size:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    if steps[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(step % 2 for step, length in zip(steps[:-1], array.shape) if length != 1):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    return _view_as_complex(input)
