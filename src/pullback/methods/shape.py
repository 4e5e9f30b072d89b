"""Methods that change the shape: views, copies, cuts."""

from __future__ import annotations

from pullback.ops.shape import axes, broadcasting, memory, reshape as reshaping, singletons, splitting, windows


class ShapeMethods:
    """Views, copies, cuts."""

    __slots__ = ()

    view, view_as = reshaping.view, reshaping.view_as
    reshape, reshape_as = reshaping.reshape, reshaping.reshape_as
    flatten, unflatten, ravel = reshaping.flatten, reshaping.unflatten, reshaping.ravel

    transpose, swapaxes, swapdims = axes.transpose, axes.swapaxes, axes.swapdims
    t, permute = axes.t, axes.permute
    movedim, moveaxis = axes.movedim, axes.moveaxis
    adjoint = axes.adjoint
    T = property(axes.numpy_T)
    mT = property(axes.mT)
    H = property(axes.matrix_H)
    mH = property(axes.adjoint)

    squeeze, unsqueeze = singletons.squeeze, singletons.unsqueeze
    expand, expand_as, broadcast_to = broadcasting.expand, broadcasting.expand_as, broadcasting.broadcast_to

    split, split_with_sizes, chunk = splitting.split, splitting.split_with_sizes, splitting.chunk
    unsafe_split, unsafe_split_with_sizes = splitting.unsafe_split, splitting.unsafe_split_with_sizes
    unsafe_chunk, unbind, tensor_split = splitting.unsafe_chunk, splitting.unbind, splitting.tensor_split
    hsplit, vsplit, dsplit = splitting.hsplit, splitting.vsplit, splitting.dsplit

    select, narrow = windows.select, windows.narrow
    unfold, as_strided = windows.unfold, windows.as_strided

    clone, contiguous = memory.clone, memory.contiguous
    is_contiguous, stride, dim_order = memory.is_contiguous, memory.stride, memory.dim_order
