"""Function: an operator of your own, with its forward and its backward.

The node in the graph *is* the context: what ``forward`` stores on ``ctx`` is what ``backward`` finds, and ``grad_fn`` of
the result is that object. Matches https://docs.pytorch.org/docs/2.13/autograd.html#torch.autograd.Function.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.graph import forward_mode
from pullback.graph.modes import FORWARD, NO_GRAD, current_mode, switched
from pullback.graph.node import Node, check_saved, edge_of, next_sequence_number
from pullback.graph.tensor_base import TensorBase, at_node, wrap
from pullback.graph.versions import version
from pullback.graph.views import rebase, refresh


class FunctionCtx(Node):
    """What ``forward`` and ``backward`` share; the node of the call."""

    __slots__ = ()

    needs_input_grad: tuple[bool, ...]
    materialize_grads = True
    _to_save: tuple[Any, ...] | None = None
    _to_save_forward: tuple[Any, ...] = ()
    _dirty: tuple[Any, ...] = ()
    _no_grad_outputs: tuple[Any, ...] = ()
    _released = False

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or `None`) for the backward pass, where they are ``ctx.saved_tensors``."""
        for each in tensors:
            if each is not None and not isinstance(each, TensorBase):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {tensors.index(each)} is of type {type(each).__name__}"
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for ``jvp``."""
        self._to_save_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs ``forward`` wrote into; they must be among its results."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which results have no gradient."""
        self._no_grad_outputs = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether missing cotangents come as zeros (the default) or as `None`."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept. ``RuntimeError`` once freed, or if a tensor was written to since."""
        if self._released:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have "
                "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
                "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
                "if you need to access saved tensors after calling backward."
            )
        return tuple(
            self._unpack(number, each) for number, each in enumerate(self.__dict__.get("_kept", self._to_save or ()))
        )

    def _unpack(self, number: int, kept: Any) -> Any:
        if isinstance(kept, _Output):
            return at_node(kept.array, self, kept.nr)
        if isinstance(kept, TensorBase) and kept._counter is not None:
            check_saved(self, number, kept)  # type: ignore[arg-type]
        return kept

    def _seal(self, outputs: tuple[Any, ...]) -> None:
        """Turn saved results into bare arrays, so that the node does not hold itself; note versions."""
        kept = []
        for number, each in enumerate(self._to_save or ()):
            nr = next((n for n, o in enumerate(outputs) if o is each), None)
            if nr is not None and each._requires_grad and each._grad_fn is self:
                kept.append(_Output(each._array, nr))
                continue
            kept.append(each)
            if each is not None and version(each):
                self.versions = {**(self.versions or {}), number: version(each)}
        self.__dict__["_kept"] = tuple(kept)
        for name in ("_to_save", "_dirty", "_no_grad_outputs"):
            self.__dict__.pop(name, None)

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Call the user's backward on leaves, without recording."""
        found = self._call_backward([g if g is None else wrap(g) for g in self._cotangents(grad)], keep)
        return tuple(g if g is None else g._array for g in found)

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """Call the user's backward, recording what it does."""
        return self._call_backward(self._cotangents(grad), keep)

    def _cotangents(self, grad: Any) -> list[Any]:
        grads = list(grad) if self.n_outputs != 1 else [grad]
        if self.materialize_grads:
            grads = [
                _zeros(self.output_shape(nr), self.output_dtype(nr), grads) if g is None else g
                for nr, g in enumerate(grads)
            ]
        return grads

    def _call_backward(self, grads: list[Any], keep: bool) -> tuple[Any, ...]:
        function = self.__dict__["function"]
        found = function.backward(self, *grads)
        if not keep:
            self.__dict__["_kept"] = ()
            self._released = bool(self.__dict__.get("_had_saved"))
        found = found if isinstance(found, tuple) else (found,)
        positions = self.__dict__["tensor_positions"]
        count = self.__dict__["argument_count"]
        if len(found) > count and all(g is None for g in found[count:]):
            found = found[:count]
        if len(found) != count:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {count}, got {len(found)})"
            )
        for number, each in enumerate(found):
            if each is None:
                continue
            if not isinstance(each, TensorBase):
                raise TypeError(
                    f"function {self.name()} returned a value of type {type(each).__name__} at position {number}, expected a Tensor or None"
                )
            if number not in positions:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different from None at position {number + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            self._check_shape(number, each)
        return tuple(found[number] for number in positions)

    def _check_shape(self, number: int, gradient: Any) -> None:
        shape = self.__dict__["input_shapes"][number]
        try:
            fits = np.broadcast_shapes(shape, gradient._array.shape) == gradient._array.shape
        except ValueError:
            fits = False
        if not fits:
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {number} - got {list(gradient._array.shape)} "
                f"but expected shape compatible with {list(shape)}"
            )


class _Output:
    """A saved result: its array and which output it was."""

    __slots__ = ("array", "nr")

    def __init__(self, array: Any, nr: int) -> None:
        self.array = array
        self.nr = nr


def _zeros(shape: Any, dtype: Any, grads: list[Any]) -> Any:
    zeros = np.zeros(shape, dtype)
    return wrap(zeros) if any(isinstance(g, TensorBase) for g in grads) else zeros


class _FunctionMeta(type):
    """Gives each Function the class of its nodes, ``<Name>Backward``."""

    def __init__(cls, name: str, bases: Any, namespace: Any) -> None:
        super().__init__(name, bases, namespace)
        cls._backward_cls = type(f"{name}Backward", (FunctionCtx,), {"__slots__": (), "__module__": cls.__module__})


class Function(metaclass=_FunctionMeta):
    """An operator with a derivative of your own: subclass it, call it by ``apply``.

    >>> import pullback as torch
    >>> class Cube(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x ** 3
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         x, = ctx.saved_tensors
    ...         return grad * 3 * x ** 2
    >>> x = torch.tensor(2., requires_grad=True)
    >>> y = Cube.apply(x); y.backward(); x.grad
    tensor(12.)
    """

    _backward_cls: type[FunctionCtx]
    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        import warnings

        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future version "
            "of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results; the first argument is ``ctx`` unless ``setup_context`` is defined."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep what the backward pass needs, given the inputs and the result."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The cotangent of each argument of ``forward``, `None` for those that have none."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangent of each result, given those of the arguments."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` on `args` and put the call into the graph."""
        node = cls._prepare(args)
        separate = cls.setup_context is not Function.setup_context
        mode = current_mode()
        with switched(on=NO_GRAD, off=FORWARD):
            if separate:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(node, args, result)
            else:
                result = cls.forward(node, *args, **kwargs)
        outputs = result if isinstance(result, tuple) else (result,)
        recording = any(node.needs_input_grad) and not mode & NO_GRAD
        found = _attach(node, args, outputs, recording)
        if mode & FORWARD:
            _push(cls, node, args, found)
        node._seal(found)
        return found if isinstance(result, tuple) else found[0]

    @classmethod
    def _prepare(cls, args: tuple[Any, ...]) -> FunctionCtx:
        node = cls._backward_cls()
        tensors = {number: each for number, each in enumerate(args) if isinstance(each, TensorBase)}
        for each in tensors.values():
            if each._view is not None:
                refresh(each)
        node.needs_input_grad = tuple(isinstance(each, TensorBase) and each._requires_grad for each in args)
        node.edges = tuple(edge_of(each) for each in tensors.values())
        node.__dict__.update(
            function=cls,
            tensor_positions=tuple(tensors),
            argument_count=len(args),
            input_shapes={number: each._array.shape for number, each in tensors.items()},
        )
        return node


def _attach(node: FunctionCtx, args: Any, outputs: tuple[Any, ...], recording: bool) -> tuple[Any, ...]:
    """Put the results into the graph at `node`."""
    import sys

    found = list(outputs)
    tensors = [each for each in outputs if isinstance(each, TensorBase)]
    for nr, output in enumerate(outputs):
        dirty = any(output is each for each in node._dirty)
        if isinstance(output, TensorBase) and not dirty and any(output is each for each in args):
            with switched(on=NO_GRAD):
                found[nr] = output.view_as(output)  # type: ignore[attr-defined]
            found[nr]._view = None
    node.__dict__["_had_saved"] = bool(node._to_save)
    if not recording or not tensors:
        return tuple(found)
    caller = sys._getframe(2)
    node.code, node.offset = caller.f_code, caller.f_lasti
    node.seq = next_sequence_number()
    node.n_outputs = len(outputs)
    shapes = [each._array.shape if isinstance(each, TensorBase) else () for each in found]
    kinds = [each._array.dtype if isinstance(each, TensorBase) else np.dtype(float) for each in found]
    node.shape, node.dtype = (shapes, kinds) if len(outputs) != 1 else (shapes[0], kinds[0])
    for nr, output in enumerate(found):
        if not isinstance(output, TensorBase) or output._array.dtype.kind in "biu":
            continue
        if any(output is each or outputs[nr] is each for each in node._no_grad_outputs):
            continue
        if any(output is each for each in node._dirty):
            rebase(output, node, nr)
            continue
        if output._grad_fn is not None or output._requires_grad:
            output = found[nr] = wrap(output._array)
        output._grad_fn, output._output_nr, output._requires_grad = node, nr, True
    _replace_saved(node, outputs, tuple(found))
    return tuple(found)


def _replace_saved(node: FunctionCtx, before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
    """A saved result that was exchanged for its twin in the graph is saved as that."""
    if node._to_save is not None:
        node._to_save = tuple(
            next((b for a, b in zip(before, after) if a is each and a is not b and b._grad_fn is node), each)
            for each in node._to_save
        )


def _push(cls: Any, node: FunctionCtx, args: Any, outputs: tuple[Any, ...]) -> None:
    tangents = [forward_mode.tangent_of(a) if isinstance(a, TensorBase) else None for a in args]
    if all(t is None for t in tangents):
        return
    node.__dict__["saved_for_forward"] = node._to_save_forward
    if node.materialize_grads:
        tangents = [
            wrap(np.zeros(a._array.shape, a._array.dtype)) if t is None and isinstance(a, TensorBase) else t
            for a, t in zip(args, tangents)
        ]
    with switched(off=FORWARD):
        pushed = cls.jvp(node, *tangents)
    for output, tangent in zip(outputs, pushed if isinstance(pushed, tuple) else (pushed,)):
        if tangent is not None:
            forward_mode.set_tangent(output, tangent)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a ``backward`` that cannot itself be differentiated: doing so raises ``RuntimeError``."""

    @functools.wraps(function)
    def backward(ctx: Any, *grads: Any) -> Any:
        with switched(on=NO_GRAD):
            found = function(ctx, *grads)
        if current_mode() & NO_GRAD or not any(isinstance(g, TensorBase) and g._requires_grad for g in grads):
            return found
        values = found if isinstance(found, tuple) else (found,)
        marked = tuple(v if v is None else Undifferentiable.apply(v.detach().requires_grad_()) for v in values)
        return marked if isinstance(found, tuple) else marked[0]

    return backward


class Undifferentiable(Function):
    """The identity, whose backward raises."""

    @staticmethod
    def forward(ctx: Any, value: Any) -> Any:
        """Pass the value on."""
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Raise: the function was marked as differentiable once."""
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


class NestedIOFunction(Function):
    """Accepted by name; nested inputs and outputs are passed as they are."""


InplaceFunction = Function
_SingleLevelFunction = Function
BackwardCFunction = FunctionCtx
