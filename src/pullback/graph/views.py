"""Memory seen twice: views, writes in place, and the history that both must agree on.

An operator only says that it is a view. The dispatcher then gives its result the version counter of its source and
a record: the tensor at the bottom of the chain (the base) and the steps that lead from there. ::

    base ──t()──► a ──[1:]──► b          b._view = View(base, steps=(t, [1:]))

A write into ``b`` changes the base, so the history must change at the base: see ``slices``. Views made earlier notice,
by the version counter, that their ``grad_fn`` is out of date, and take their steps anew from the base when somebody asks
(`refresh`).
"""

from __future__ import annotations

from typing import Any

from pullback.graph.anew import made_anew
from pullback.graph.modes import NO_GRAD, get_mode
from pullback.graph.node import Node, Unrecorded, maker_of, short_name
from pullback.graph.tensor_base import TensorBase
from pullback.graph.versions import VersionCounter, counter_of

ORDINARY, IN_NO_GRAD, IN_INFERENCE = "ordinary", "created in no_grad mode", "created in inference mode"
ONE_OF_MANY, IN_FUNCTION = "one of several outputs", "created in a custom function"


class View:
    """How a tensor sees its base: the steps from there, and the counter's value when its ``grad_fn`` was right."""

    __slots__ = ("base", "counter", "creation", "right", "seen", "steps")

    right: int
    """Where `seen` has gone on without a new ``grad_fn``: the counter's value when it was right."""

    def __init__(self, base: TensorBase, steps: tuple[Any, ...], counter: VersionCounter, creation: str) -> None:
        self.base = base
        self.steps = steps
        self.counter = counter
        self.seen = counter.value
        self.creation = creation


def attach_view(
    result: TensorBase, source: TensorBase, operator: Any, arguments: tuple[Any, ...], mode: int, nr: int | None = None
) -> None:
    """Record that `result` is what `operator` shows of the memory of `source`."""
    counter = source._counter or counter_of(source)
    result._counter = counter
    step = (operator, arguments, nr)
    creation = ORDINARY if nr is None else ONE_OF_MANY
    parent = source._view
    try:
        if parent is None:
            result._view = View(source, (step,), counter, creation)
        else:
            if creation is ORDINARY or parent.creation is IN_INFERENCE:
                creation = parent.creation
            result._view = View(parent.base, (*parent.steps, step), counter, creation)
    except RuntimeError:  # an inference tensor has no version that a view could follow
        result._requires_grad, result._maker = False, None
        return
    if mode:
        made_outside(result, IN_NO_GRAD)


def made_outside(tensor: TensorBase, creation: str) -> None:
    """Note that a view was made while nothing was recorded: it requires grad as its base does, yet leads nowhere."""
    view = tensor._view
    assert view is not None
    if view.creation is not IN_INFERENCE:
        view.creation = creation
    require_as_base(tensor, view)


def require_as_base(tensor: TensorBase, view: View) -> None:
    """Let a view of no history require grad as its base does."""
    tensor._requires_grad = view.base._requires_grad
    tensor._maker = Unrecorded(tensor._array) if view.base._requires_grad else None
    tensor._output_nr = 0


def refresh(tensor: TensorBase, asked: bool = False) -> None:
    """Bring the place in the graph of a view up to date with the writes into its base, if that place is `asked` for or
    something is recorded.

    Raises ``RuntimeError`` if such a write has made the history of the view ambiguous.
    """
    view = tensor._view
    if view is not None and view.seen != view.counter.value:
        _catch_up(tensor, view, asked)


def _catch_up(tensor: TensorBase, view: View, asked: bool) -> None:
    if get_mode() & NO_GRAD and not asked:
        return
    counter = view.counter
    right = getattr(view, "right", view.seen)
    written = counter.version() != counter.version(right)
    base = view.base
    if base._reseated is not None and view.seen < base._reseated[0]:
        view.steps = base._reseated[1](tensor, base)
    if written and (base._requires_grad or maker_of(tensor) is not None):
        if view.creation is not ORDINARY:
            raise RuntimeError(forbidden(tensor, indirect=True))
        node, nr = made_anew(view, tensor._maker)
        move_retained(tensor, node, nr)
        tensor._maker, tensor._output_nr, tensor._requires_grad = node, nr, True
        right = counter.value
    elif tensor._maker.__class__ is Unrecorded or not tensor._requires_grad:
        require_as_base(tensor, view)
    view.right, view.seen = right, counter.value


def move_retained(target: TensorBase, node: Node, output_nr: int) -> None:
    """A tensor that retains its gradient retains that of its newest value."""
    old = target._maker
    if target._retains_grad and old is not None and old._retained and target._output_nr in old._retained:
        kept = old._retained.pop(target._output_nr)
        node._retained = {**(node._retained or {}), output_nr: kept}
        node._watched = True


_SUBJECT = {IN_NO_GRAD: "no_grad", IN_INFERENCE: "inference", ONE_OF_MANY: "no_grad", IN_FUNCTION: "no_grad"}
_MOMENT = dict.fromkeys(_SUBJECT, " with grad mode enabled") | {IN_INFERENCE: " in normal mode"}
_SEVERAL = (
    " This view is the output of a function that returns multiple views. Such functions do not allow the output views "
    "to be modified inplace. You should replace the inplace operation by an out-of-place one."
)
_PAST_BACKWARD = (
    " This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to "
    "handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect "
    "gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function."
)
_AMBIGUOUS = (
    " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both "
    "the view and the inplace either both inside the {block} block (if you don't want the inplace to be tracked) or "
    "both outside (if you want the inplace to be tracked)."
)


def forbidden(tensor: TensorBase, indirect: bool = False) -> str:
    """Why a view may not be written to (or, `indirect`, not read after a write) while recording."""
    view, node = tensor._view, maker_of(tensor)
    assert view is not None
    done = "its base or another view of its base has been modified inplace" if indirect else "is being modified inplace"
    subject, moment = _SUBJECT[view.creation] + " mode", _MOMENT[view.creation]
    output = None if node is None else f"Output {tensor._output_nr} of {short_name(node)}"
    if output is None:
        told = f"A view was created in {subject} and {done}{moment}."
    elif view.creation in (ONE_OF_MANY, IN_FUNCTION):
        told = f"{output} is a view and {done}."
    else:
        told = f"{output} is a view of a view which was created in {subject} and {done}{moment}."
    block = subject.replace("e mode", "e_mode").removesuffix(" mode")
    reasons = {ONE_OF_MANY: _SEVERAL, IN_FUNCTION: _PAST_BACKWARD}
    return told + reasons.get(view.creation, _AMBIGUOUS.format(block=block))
