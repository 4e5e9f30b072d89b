"""A tensor's place in the graph: gradients, leaves, hooks, detaching."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from typing import Any

from pullback.arrays.dtypes import dtype, from_numpy
from pullback.arrays.strides import element_strides
from pullback.graph.hooks import RemovableHandle, note_hooked, register
from pullback.graph.levels import is_transformed
from pullback.graph.modes import BATCHED, INFERENCE, NO_GRAD, get_mode, switched
from pullback.graph.node import Unrecorded, maker_of
from pullback.graph.provenance import forward_line
from pullback.graph.requests import backward
from pullback.graph.steps import replay
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.graph.torch_function import reclassed, wants_to_be_asked
from pullback.graph.type_names import c_type, scalar_type
from pullback.graph.versions import counter_of
from pullback.graph.views import refresh, require_as_base

_NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, "
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access "
    "the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more informations."
)
_NO_LEAF = "you can only change requires_grad flags of leaf variables."
_DETACH = (
    " If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = "
    "var.detach()."
)


_IN_TRANSFORM = (
    "You are attempting to call Tensor.{}(){} inside of a function being transformed by a functorch transform. This is "
    "unsupported, please attempt to use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call {}() "
    "outside of a function being transformed instead."
)


class HistoryMethods:
    """What autograd knows of a tensor."""

    __slots__ = ()

    @property
    def requires_grad(self: Any) -> bool:
        """Whether operators on this tensor record a graph; a view requires grad as soon as its base does."""
        view = self._view
        if view is None or (self._requires_grad and self._maker.__class__ is not Unrecorded):
            return self._requires_grad  # type: ignore[no-any-return]
        return view.base._requires_grad  # type: ignore[no-any-return]

    @requires_grad.setter
    def requires_grad(self: Any, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if maker_of(self) is not None:
            raise RuntimeError(_NO_LEAF + ("" if value else _DETACH + _made_at(self)))
        if value and self._array.dtype.kind in "biu":
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        _set_required(self, value)

    @requires_grad.deleter
    def requires_grad(self: Any) -> None:
        raise RuntimeError("requires_grad must be a bool")

    def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
        """Set whether operators on this leaf record a graph; returns the tensor.

        Raises ``RuntimeError`` for integers and booleans, and for a tensor that is no leaf.
        """
        if maker_of(self) is not None:
            if not requires_grad:
                raise RuntimeError(_NO_LEAF + _DETACH + _made_at(self))
            return self
        if requires_grad and self._array.dtype.kind in "biu":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if requires_grad and (get_mode() & BATCHED or is_transformed()):
            more = " (or perhaps using torch.autograd.functional.* APIs)"
            raise RuntimeError(_IN_TRANSFORM.format("requires_grad_", more, "requires_grad_"))
        _set_required(self, requires_grad)
        return self

    @property
    def grad_fn(self: Any) -> Any:
        """The node that made this tensor; `None` for a leaf."""
        if self._view is not None:
            refresh(self, asked=True)
        return maker_of(self)

    @property
    def _grad_fn(self: Any) -> Any:
        return self.grad_fn

    @_grad_fn.setter
    def _grad_fn(self: Any, value: None) -> None:
        if value is not None:
            raise RuntimeError("_grad_fn can be only set to None")
        self.detach_()

    @_grad_fn.deleter
    def _grad_fn(self: Any) -> None:
        raise RuntimeError("Deletion of _grad_fn not allowed. Detach tensor instead!")

    @property
    def is_leaf(self: Any) -> bool:
        """Whether the tensor was not made by an operator that records a graph."""
        return self.grad_fn is None

    @property
    def output_nr(self: Any) -> int:
        """Which output of its node the tensor is."""
        return self._output_nr  # type: ignore[no-any-return]

    @property
    def volatile(self: Any) -> bool:
        """Formerly: whether nothing was recorded. `False` with a warning."""
        import warnings

        warnings.warn("volatile was removed (Variable.volatile is always False)", UserWarning, stacklevel=2)
        return False

    @volatile.setter
    def volatile(self: Any, value: Any) -> None:
        import warnings

        told = "volatile was removed and now has no effect. Use `with torch.no_grad():` instead."
        warnings.warn(told, UserWarning, stacklevel=2)

    def _view_func(self: Any, new_base: Any) -> Any:
        """This view, of another base that lies in memory as the own one does; `None` for another, or if it is no view."""
        view = self._view
        if view is None or new_base._array.shape != view.base._array.shape:
            return None
        alike = element_strides(solid(new_base)) == element_strides(solid(view.base))
        return self._view_func_unsafe(new_base) if alike else None

    def _view_func_unsafe(self: Any, new_base: Any) -> Any:
        """This view, of any other base."""
        with switched(on=NO_GRAD):
            return None if self._view is None else replay(new_base, self._view.steps)

    @property
    def grad(self: Any) -> Any:
        """The gradient that backward passes have accumulated; `None` at first."""
        if self._grad is None and maker_of(self) is not None and self._requires_grad and not self._retains_grad:
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
    def grad_dtype(self: Any) -> Any:
        """The dtype that the gradient of this leaf takes: its own unless another is set; `None` for any that comes."""
        kind = self._grad_dtype
        if maker_of(self) is not None:
            raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
        return self.dtype if kind is ... else None if kind is None else from_numpy(kind)

    @grad_dtype.setter
    def grad_dtype(self: Any, value: Any) -> None:
        if value is not None and not isinstance(value, dtype):
            raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}")
        if maker_of(self) is not None:
            raise RuntimeError("grad_dtype can only be set on leaf tensors.")
        if value is not None and self._grad is not None and self._grad._array.dtype != value.numpy:
            raise RuntimeError(
                f"Cannot set grad_dtype to '{scalar_type(value.numpy)}' because there is already a gradient with dtype "
                f"'{c_type(self._grad._array.dtype)}'. Please clear the gradient (.grad = None) before changing grad_dtype, "
                "or ensure the new grad_dtype matches the existing gradient's dtype."
            )
        self._grad_dtype = None if value is None else value.numpy
        note_hooked(self)  # the pass that looks at such things serves it

    @property
    def data(self: Any) -> Any:
        """The same memory without history; writes through it are not seen by autograd."""
        shown = wrap(solid(self))
        if self._inference:
            shown._counter = self._counter
        return reclassed(shown, type(self)) if wants_to_be_asked(self) else shown

    @data.setter
    def data(self: Any, value: Any) -> None:
        if not isinstance(value, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if hasattr(self._array, "layout") is not hasattr(value._array, "layout"):
            raise RuntimeError(
                "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have incompatible tensor type."
            )
        if self._requires_grad and value._array.dtype.kind in "biu":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._array = solid(value)
        if self._inference is not value._inference:
            self._counter = value._counter if value._inference else None

    @data.deleter
    def data(self: Any) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    def detach(self: Any) -> Any:
        """A tensor with the same memory that does not require grad. Writes to either are seen by both."""
        memory = solid(self)
        twin_ = wrap(memory)
        twin_._counter = counter_of(self)
        return reclassed(twin_, type(self)) if wants_to_be_asked(self) else twin_

    def detach_(self: Any) -> Any:
        """Cut the tensor from the graph that made it: it becomes a leaf."""
        if get_mode() & INFERENCE:
            return self
        if self._view is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
                "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
                "detach_() cannot be called on these gradients. To fix this error, please refer to the "
                "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
            )
        if self._maker is not None:
            counter = counter_of(self)
            counter.flip()  # for a node that saved this tensor
            self._detached = counter.value
        self._maker = None
        self._output_nr = 0
        _set_required(self, False)
        self._tangent = None
        return self

    def retain_grad(self: Any) -> None:
        """Let a tensor that is no leaf keep its gradient in ``.grad`` too."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if is_transformed():
            raise RuntimeError(_IN_TRANSFORM.format("retain_grad", "", "retain_grad"))
        if maker_of(self) is None or self._retains_grad:
            return
        if self._view is not None:
            refresh(self, asked=True)
        self._retains_grad = True
        node = self._maker
        node._watched = True
        node._retained = {**(node._retained or {}), self._output_nr: weakref.ref(self)}

    @property
    def retains_grad(self: Any) -> bool:
        """Whether a tensor that is no leaf keeps its gradient."""
        return self._retains_grad

    def register_hook(self: Any, hook: Any) -> RemovableHandle:
        """Call ``hook(grad)`` whenever the gradient of this tensor is computed; it may return a replacement.

        Raises ``RuntimeError`` if the tensor does not require grad.
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            return self._maker.register_tensor_hook(self._output_nr, hook)
        if self._hooks is None:
            self._hooks: OrderedDict[int, Any] = OrderedDict()
        note_hooked(self)
        return register(self._hooks, hook)

    @property
    def _backward_hooks(self: Any) -> Any:
        """The hooks by the id of their handle, or `None`."""
        if self.grad_fn is not None:
            return (self._maker._tensor_hooks or {}).get(self._output_nr)
        return self._hooks

    @_backward_hooks.setter
    def _backward_hooks(self: Any, hooks: Any) -> None:
        self._hooks = hooks
        if hooks is not None:
            note_hooked(self)

    @_backward_hooks.deleter
    def _backward_hooks(self: Any) -> None:
        raise RuntimeError("Deletion of _backwards_hooks not allowed!")

    @property
    def _post_accumulate_grad_hooks(self: Any) -> Any:
        """The hooks that run after accumulation by the id of their handle, or `None`."""
        return self._post_hooks

    def register_post_accumulate_grad_hook(self: Any, hook: Any) -> RemovableHandle:
        """Call ``hook(tensor)`` after the gradient of this leaf was accumulated."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        if self._post_hooks is None:
            self._post_hooks: OrderedDict[int, Any] = OrderedDict()
        note_hooked(self)
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


def _made_at(tensor: Any) -> str:
    line = forward_line(tensor._maker)
    return f" (this one was made at {line})" if line else ""


def _set_required(leaf: Any, value: bool) -> None:
    """Let a leaf require grad or not, and its views notice."""
    if value and leaf._inference and not get_mode() & INFERENCE:
        raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
    view = leaf._view
    if view is not None:
        leaf._maker, leaf._requires_grad = None, value
        if not value:
            require_as_base(leaf, view)
    elif leaf._requires_grad is not value:
        leaf._requires_grad = value
        if leaf._counter is not None:
            leaf._counter.flip()


def _check_grad(tensor: Any, value: Any) -> None:
    if not isinstance(value, TensorBase):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}")
    if value is tensor:
        raise RuntimeError("can't assign Variable as its own grad")
    wanted = tensor._array.dtype if tensor._grad_dtype is ... else tensor._grad_dtype
    if wanted is not None and value._array.dtype != wanted:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{c_type(value._array.dtype)}' to a tensor with grad_dtype "
            f"'{scalar_type(wanted)}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). "
            "You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set "
            "grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems "
            "that assume they match."
        )
    if value._array.shape != tensor._array.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor of size "
            f"'{list(tensor._array.shape)}'. Please ensure that the gradient and the tensor are the same size"
        )
