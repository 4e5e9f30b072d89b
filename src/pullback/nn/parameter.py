"""Tensors that a module registers when they are assigned to it: parameters and buffers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pullback
from pullback.tensor import Tensor

__all__ = ["Buffer", "Parameter", "is_lazy"]


class Parameter(Tensor):
    """A leaf tensor that a :class:`~pullback.nn.Module` lists among its parameters once it is an attribute.

    Args:
        data: the values, whose memory the parameter shares. Any dtype without gradient, floating or complex with.
        requires_grad: whether the backward pass accumulates a gradient.

    Raises:
        RuntimeError: if `requires_grad` is asked of integers.

    >>> import pullback as torch
    >>> torch.nn.Parameter(torch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    __slots__ = ()
    _is_param_class = True  # printed as a tensor

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = pullback.empty(0)
        if requires_grad and not (data.is_floating_point() or data.is_complex()):
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        if type(data) is Tensor or type(data) is Parameter:
            return Tensor._make_subclass(cls, data, requires_grad)
        # A subclass of Tensor keeps its own type and is marked instead.
        marked = data.detach().requires_grad_(requires_grad)
        if type(marked) is not type(data):
            raise RuntimeError(
                f"Creating a Parameter from an instance of type {type(data).__name__} requires that detach() "
                "returns an instance of the same type, but return type "
                f"{type(marked).__name__} was found instead."
            )
        marked._is_param = True
        return marked

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        pass

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        known = memo.get(id(self))
        if known is None:
            copied = self.data.clone(memory_format=pullback.preserve_format)
            known = memo[id(self)] = type(self)(copied, self.requires_grad)
        return known

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return "Parameter containing:\n" + super().__repr__(tensor_contents=tensor_contents)

    def __reduce_ex__(self, proto: Any) -> tuple[Any, ...]:
        # Hooks are left out: PyTorch saves a parameter without them too.
        return _rebuild_parameter, (self.data, self.requires_grad, OrderedDict())


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)


def is_parameter(value: Any) -> bool:
    """Whether a module registers `value` as a parameter."""
    return isinstance(value, Parameter) or (isinstance(value, Tensor) and getattr(value, "_is_param", False))


class _BufferMeta(type(Tensor)):  # type: ignore[misc]
    """Lets ``isinstance(tensor, Buffer)`` hold for plain tensors that were made by ``Buffer(...)``."""

    def __instancecheck__(self, instance: Any) -> bool:
        if self is Buffer and isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False):
            return True
        return super().__instancecheck__(instance)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that a module lists among its buffers once it is an attribute: state that is not trained.

    Args:
        data: the values, whose memory the buffer shares.
        requires_grad: whether the backward pass accumulates a gradient.
        persistent: whether the buffer is part of the module's ``state_dict``.
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, *, requires_grad: bool = False, persistent: bool = True) -> Any:
        if data is None:
            data = pullback.empty(0)
        buffer = data.detach().requires_grad_(requires_grad)
        buffer.persistent = persistent
        buffer._is_buffer = True
        return buffer


def is_lazy(param: Any) -> bool:
    """Whether `param` still waits for its shape. Every parameter here is made with one."""
    return False
