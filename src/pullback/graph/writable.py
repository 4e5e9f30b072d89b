"""When autograd forbids to write into a tensor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pullback.arrays.mirrored import behind
from pullback.graph.levels import check_batches
from pullback.graph.modes import BATCHED, NO_GRAD, SAVED_HOOKS, current_mode
from pullback.graph.mutation import before_write
from pullback.graph.node import maker_of
from pullback.graph.overlap import check_apart, check_no_overlap
from pullback.graph.tensor_base import TensorBase, solid
from pullback.graph.views import ORDINARY, forbidden, refresh

ANYHOW, DISTINCT, ELEMENTWISE, APART, REPEATED = "anyhow", "distinct", "elementwise", "apart", "repeated"
COPIED = "copied"
"""What memory a write may share: any; any of its operands, but its own elements are distinct; moreover that of an operand
only element by element; none at all; its own elements may repeat, but it shares nothing with its operands. `COPIED` is
`ELEMENTWISE` for memory that is read conjugated or negated too; others work that out into memory of its own first."""


def check_writable(target: TensorBase, operands: Iterable[Any] = (), sharing: str = ELEMENTWISE) -> None:
    """Raise if `target` may not be written to from `operands` now, and bring its history up to date."""
    mode = current_mode()
    if mode & (SAVED_HOOKS | BATCHED):
        if mode & BATCHED:
            check_batches(target, _tensors(operands))
        if mode & SAVED_HOOKS:
            before_write(target)
    view = target._view
    if mode & NO_GRAD:
        if view is not None:
            refresh(target)
    else:
        _check_recorded(target, operands)
    if sharing is not ANYHOW:
        shown: Any = solid(target)
        memory = behind(shown)
        if sharing is not REPEATED:
            check_no_overlap(memory)
        if operands and sharing is not DISTINCT:
            arrays = [each._array for each in _tensors(operands) if memory.size or each is target]
            if sharing is COPIED:
                check_apart(memory, map(behind, arrays))
            elif memory is shown:
                check_apart(memory, arrays, sharing is not ELEMENTWISE)


def check_history(target: Any, *operands: Any) -> None:
    """Raise if autograd forbids to write into `target` from `operands` now: before anything else is looked at."""
    if not current_mode() & NO_GRAD:
        _check_recorded(target, operands)


def _check_recorded(target: Any, operands: Iterable[Any]) -> None:
    refuse_recorded(target, operands)
    if target._view is not None:
        refresh(target)


def refuse_recorded(target: Any, operands: Iterable[Any]) -> None:
    """Raise if a write into `target` from `operands` cannot be recorded."""
    view = target._view
    if view is None:
        if target._requires_grad and target._maker is None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        return
    required = target.requires_grad
    if view.creation is not ORDINARY and (required or any(each.requires_grad for each in _tensors(operands))):
        raise RuntimeError(forbidden(target))
    if required and view.base._maker is None:
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if required and maker_of(target) is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def _tensors(operands: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for each in operands:
        if isinstance(each, TensorBase):
            found.append(each)
        elif isinstance(each, (list, tuple)):
            found += _tensors(each)
    return found
