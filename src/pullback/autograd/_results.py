"""The results of a custom function's forward, put into the graph at its node.

What becomes of a result depends on what it is: made by ``forward``, an argument returned as it is (a view of it stands
in), an argument that was written to (its history is rebased), or marked as having no gradient.
"""

from __future__ import annotations

import warnings
from typing import Any

from pullback.autograd._context import BackwardCFunction
from pullback.graph.modes import FORWARD, NO_GRAD, switched
from pullback.graph.node import maker_of
from pullback.graph.slices import rebase
from pullback.graph.tensor_base import TensorBase
from pullback.graph.views import IN_FUNCTION, ONE_OF_MANY, ORDINARY
from pullback.graph.writable import refuse_recorded

_ONE_RESULT_BESIDE_A_VIEW = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than "
    "one Tensor. This is not supported by the current autograd engine. You should either make sure the input is not a "
    "view (using .clone() for example) or make your Function only return one Tensor (potentially splitting it into two "
    "Functions: one doing the inplace that returns a single Tensor and a second one that does the other operations)."
)


def attach(
    node: BackwardCFunction, args: tuple[Any, ...], outputs: tuple[Any, ...], recording: bool
) -> tuple[Any, ...]:
    """`outputs` at their places in the graph; raises before anything is changed where that cannot be."""
    dirty, without = node.dirty_tensors or (), node.non_differentiable or ()
    differentiable = [
        recording
        and isinstance(each, TensorBase)
        and each._array.dtype.kind not in "biu"
        and not any(each is other for other in without)
        for each in outputs
    ]
    for output, live in zip(outputs, differentiable):
        if live and any(output is each for each in dirty):
            _check_dirty(output, args, len(outputs))
    if any(differentiable):
        facts = [(t._array.shape, t._array.dtype) if isinstance(t, TensorBase) else ((), None) for t in outputs]
        node._n_outputs = len(outputs)
        node._shape, node._dtype = zip(*facts) if len(facts) != 1 else facts[0]
    found = []
    for nr, (output, live) in enumerate(zip(outputs, differentiable)):
        is_input = any(output is each for each in args)
        is_dirty = any(output is each for each in dirty)
        if isinstance(output, TensorBase):
            place = _place if live else _leave_out
            output = place(node, output, nr, is_input, is_dirty)
        found.append(output)
    _mark_views(found, differentiable, dirty)
    return tuple(found)


def _check_dirty(output: Any, args: tuple[Any, ...], count: int) -> None:
    if output.requires_grad and maker_of(output) is None:
        raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    if not any(output is each for each in args):
        warnings.warn(
            "Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, there is no need to "
            "pass it to mark_dirty().",
            UserWarning,
            stacklevel=5,
        )
    if output._view is not None and count > 1:
        raise RuntimeError(_ONE_RESULT_BESIDE_A_VIEW)
    output._grad = None  # of the value that is gone
    refuse_recorded(output, args)


def _place(node: BackwardCFunction, output: Any, nr: int, is_input: bool, is_dirty: bool) -> Any:
    """A differentiable result at output `nr` of `node`."""
    if is_dirty:
        if output._maker is node:  # returned twice
            output._output_nr = nr
        else:
            rebase(output, node, nr)
        return output
    if is_input:
        output = _view_of(output)
    output._maker, output._output_nr, output._requires_grad = node, nr, True
    if output._view is not None:
        output._view.seen = output._view.counter.value  # what `forward` wrote belongs to this node
    return output


def _leave_out(node: BackwardCFunction, output: Any, nr: int, is_input: bool, is_dirty: bool) -> Any:
    """A result that has no gradient: it must not require grad, and an argument is not changed for that."""
    if not output.requires_grad:
        return _view_of(output) if is_input and not is_dirty else output
    if is_input:
        return output.detach()
    if output._view is None:
        output.detach_()
    return output


def _view_of(tensor: Any) -> Any:
    with switched(on=NO_GRAD, off=FORWARD):
        shown = tensor.view_as(tensor)
    if tensor._view is not None and shown._view is not None:
        shown._view.steps = tensor._view.steps  # the same elements: a chain of functions adds no steps
    return shown


def _mark_views(outputs: list[Any], differentiable: list[bool], dirty: tuple[Any, ...]) -> None:
    """A write into a view that the function made would go past its backward: note that it is forbidden."""
    several = sum(differentiable) > 1
    for output, live in zip(outputs, differentiable):
        view = output._view if isinstance(output, TensorBase) else None
        if view is None or any(output is each for each in dirty):
            continue
        if live and several:
            view.creation = ONE_OF_MANY
        elif live or view.creation is not ORDINARY:
            view.creation = IN_FUNCTION
