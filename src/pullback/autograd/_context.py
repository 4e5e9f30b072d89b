"""The context of a custom function: what its forward and backward share, and its node in the graph.

They are one object: what ``forward`` stores on ``ctx`` is what ``backward`` finds, and ``grad_fn`` of the result is that
object. So every name that the graph needs of a node begins with an underscore: the others are the user's.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.graph import reentry
from pullback.graph.forward_mode import saved_result
from pullback.graph.hooks import note_hooked
from pullback.graph.modes import FORWARD, NO_GRAD, switched
from pullback.graph.node import RELEASED, Node, check_saved, modified, next_sequence_number, value_at
from pullback.graph.saved_hooks import Packed, SavedTensor, newest_pair
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import VersionCounter, bump, counter_of, saved_version

_RELEASED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)
_READ_BEFORE = (
    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the autograd.Function. Either "
    "access saved_tensors only once, or set clear_saved_tensors_on_access=False."
)


class FunctionCtx:
    """What ``forward`` can say about the call."""

    to_save: tuple[Any, ...] | None = None
    saved_for_forward: tuple[Any, ...] | None = None
    dirty_tensors: tuple[Any, ...] | None = None
    non_differentiable: tuple[Any, ...] | None = None
    materialize_grads: bool = True
    _materialize_non_diff_grads: bool = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or `None`) for the backward pass, where they are ``ctx.saved_tensors``."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for ``jvp``, where they are ``ctx.saved_tensors``."""
        if not all(isinstance(each, TensorBase) or each is None for each in tensors):
            raise AssertionError(
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx."
            )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Any) -> None:
        """Say which inputs ``forward`` wrote into; they must be among its results."""
        self.dirty_tensors = args

    def mark_non_differentiable(self, *args: Any) -> None:
        """Say which results have no gradient."""
        self.non_differentiable = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Accepted for compatibility: shared memory is tracked by itself."""
        warnings.warn(
            "function 'mark_shared_storage' is deprecated. Tensors with shared storages are automatically tracked. Note "
            "that calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing cotangents come as zeros (the default) or as `None`."""
        self.materialize_grads = value


class BackwardCFunction(Node, FunctionCtx):
    """The node of one call of a custom function. Each function has a subclass of its own."""

    __slots__ = ()

    runs_on_none = True
    needs_input_grad: tuple[bool, ...] = ()
    _forward_cls: Any = None
    _kept: tuple[Any, ...] | None = ()
    """What was saved: tensors, `_Output`, packed forms, `None`; nothing at all once it was let go of."""
    _positions: tuple[int, ...] = ()
    """The positions of the tensors among the arguments; there is an edge for each."""
    _input_facts: tuple[Any, ...] = ()
    """Shape and dtype of each of these."""

    _undefined: frozenset[int] = frozenset()
    """Outputs whose missing cotangent stays `None`."""

    def __init__(self) -> None:
        self._edges = ()
        self._seq = next_sequence_number()
        self._shape = self._dtype = None

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept. ``RuntimeError`` once freed, or if a tensor was written to since."""
        if self.saved_for_forward:
            return self.saved_for_forward
        if self._kept is None:
            raise RuntimeError(_READ_BEFORE if self.__dict__.get("_read") else _RELEASED)
        found = tuple(self._unpack(number, each) for number, each in enumerate(self._kept))
        if self._forward_cls.clear_saved_tensors_on_access:
            self._kept, self._read = None, True
        return found

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    @property
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        """What `save_for_backward` kept, as objects that take hooks."""
        if self._kept is None:
            raise RuntimeError(_RELEASED)
        return tuple(_RawSaved(self, number) for number in range(len(self._kept)))

    def _unpack(self, number: int, kept: Any) -> Any:
        if isinstance(kept, _Output):
            kept.check(self)
            return saved_result(kept.array, self, kept.nr)
        if isinstance(kept, Packed):
            return kept.tensor(self)
        if isinstance(kept, TensorBase) and kept._counter is not None:
            check_saved(self, number, kept)
        return kept

    def seal(self, outputs: tuple[Any, ...], recorded: bool) -> None:
        """Take over what is to be kept of the call. Results are kept without their history, so that the node does not
        hold itself."""
        kept: list[Any] = []
        pair, saving, without = newest_pair(), (self.to_save or ()) if recorded else (), self.non_differentiable
        for name in ("to_save", "saved_for_forward", "dirty_tensors", "non_differentiable"):
            self.__dict__.pop(name, None)  # before hooks run, which may raise: results hold this node
        for number, each in enumerate(saving):
            nr = next((n for n, o in enumerate(outputs) if o is each and each._requires_grad), None)
            if each is None:
                kept.append(None)
            elif nr is None:
                kept.append(each if pair is None else Packed(each, pair))
                if pair is None and each._counter is not None:
                    self._versions = {**(self._versions or {}), number: saved_version(each)}
            else:
                output = _Output(each._array, nr, counter_of(each))
                kept.append(output if pair is None else output.packed(pair))
        self._kept = tuple(kept)
        if pair is not None:
            note_hooked(self)
        if without and not self._materialize_non_diff_grads:
            self._undefined = frozenset(nr for nr, each in enumerate(outputs) if not getattr(each, "_requires_grad", 1))

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Call the user's backward on leaves, without recording."""
        grads = list(grad) if self._n_outputs != 1 else [grad]
        found = self._call_backward([g if g is None else wrap(g) for g in grads], keep)
        return tuple(g if g is None else g._array for g in found)

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """Call the user's backward, recording what it does."""
        return self._call_backward(list(grad) if self._n_outputs != 1 else [grad], keep)

    def _call_backward(self, grads: list[Any], keep: bool) -> tuple[Any, ...]:
        if self.materialize_grads:
            grads = [
                wrap(np.zeros(*value_at(self, nr))) if g is None and self._wants_zeros(nr) else g
                for nr, g in enumerate(grads)
            ]
        found = reentry.call_nested(self._forward_cls.backward_or_vjp(), self, *grads)
        if not keep and self._kept:
            self._kept = None
        return self._checked(found if isinstance(found, tuple) else (found,))

    def _wants_zeros(self, nr: int) -> bool:
        return nr not in self._undefined and value_at(self, nr)[1] is not None

    def _checked(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the user's backward returned, for each edge. ``RuntimeError`` if it does not fit the arguments."""
        count, name = len(self.needs_input_grad), self.name()
        if len(found) > count and all(g is None for g in found[count:]):
            found = found[:count]
        if len(found) != count:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {count}, got {len(found)})"
            )
        for number, each in enumerate(found):
            if each is not None and number not in self._positions:
                raise RuntimeError(
                    f"function {name} returned a gradient different than None at position {number + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            if each is not None and not isinstance(each, TensorBase):
                raise RuntimeError(f"expected Variable or None (got {type(each).__name__})")
        gradients = tuple(found[number] for number in self._positions)
        for index, (gradient, edge) in enumerate(zip(gradients, self._edges)):
            if gradient is not None and edge is not None:
                self._check_gradient(index, gradient)
        return gradients

    def _check_gradient(self, index: int, gradient: Any) -> None:
        shape, dtype = self._input_facts[index]
        found = gradient._array
        try:
            fits = np.broadcast_shapes(shape, found.shape) == found.shape
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {index} - got {list(found.shape)} but "
                f"expected shape compatible with {list(shape)}"
            )
        if found.dtype.kind == "c" and dtype.kind != "c":
            raise RuntimeError(
                "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but "
                f"got false: function {self.name()} returned a complex gradient for a real input."
            )


class _Output:
    """A saved result: its array, which output it was, and the version of its memory."""

    __slots__ = ("array", "counter", "nr", "version")

    def __init__(self, array: Any, nr: int, counter: VersionCounter) -> None:
        self.array, self.nr, self.counter, self.version = array, nr, counter, counter.value

    def check(self, node: Node) -> None:
        """Raise if the result was written to since."""
        now, then = self.counter.version(), self.counter.version(self.version)
        if now != then:
            raise modified(node, self.array, node, self.nr, now, then)

    def packed(self, pair: Any) -> Packed:
        """The result in the packing of user hooks."""
        bare = wrap(self.array)
        bare._counter = self.counter
        return Packed(bare, pair, self.nr)


class _RawSaved(SavedTensor):
    """One value that a custom function saved, for whoever wants to set hooks on it."""

    def __init__(self, node: BackwardCFunction, number: int) -> None:
        super().__init__(node, lambda: self._get(number), lambda new: self._set(number, new))
        self._number = number

    def _pack(self, value: Any, pair: Any) -> Packed:
        return value.packed(pair) if isinstance(value, _Output) else super()._pack(value, pair)

    def unpack(self) -> Any:
        """The value as a tensor."""
        if self._node._kept is None:
            raise RuntimeError(_RELEASED)
        return self._node._unpack(self._number, self._node._kept[self._number])

    def _get(self, number: int) -> Any:
        return RELEASED if self._node._kept is None else self._node._kept[number]

    def _set(self, number: int, new: Any) -> None:
        kept = self._node._kept
        self._node._kept = (*kept[:number], new, *kept[number + 1 :])


def check_marks(node: FunctionCtx, outputs: tuple[Any, ...]) -> None:
    """Raise if ``forward`` saved or marked what it cannot, and count the writes it told of."""
    for number, each in enumerate(node.to_save or ()):
        if each is not None and not isinstance(each, TensorBase):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {number} is of type {type(each).__name__}"
            )
    for each in node.non_differentiable or ():
        if not isinstance(each, TensorBase):
            raise RuntimeError(
                f"mark_non_differentiable only accepts variable arguments, but got {type(each).__name__}"
            )
    for number, each in enumerate(node.dirty_tensors or ()):
        if not isinstance(each, TensorBase):
            raise RuntimeError(
                f"mark_dirty can only accept variables, but argument {number} is of type {type(each).__name__}"
            )
        if not any(each is output for output in outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        bump(each)


def silent() -> Any:
    """The modes in which ``forward`` runs: nothing is recorded, no tangents travel."""
    return switched(on=NO_GRAD, off=FORWARD)
