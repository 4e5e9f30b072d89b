"""Tensors that a module registers when they are assigned to it: parameters and buffers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pullback
from pullback.methods.interop import attributes_of
from pullback.tensor import Tensor, TensorMeta, disabled_implementation

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]


class _ParameterMeta(TensorMeta):
    """Lets ``isinstance(tensor, Parameter)`` hold for tensors of a subclass that ``Parameter(...)`` marked."""

    def __instancecheck__(self, instance: Any) -> bool:
        if super().__instancecheck__(instance):
            return True
        return self is Parameter and isinstance(instance, Tensor) and getattr(instance, "_is_param", False)


class Parameter(Tensor, metaclass=_ParameterMeta):
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
    __torch_function__ = staticmethod(disabled_implementation)  # what is computed of a parameter is a plain tensor

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
        args: tuple[Any, ...] = (self.data, self.requires_grad, OrderedDict())
        state = attributes_of(self)
        return (_rebuild_parameter_with_state, (*args, state)) if state else (_rebuild_parameter, args)


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    return Parameter(data, requires_grad)


def _rebuild_parameter_with_state(data: Tensor, requires_grad: bool, backward_hooks: Any, state: Any) -> Parameter:
    parameter = Parameter(data, requires_grad)
    parameter.__dict__.update(state)
    return parameter


class _BufferMeta(TensorMeta):
    """Lets ``isinstance(tensor, Buffer)`` hold for plain tensors that were made by ``Buffer(...)``."""

    def __instancecheck__(self, instance: Any) -> bool:
        if self is Buffer and isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False):
            return True
        return super().__instancecheck__(instance)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that a module lists among its buffers once it is an attribute: state that is not trained.

    Args:
        data: the values, whose memory the buffer shares; it asks for gradients if they do.
        persistent: whether the buffer is part of the module's ``state_dict``.
    """

    __slots__ = ()
    __torch_function__ = staticmethod(disabled_implementation)

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = pullback.empty(0)
        buffer = data.detach().requires_grad_(data.requires_grad)
        buffer.persistent = persistent
        buffer._is_buffer = True
        return buffer


# --- tensors without a shape yet ----------------------------------------------------------------------------

_UNINITIALIZED = (
    "Attempted to use an uninitialized parameter in an operation. This error happens when you are using a "
    "`LazyModule` or explicitly manipulating `torch.nn.parameter.{}` objects. When using LazyModules Call `forward` "
    "with a dummy batch to initialize the parameters before calling torch functions"
)
_NO_SHAPE = (
    "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` "
    "when trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the "
    "parameters before accessing their attributes."
)
_NO_SHARING = (
    "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters before "
    "calling `module.share_memory()`."
)


class UninitializedTensorMixin:
    """What a tensor has before its shape is known: a dtype and a device. Every use of its values raises.

    `materialize` gives it memory and makes it an instance of `cls_to_become`, in place.
    """

    __slots__ = ()
    cls_to_become: Any = None

    def materialize(self: Any, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of `shape`, whose values are undefined."""
        made = pullback.empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)
        del self._placeholder
        self.__class__ = self.cls_to_become
        self._array = made._array
        self.data = made

    @property
    def _array(self: Any) -> Any:
        # Everything that computes with a tensor reads this first.
        raise ValueError(_UNINITIALIZED.format(type(self).__name__))

    @property
    def data(self: Any) -> Tensor:
        """An empty tensor of the dtype to be; setting it changes the dtype."""
        return self._placeholder

    @data.setter
    def data(self: Any, value: Tensor) -> None:
        self._placeholder = value

    @property
    def dtype(self) -> Any:
        """The dtype to be."""
        return self.data.dtype

    @property
    def device(self) -> Any:
        """The device to be on."""
        return self.data.device

    @property
    def shape(self) -> Any:
        """Raises ``RuntimeError``."""
        raise RuntimeError(_NO_SHAPE)

    def size(self, dim: int | None = None) -> Any:
        """That of no elements."""
        return self.data.size(dim)

    def is_floating_point(self) -> bool:
        """Whether the dtype to be is a floating one."""
        return self.data.is_floating_point()

    def is_complex(self) -> bool:
        """Whether the dtype to be is a complex one."""
        return self.data.is_complex()

    def share_memory_(self) -> Any:
        """Raises ``RuntimeError``."""
        raise RuntimeError(_NO_SHARING)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self: Any, proto: Any) -> tuple[Any, ...]:
        return _rebuild_uninitialized, (type(self), self.requires_grad, self.__dict__)


def _unshaped(cls: Any, requires_grad: bool, placeholder: Tensor) -> Any:
    made = object.__new__(cls)
    made._requires_grad = requires_grad
    made._maker = made._grad = made._counter = made._view = None
    made._output_nr = 0
    made._placeholder = placeholder
    return made


def _rebuild_uninitialized(cls: Any, requires_grad: bool, state: dict[str, Any]) -> Any:
    made = _unshaped(cls, requires_grad, state["_placeholder"])
    made.__dict__.update(state)
    return made


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape is decided later, by what a lazy module is first called with.

    >>> import pullback as torch
    >>> weight = torch.nn.UninitializedParameter()
    >>> weight
    <UninitializedParameter>
    >>> weight.materialize((2, 3))
    >>> weight.shape, type(weight).__name__
    (torch.Size([2, 3]), 'Parameter')
    """

    __slots__ = ()
    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _unshaped(cls, requires_grad, pullback.empty(0, device=device, dtype=dtype))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        known = memo.get(id(self))
        if known is None:
            known = memo[id(self)] = type(self)(self.requires_grad, self.device, self.dtype)
        return known


class UninitializedBuffer(UninitializedTensorMixin, Tensor):  # type: ignore[misc]
    """A buffer whose shape is decided later, by what a lazy module is first called with."""

    __slots__ = ()
    __torch_function__ = staticmethod(disabled_implementation)
    cls_to_become = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        made = _unshaped(cls, requires_grad, pullback.empty(0, device=device, dtype=dtype))
        made.persistent = persistent
        made._is_buffer = True
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        known = memo.get(id(self))
        if known is None:
            made = type(self)(self.requires_grad, self.device, self.dtype, self.persistent)
            known = memo[id(self)] = made
        return known


def is_lazy(param: Any) -> bool:
    """Whether `param` still waits for its shape."""
    return isinstance(param, UninitializedTensorMixin)
