"""The views, as copies: ``select_copy`` is ``select`` followed by ``clone``, and so on."""

from __future__ import annotations

from typing import Any

from pullback.graph import out as out_argument
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape import axes, bits, broadcasting, reshape as reshaping, singletons, splitting, windows
from pullback.ops.shape.memory import clone
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors


def _copy(name: str, view: Any, out: Any) -> Any:
    """A copy of a view or of each of several, stored in `out` if there is one."""
    if isinstance(view, tuple):
        copies: Any = tuple(clone(each, memory_format="contiguous_format") for each in view)
    else:  # only sparse arrays know of a layout, and they have no strides
        is_sparse = hasattr(view._array, "layout")
        copies = clone(view, memory_format="preserve_format" if is_sparse else "contiguous_format")
    if out is None:
        return copies
    stored = out_argument.store(name, out, copies)
    return None if isinstance(view, tuple) else stored


def alias_copy(input: V, *, out: Any = None) -> V:
    """A copy of the tensor."""
    return _copy("alias_copy", reshaping.alias(input), out)


@asks_for_tensors
def as_strided_copy(input: V, size: Shape, stride: Shape, storage_offset: int | None = None, *, out: Any = None) -> V:
    """`as_strided` as a copy."""
    return _copy("as_strided_copy", windows.as_strided(input, size, stride, storage_offset), out)


def detach_copy(input: V, *, out: Any = None) -> V:
    """`detach` as a copy."""
    return _copy("detach_copy", input.detach(), out)


@asks_for_tensors
def expand_copy(input: V, size: Shape, *, implicit: bool = False, out: Any = None) -> V:
    """`expand` as a copy."""
    return _copy("expand_copy", broadcasting.expand(input, size), out)


@numpy_names
def narrow_copy(input: V, dim: int, start: int, length: int, *, out: Any = None) -> V:
    """`narrow` as a copy."""
    ndim, size = input._array.ndim, input._array.shape
    if ndim and dim >= ndim:
        raise RuntimeError("Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.")
    if ndim and length < 0:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size[dim]}).")
    return _copy("narrow_copy", windows.narrow(input, dim, start, length), out)


@asks_for_tensors
def permute_copy(input: V, dims: Shape, *, out: Any = None) -> V:
    """`permute` as a copy."""
    return _copy("permute_copy", axes.permute(input, dims), out)


def select_copy(input: V, dim: int, index: int, *, out: Any = None) -> V:
    """`select` as a copy."""
    return _copy("select_copy", windows.select(input, dim, index), out)


def slice_copy(
    input: V, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1, *, out: Any = None
) -> V:
    """The positions ``start:end:step`` of `dim`, as a copy."""
    return _copy("slice_copy", windows.slice_function(input, dim, start, end, step), out)


def split_copy(input: V, split_size: int, dim: int = 0, *, out: Any = None) -> Any:
    """`split` as copies."""
    return _copy("split_copy", splitting.split(input, split_size, dim), out)


def split_with_sizes_copy(input: V, split_sizes: Shape, dim: int = 0, *, out: Any = None) -> Any:
    """`split_with_sizes` as copies."""
    return _copy("split_with_sizes_copy", splitting.split_with_sizes(input, split_sizes, dim), out)


def squeeze_copy(input: V, dim: Any = None, *, out: Any = None) -> V:
    """`squeeze` as a copy."""
    return _copy("squeeze_copy", singletons.squeeze(input, dim), out)


@asks_for_tensors
def t_copy(input: V, *, out: Any = None) -> V:
    """`t` as a copy."""
    return _copy("t_copy", axes.t(input), out)


def transpose_copy(input: V, dim0: int, dim1: int, *, out: Any = None) -> V:
    """`transpose` as a copy."""
    return _copy("transpose_copy", axes.transpose(input, dim0, dim1), out)


@asks_for_tensors
def unbind_copy(input: V, dim: int = 0, *, out: Any = None) -> Any:
    """`unbind` as copies."""
    return _copy("unbind_copy", splitting.unbind(input, dim), out)


@asks_for_tensors
def unfold_copy(input: V, dimension: int, size: int, step: int, *, out: Any = None) -> V:
    """`Tensor.unfold` as a copy."""
    return _copy("unfold_copy", windows.unfold(input, dimension, size, step), out)


def unsqueeze_copy(input: V, dim: int, *, out: Any = None) -> V:
    """`unsqueeze` as a copy."""
    return _copy("unsqueeze_copy", singletons.unsqueeze(input, dim), out)


@asks_for_tensors
def view_copy(input: V, size: Any = None, *, dtype: Any = None, out: Any = None) -> V:
    """`view` as a copy."""
    shown = reshaping.view(input, dtype=dtype) if size is None else reshaping.view(input, size)
    return _copy("view_copy", shown, out)


def view_as_complex_copy(input: V, *, out: Any = None) -> V:
    """`view_as_complex` as a copy."""
    return _copy("view_as_complex_copy", bits.view_as_complex(input), out)


def view_as_real_copy(input: V, *, out: Any = None) -> V:
    """`view_as_real` as a copy."""
    return _copy("view_as_real_copy", bits.view_as_real(input), out)
