"""A tensor's place in the graph: gradients, leaves, hooks, detaching."""

from __future__ import annotations

import weakref
from typing import Any

from pullback.graph.hooks import RemovableHandle, register
from pullback.graph.modes import INFERENCE, get_mode
from pullback.graph.provenance import forward_line
from pullback.graph.requests import backward
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.graph.versions import counter_of
from pullback.graph.views import refresh

_NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, "
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access "
    "the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more informations."
)


class HistoryMethods:
    """What autograd knows of a tensor."""

    __slots__ = ()

    @property
    def requires_grad(self: Any) -> bool:
        """Whether operators on this tensor record a graph."""
        if self._view is not None:
            refresh(self)
        return self._requires_grad  # type: ignore[no-any-return]

    @requires_grad.setter
    def requires_grad(self: Any, value: bool) -> None:
        if self._view is not None:
            refresh(self)
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if self._grad_fn is not None and not value:
            line = forward_line(self._grad_fn)
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
                "a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                + (f" (this one was made at {line})" if line else "")
            )
        if value and self._array.dtype.kind in "biu":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if value and self._inference and not get_mode() & INFERENCE:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if self._grad_fn is None:
            self._requires_grad = value

    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        """Set whether operators on this leaf record a graph; returns the tensor.

        Raises ``RuntimeError`` for integers and booleans, and for a tensor that is no leaf.
        """
        self.requires_grad = requires_grad
        return self

    @property
    def grad_fn(self: Any) -> Any:
        """The node that made this tensor; `None` for a leaf."""
        if self._view is not None:
            refresh(self)
        return self._grad_fn

    @property
    def is_leaf(self: Any) -> bool:
        """Whether the tensor was not made by an operator that records a graph."""
        if self._view is not None:
            refresh(self)
        return self._grad_fn is None

    @property
    def output_nr(self: Any) -> int:
        """Which output of its node the tensor is."""
        return self._output_nr  # type: ignore[no-any-return]

    @property
    def grad(self: Any) -> Any:
        """The gradient that backward passes have accumulated; `None` at first."""
        if self._grad is None and self._grad_fn is not None and self._requires_grad and not self._retains_grad:
            import warnings

            warnings.warn(_NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self: Any, value: Any) -> None:
        if value is not None:
            _check_grad(self, value)
        self._grad = value

    @grad.deleter
    def grad(self: Any) -> None:
        self._grad = None

    @property
    def data(self: Any) -> Any:
        """The same memory without history; writes through it are not seen by autograd."""
        return wrap(solid(self))

    @data.setter
    def data(self: Any, value: Any) -> None:
        if not isinstance(value, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self._requires_grad and value._array.dtype.kind in "biu":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._array = solid(value)

    def detach(self: Any) -> Any:
        """A tensor with the same memory that does not require grad. Writes to either are seen by both."""
        memory = solid(self)
        twin_ = wrap(memory)
        twin_._counter = counter_of(self)
        twin_._inference = self._inference
        return twin_

    def detach_(self: Any) -> Any:
        """Cut the tensor from the graph that made it: it becomes a leaf."""
        if self._view is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        self._grad_fn = None
        self._output_nr = 0
        self._requires_grad = False
        self._retains_grad = False
        return self

    def retain_grad(self: Any) -> None:
        """Let a tensor that is no leaf keep its gradient in ``.grad`` too."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self._grad_fn is None or self._retains_grad:
            return
        self._retains_grad = True
        node = self._grad_fn
        node.watched = True
        node.retained = {**(node.retained or {}), self._output_nr: weakref.ref(self)}

    @property
    def retains_grad(self: Any) -> bool:
        """Whether a tensor that is no leaf keeps its gradient."""
        return self._retains_grad and self.grad_fn is not None

    def register_hook(self: Any, hook: Any) -> RemovableHandle:
        """Call ``hook(grad)`` whenever the gradient of this tensor is computed; it may return a replacement.

        Raises ``RuntimeError`` if the tensor does not require grad.
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._grad_fn is None:
            if self._hooks is None:
                self._hooks: dict[int, Any] = {}
            return register(self._hooks, hook)
        node = self._grad_fn
        node.watched = True
        if node.tensor_hooks is None:
            node.tensor_hooks = {}
        return register(node.tensor_hooks.setdefault(self._output_nr, {}), hook)

    def register_post_accumulate_grad_hook(self: Any, hook: Any) -> RemovableHandle:
        """Call ``hook(tensor)`` after the gradient of this leaf was accumulated."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._post_hooks is None:
            self._post_hooks: dict[int, Any] = {}
        return register(self._post_hooks, hook)

    def backward(
        self: Any, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        """Accumulate the gradients of this tensor into the leaves of its graph; see `pullback.autograd.backward`.

        >>> import pullback as torch
        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> (x * x).sum().backward(); x.grad
        tensor([2., 4.])
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _check_grad(tensor: Any, value: Any) -> None:
    if not isinstance(value, TensorBase):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
    if value is tensor:
        raise RuntimeError("can't assign Variable as its own grad")
    if value._array.dtype != tensor._array.dtype:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{value.dtype.name}' to a tensor with grad_dtype "
            f"'{tensor.dtype.name}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). "
            "You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set "
            "grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems "
            "that assume they match."
        )
    if value._array.shape != tensor._array.shape:
        raise RuntimeError(
            f"assigned grad has data of a different size: expected {tuple(tensor._array.shape)}, "
            f"got {tuple(value._array.shape)}"
        )
