"""Methods that change the shape: views, copies, cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.later import later
from pullback.ops.shape import (
    axes,
    broadcasting,
    memory,
    reshape as reshaping,
    singletons,
    splitting,
    windows,
)

if TYPE_CHECKING:
    from pullback.ops import rare_forms
    from pullback.ops.shape import copies, diagonals, repeating, replacing, reseating, turning
else:
    (rare_forms,) = later("pullback.ops", "rare_forms")
    copies, diagonals, repeating, replacing, reseating, turning = later(
        "pullback.ops.shape", "copies diagonals repeating replacing reseating turning"
    )


class ShapeMethods:
    """Views, copies, cuts."""

    __slots__ = ()

    view, view_as = reshaping.view, reshaping.view_as
    resize, resize_as = rare_forms.resize, rare_forms.resize_as
    slice_inverse, dequantize = rare_forms.slice_inverse, rare_forms.dequantize
    reshape, reshape_as = reshaping.reshape, reshaping.reshape_as
    flatten, unflatten, ravel = reshaping.flatten, reshaping.unflatten, reshaping.ravel

    transpose, swapaxes, swapdims = axes.transpose, axes.swapaxes, axes.swapdims
    t, permute = axes.t, axes.permute
    movedim, moveaxis = axes.movedim, axes.moveaxis
    adjoint = axes.adjoint
    T = property(axes.numpy_T)
    mT = property(axes.mT)
    H = property(axes.matrix_H)
    mH = property(axes.mH)

    squeeze, unsqueeze = singletons.squeeze, singletons.unsqueeze
    expand, expand_as, broadcast_to = broadcasting.expand, broadcasting.expand_as, broadcasting.broadcast_to
    _expand_to = broadcasting._expand  # sizes known to fit: cotangents
    repeat, tile, repeat_interleave = repeating.repeat, repeating.tile, repeating.repeat_interleave

    unsqueeze_, squeeze_ = reseating.unsqueeze_, reseating.squeeze_
    transpose_, swapaxes_, swapdims_ = reseating.transpose_, reseating.swapaxes_, reseating.swapdims_
    as_strided_, set_ = reseating.as_strided_, reseating.set_
    t_, resize_, resize_as_ = reseating.t_, reseating.resize_, reseating.resize_as_
    resize, resize_as = reseating.resize, reseating.resize_as

    split, split_with_sizes, chunk = splitting.split, splitting.split_with_sizes, splitting.chunk
    unsafe_split, unsafe_split_with_sizes = splitting.unsafe_split, splitting.unsafe_split_with_sizes
    unsafe_chunk, unbind, tensor_split = splitting.unsafe_chunk, splitting.unbind, splitting.tensor_split
    hsplit, vsplit, dsplit = splitting.hsplit, splitting.vsplit, splitting.dsplit

    select, narrow, narrow_copy = windows.select, windows.narrow, copies.narrow_copy
    unfold, as_strided = windows.unfold, windows.as_strided
    select_scatter, slice_scatter = replacing.select_scatter, replacing.slice_scatter
    as_strided_scatter = replacing.as_strided_scatter

    diagonal, diag, diag_embed = diagonals.diagonal, diagonals.diag, diagonals.diag_embed
    diagflat, diagonal_scatter = diagonals.diagflat, diagonals.diagonal_scatter
    trace, triu, tril = diagonals.trace, diagonals.triu, diagonals.tril
    triu_, tril_ = diagonals.triu_, diagonals.tril_

    flip, fliplr, flipud = turning.flip, turning.fliplr, turning.flipud
    roll, rot90 = turning.roll, turning.rot90

    clone, contiguous = memory.clone, memory.contiguous
    is_contiguous, stride, dim_order = memory.is_contiguous, memory.stride, memory.dim_order
