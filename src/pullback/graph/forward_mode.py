"""Forward mode: tangents that travel with the tensors while a dual level is open.

PyTorch has one level at a time. A tangent is tagged with the serial number of the level it belongs to, so an old one is
never taken for a new one; when the level is closed, every tensor that still holds a tangent lets go of it. ::

    make_dual(x, t) ──view──► v          tangents:  t ──view──► tv, in the same memory as t
                    ◄─ v.mul_(2) ─                    ◄─ tv.copy_(2 tv) ─

A view of a dual tensor has a view of the tangent, and a write in place writes into the tangent in place, so that tensors
which share memory share their tangents too. How a tangent passes an operator stands in `forward_rules`.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from typing import Any

import numpy as np

from pullback.arrays.strides import element_strides, memory_of, offset_in_memory
from pullback.graph.modes import FORWARD, INFERENCE, current_mode, set_mode, switched
from pullback.graph.steps import replay
from pullback.graph.tensor_base import TensorBase, at_node, wrap

_level = -1
_serial = 0
_holders: list[weakref.ref[TensorBase]] = []
"""The tensors that were given a tangent at the open level."""
_disabled: ContextVar[bool] = ContextVar("forward mode disabled", default=False)


def enter_level() -> int:
    """Open a forward-mode level; its number is 0. ``RuntimeError`` if one is open."""
    global _level, _serial
    if _level >= 0:
        raise RuntimeError(
            "Nested forward mode AD is not supported at the moment. Leave the open dual level before entering another."
        )
    _level = 0
    _serial += 1
    if not _disabled.get():
        set_mode(current_mode() | FORWARD)
    return _level


def exit_level(level: int | None = None) -> None:
    """Close the open level; all its tangents are forgotten. ``RuntimeError`` if `level` is not the open one."""
    global _level
    if _level < 0:
        raise RuntimeError("Dual level must be a positive number: no level is open.")
    if level is not None and level != _level:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported: "
            f"asked for level {level}, open is {_level}."
        )
    _level = -1
    set_mode(current_mode() & ~FORWARD)
    for reference in _holders:
        tensor = reference()
        if tensor is not None:
            tensor._tangent = None
    _holders.clear()


def current_level() -> int:
    """The open level, or -1."""
    return _level


def is_enabled() -> bool:
    """Whether tangents would travel in this thread if a level were open."""
    return not _disabled.get() and not current_mode() & INFERENCE


def set_enabled(on: bool) -> None:
    """Let tangents travel in this thread, or not."""
    _disabled.set(not on)
    set_mode(current_mode() | FORWARD if on and _level >= 0 else current_mode() & ~FORWARD)


# ------------------------------------------------------------------------------------------------- tangents


def tangent_of(tensor: Any) -> Any:
    """The tangent of `tensor` at the open level, or `None`. That of a view may follow from its base's."""
    if _level < 0:
        return None
    held = tensor._tangent
    if held is not None and held[0] == _serial:
        return held[1]
    view = tensor._view
    if view is None:
        return None
    held = view.base._tangent
    if held is None or held[0] != _serial or held[1] is None:
        return None
    with switched(off=FORWARD):
        tangent = replay(held[1], view.steps)
    set_tangent(tensor, tangent)
    return tangent


def set_tangent(tensor: Any, tangent: Any) -> None:
    """Let `tangent` travel with `tensor` until the level is closed; `None` says that it has none, nor has its base."""
    tensor._tangent = (_serial, tangent)
    _holders.append(weakref.ref(tensor))


def is_primal(tensor: Any) -> bool:
    """Whether `tensor` was said to have no tangent."""
    held = tensor._tangent
    return held is not None and held[0] == _serial and held[1] is None


def check_tangent(primal: Any, tangent: Any) -> None:
    """Raise ``RuntimeError`` unless `tangent` may travel with `primal`."""
    if tangent._array.shape != primal._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(primal._array.shape)} while the given forward gradient is of size "
            f"{list(tangent._array.shape)}."
        )
    if tangent_of(tangent) is not None:
        raise RuntimeError(
            f"Setting a forward grad that itself has a forward gradient at the same level {_level} is not supported."
        )


def laid_out_as(primal: Any, tangent: Any) -> Any:
    """`tangent`, copied where its memory is laid out unlike that of `primal`: views of both must be possible."""
    array, like = tangent._array, primal._array
    if array.__class__ is like.__class__ is np.ndarray and array.base is None is like.base:
        if array.strides == like.strides and array.dtype is like.dtype:  # nearly always
            return tangent
    if primal.is_conj() != tangent.is_conj() and tangent._array.dtype.kind == "c":
        with switched(off=FORWARD):
            tangent = tangent.resolve_conj() if tangent.is_conj() else tangent.conj_physical().conj()
    if primal.is_neg() != tangent.is_neg():
        with switched(off=FORWARD):
            tangent = tangent.resolve_neg() if tangent.is_neg() else tangent.neg()._neg_view()
    array, like = tangent._array, primal._array
    if array.__class__ is like.__class__ is np.ndarray and like.size and memory_of(like).size != memory_of(array).size:
        with switched(off=FORWARD):
            window = tangent.new_zeros(memory_of(like).size)
            return window.as_strided(like.shape, element_strides(like), offset_in_memory(like)).copy_(tangent)
    if not getattr(like, "ndim", 0) or element_strides(array) == element_strides(like) or 0 in like.strides:
        return tangent
    axes = sorted(range(like.ndim), key=lambda axis: -like.strides[axis])
    back = [axes.index(axis) for axis in range(like.ndim)]
    with switched(off=FORWARD):
        return tangent.permute(axes).contiguous().clone().permute(back)


def tangent_before(target: Any, recorded: bool) -> Any:
    """The tangent of a tensor that is about to be written to; a copy where its old value may be kept."""
    tangent = tangent_of(target)
    if tangent is None or not recorded:
        return tangent
    with switched(off=FORWARD):
        return tangent.clone()


def write_tangent(target: Any, source: Any, result: Any) -> None:
    """After a write in place: the tangent of `target` becomes that of `result`, in the memory of the old one.

    `source` stood in for the target while the operator ran and may have been saved: it keeps the old tangent.
    """
    if target._array.dtype.kind in "biu":
        return
    old, new = tangent_of(target), tangent_of(result)
    if old is None and new is None:
        return
    with switched(off=FORWARD):
        if old is None and target._view is not None and not is_primal(target):
            base = target._view.base
            if new is not None and _all_of(target, base):
                new = laid_out_as(base, new)
                set_tangent(base, new)  # they share it
                set_tangent(target, new)
                return
            set_tangent(base, base.new_zeros(base._array.shape))
            old = tangent_of(target)
        if old is None:
            set_tangent(target, new)
            return
        if source is not None and source is not target:
            set_tangent(source, old.clone())
        if new is None:
            old.zero_()
        elif new is not old:
            if hasattr(new._array, "batch_size"):
                old = _wide_enough(target, old, new)
            old.copy_(new)


def _all_of(view: Any, base: Any) -> bool:
    """Whether `view` shows its base as it is."""
    array, whole = view._array, base._array
    alike = array.__class__ is whole.__class__ is np.ndarray and array.dtype == whole.dtype
    return alike and array.shape == whole.shape and array.strides == whole.strides


def _wide_enough(target: Any, old: Any, new: Any) -> Any:
    """The tangent of `target`, a batch if `new` is one and it was not; that of its base too."""
    from pullback.arrays.batched import words

    if not words.is_wider(new._array, old._array):
        return old
    view = target._view
    holder = target if view is None else view.base
    wide = tangent_of(holder) + wrap(words.nothing_beside(new._array, old._array.dtype))
    set_tangent(holder, wide)
    if view is not None:
        set_tangent(target, replay(wide, view.steps))
    return tangent_of(target)


def saved_result(array: Any, node: Any, nr: int) -> Any:
    """A result that a node kept, as a tensor at its place in the graph, with its tangent."""
    tensor = at_node(array, node, nr)
    if _level >= 0:
        serial, tangents = node.__dict__.get("tangents", (-1, {}))
        if serial == _serial and nr in tangents:
            set_tangent(tensor, tangents[nr])
    return tensor


def note_saved(results: tuple[Any, ...]) -> None:
    """Tell the node that made `results` their tangents: it may have kept the bare arrays for its rules."""
    node: Any = results[0]._maker if results else None
    if node is not None:
        tangents = {t._output_nr: held for t in results if (held := tangent_of(t)) is not None}
        node.__dict__["tangents"] = (_serial, tangents)


def zeros_beside(primal: Any) -> Any:
    """A tangent of zeros for `primal`."""
    return wrap(np.zeros(primal._array.shape, primal._array.dtype))
