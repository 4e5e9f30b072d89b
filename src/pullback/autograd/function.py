"""Function: an operator of your own, with its forward and its backward.

Matches https://docs.pytorch.org/docs/2.13/autograd.html#torch.autograd.Function.
"""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.autograd import batched_function, custom_jvp
from pullback.autograd._context import BackwardCFunction, FunctionCtx, check_marks, silent
from pullback.autograd._results import attach
from pullback.graph import levels
from pullback.graph.modes import BATCHED, FORWARD, NO_GRAD, current_mode, switched
from pullback.graph.node import edge_of
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.views import refresh

__all__ = [
    "FunctionCtx",
    "BackwardCFunction",
    "FunctionMeta",
    "Function",
    "once_differentiable",
    "InplaceFunction",
    "NestedIOFunction",
]

_LEGACY = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with "
    "static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
)


class FunctionMeta(type):
    """Gives each Function the class of its nodes, ``<Name>Backward``."""

    def __init__(cls, name: str, bases: Any, namespace: Any) -> None:
        super().__init__(name, bases, namespace)
        made = {"__slots__": (), "__module__": cls.__module__, "_forward_cls": cls}
        cls._backward_cls = type(f"{name}Backward", (BackwardCFunction,), made)


class _SingleLevelFunction(metaclass=FunctionMeta):
    """What a Function defines."""

    _backward_cls: type[BackwardCFunction]

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


class Function(_SingleLevelFunction):
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

    generate_vmap_rule = False
    clear_saved_tensors_on_access = False
    """Whether ``ctx.saved_tensors`` lets go of what it returns; a second access raises then."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future version "
            "of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(_LEGACY)

    def __getattr__(self, name: str) -> Any:
        """An instance knows what a node that was never called knows."""
        if name.startswith("__"):
            raise AttributeError(name)
        node = self.__dict__.get("_node")
        if node is None:
            node = self.__dict__["_node"] = self._backward_cls()
            node.needs_input_grad, node._edges, node._shape = None, (), None  # type: ignore[assignment]
        try:
            return getattr(node, name)
        except AttributeError:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'") from None

    def name(self) -> str:
        """The name of the class."""
        return type(self).__name__

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """The function over a batch: the results, and the axis of the batch in each."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
            "generate_vmap_rule=True."
        )

    @classmethod
    def backward_or_vjp(cls) -> Callable[..., Any]:
        """The derivative that the subclass defines, under either of its two names."""
        if cls.vjp is _SingleLevelFunction.vjp:
            return cls.backward
        if cls.backward is not _SingleLevelFunction.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement "
                "one of them."
            )
        return cls.vjp

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` on `args` and put the call into the graph."""
        separate = cls.setup_context is not _SingleLevelFunction.setup_context
        if separate or kwargs:
            args, kwargs = _bound(cls.forward, args, kwargs, () if separate else (None,))
        mode = current_mode()
        batched = mode & BATCHED and not levels.are_of_autograd()
        if not separate and (batched or levels.is_transformed()):
            batched_function.refuse_old_style()
        if batched:
            args, found = batched_function.settled(cls, args, Function.vmap)
            if found is not None:
                return found
        node = cls._backward_cls()
        _connect(node, args)
        with silent():
            if separate:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(node, args, result)
            else:
                result = cls.forward(node, *args, **kwargs)
        outputs = result if isinstance(result, tuple) else (result,)
        check_marks(node, outputs)
        recording = any(node.needs_input_grad) and not mode & NO_GRAD
        if recording:
            caller = sys._getframe(1)
            node._code, node._offset = caller.f_code, caller.f_lasti
        else:
            node._edges = ()
        found = attach(node, args, outputs, recording)
        if mode & FORWARD:
            custom_jvp.push(cls.jvp, node, args, outputs, found)
        _follow_replaced(node, outputs, found)
        node.seal(found, recording)
        return found if isinstance(result, tuple) else found[0]


def _bound(
    forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], before: tuple[Any, ...]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments in the order of the parameters of `forward`, defaults filled in."""
    try:
        bound = inspect.signature(forward).bind(*before, *args, **kwargs)
    except TypeError:
        return args, kwargs  # the call itself tells what is wrong
    bound.apply_defaults()
    return bound.args[len(before) :], bound.kwargs


def _connect(node: BackwardCFunction, args: tuple[Any, ...]) -> None:
    """The edges of a call, and what its backward is checked against."""
    tensors = {number: each for number, each in enumerate(args) if isinstance(each, TensorBase)}
    for each in tensors.values():
        if each._view is not None:
            refresh(each)
    node.needs_input_grad = tuple(isinstance(each, TensorBase) and each._requires_grad for each in args)
    node._edges = tuple(edge_of(each) for each in tensors.values())
    node._positions = tuple(tensors)
    node._input_facts = tuple((each._array.shape, each._array.dtype) for each in tensors.values())


def _follow_replaced(node: BackwardCFunction, before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
    """A saved argument that was returned, and for which a view stands in, stays the argument; all else needs nothing."""
    if node.to_save is not None:
        swapped = {id(b): a for b, a in zip(before, after) if a is not b and a is not None and a._maker is not node}
        node.to_save = tuple(swapped.get(id(each), each) for each in node.to_save)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a ``backward`` that cannot itself be differentiated: doing so raises ``RuntimeError``."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any) -> Any:
        with switched(on=NO_GRAD):
            outputs = fn(ctx, *args)
        if current_mode() & NO_GRAD or not any(isinstance(a, TensorBase) and a._requires_grad for a in args):
            return outputs
        values = outputs if isinstance(outputs, tuple) else (outputs,)
        leaves = [wrap(np.empty(0)) if each is None else wrap(each._array, requires_grad=True) for each in values]
        found = DelayedError.apply(
            "trying to differentiate twice a function that was marked with @once_differentiable", *leaves
        )
        marked = tuple(None if each is None else one for each, one in zip(values, found))
        return marked if isinstance(outputs, tuple) else marked[0]

    return wrapper


class DelayedError(Function):
    """Hands its tensors on; to differentiate through it raises."""

    @staticmethod
    def forward(ctx: Any, message: str, *tensors: Any) -> Any:
        """Note the message."""
        ctx.message = message
        return tuple(each.clone() for each in tensors)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Raise."""
        raise RuntimeError(ctx.message)


DelayedError._backward_cls.__name__ = "Error"


class NestedIOFunction(Function):
    """The old form of functions with nested arguments; see `Function`, which takes them as they are."""

    def forward_extended(self, *input: Any) -> Any:
        """The old name of ``forward``."""
        raise NotImplementedError

    def backward_extended(self, *grad_output: Any) -> Any:
        """The old name of ``backward``."""
        raise NotImplementedError


class InplaceFunction(Function):
    """A function that may write into its arguments, with a flag for that."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace
