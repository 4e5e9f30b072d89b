"""Parameters that are functions of others: ``weight = f(original)``, computed anew whenever it is asked for.

`register_parametrization` takes the tensor out of its module, keeps it as ``module.parametrizations.weight.original``,
gives the module a class of its own, ``ParametrizedLinear``, and that class a property ``weight``.
"""

from __future__ import annotations

import copyreg
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any

import pullback
from pullback.nn.modules.container import ModuleDict, ModuleList
from pullback.nn.modules.module import Module
from pullback.nn.parameter import Parameter
from pullback.nn.utils._parametrization_checks import (
    check_one,
    check_original,
    check_result,
    check_several,
    check_stacked,
)
from pullback.tensor import Tensor

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

_cache_enabled = 0
_cache: dict[tuple[int, str], Any] = {}


@contextmanager
def cached() -> Iterator[None]:
    """Within this context every parametrized tensor is computed once only.

    Worth it where one is used several times in a forward pass, as the weights of a recurrent net are.
    """
    global _cache, _cache_enabled
    _cache_enabled += 1
    try:
        yield
    finally:
        _cache_enabled -= 1
        if not _cache_enabled:
            _cache = {}


class ParametrizationList(ModuleList):
    """The functions of one tensor, in the order they were registered, and the original tensor or tensors.

    Args:
        modules: the functions.
        original: the tensor they replace; the last function's inverse decides what is kept of it.
        unsafe: skip the checks that shape and dtype stay as they are.

    Raises:
        ValueError: where a check fails.
    """

    original: Tensor
    unsafe: bool

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        with pullback.no_grad():
            new = self._undone(original)
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            check_original(original, new)
            with pullback.no_grad():
                original.data = new
            _register(self, "original", original)
        else:
            for number, part in enumerate(new):
                part = Parameter(part, original.requires_grad) if isinstance(original, Parameter) else part
                part.requires_grad_(original.requires_grad)
                _register(self, f"original{number}", part)
        if not unsafe:
            check_result(self(), shape, dtype)

    def _undone(self, value: Any) -> Any:
        """What `value` is a function of, as far as there are inverses."""
        for module in reversed(self):  # type: ignore[call-overload]
            if hasattr(module, "right_inverse"):
                # Where the inverse is not implemented, the function takes the tensor as it is.
                with suppress(NotImplementedError):
                    value = module.right_inverse(value)
        check_several(value)
        return value

    def _originals(self) -> list[Any]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{number}") for number in range(self.ntensors)]

    def right_inverse(self, value: Any) -> None:
        """Set the original so that the functions give `value`. Runs when the parametrized tensor is assigned to."""
        with pullback.no_grad():
            for module in reversed(self):  # type: ignore[call-overload]
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            check_one(value, self._originals(), self.is_tensor)
            for original, part in zip(self._originals(), [value] if self.is_tensor else value):
                original.data = part

    def forward(self) -> Any:
        first, *others = self
        value = first(*self._originals())
        for module in others:
            value = module(value)
        return value


def _register(module: Any, name: str, tensor: Any) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


# --- the module's own class ---------------------------------------------------------------------------------


def _inject_class(module: Any) -> None:
    """Make the module an instance of a class of its own, which can hold properties."""
    cls = type(module)
    body: dict[str, Any] = {"__getstate__": _refuse_state, "__module__": __name__}
    if not hasattr(cls, "__deepcopy__"):
        body["__deepcopy__"] = _copied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), body)


def _refuse_state(self: Any) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). See:\n"
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
        "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
    )


def _copied(self: Any, memo: dict[int, Any]) -> Any:
    """A copy with a class of its own: properties that are added to it later are not added here."""
    known = memo.get(id(self))
    if known is not None:
        return known
    copy = self.__new__(type(self))
    memo[id(self)] = copy
    copy.__dict__ = deepcopy(self.__dict__, memo)
    for name in copyreg._slotnames(type(self)):  # type: ignore[attr-defined]
        if hasattr(self, name):
            setattr(copy, name, deepcopy(getattr(self, name), memo))
    return copy


def _inject_property(module: Any, tensor_name: str) -> None:
    def get(self: Any) -> Any:
        if not _cache_enabled:
            return self.parametrizations[tensor_name]()
        key = (id(self), tensor_name)
        if key not in _cache:
            _cache[key] = self.parametrizations[tensor_name]()
        return _cache[key]

    def set_(self: Any, value: Any) -> None:
        self.parametrizations[tensor_name].right_inverse(value)

    setattr(type(module), tensor_name, property(get, set_))


# --- what users call ----------------------------------------------------------------------------------------


def register_parametrization(module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False) -> Any:
    """Make the tensor `tensor_name` of `module` a function of what it was.

    Args:
        module: the module, which changes in place and is returned.
        tensor_name: name of a parameter or buffer; registering on it again applies the functions one by one.
        parametrization: the function, a module. Its ``right_inverse``, where it has one, says what original makes the
            present value, and makes assignments to the tensor work; it may return several tensors.
        unsafe: skip the checks that shape and dtype stay as they are.

    Raises:
        ValueError: where a check fails, or there is no such tensor.

    >>> import pullback as torch
    >>> class Doubled(torch.nn.Module):
    ...     def forward(self, x):
    ...         return 2 * x
    ...
    ...     def right_inverse(self, x):
    ...         return x / 2
    >>> layer = register_parametrization(torch.nn.Linear(1, 1), "weight", Doubled())
    >>> layer.weight = torch.tensor([[3.0]])
    >>> layer.parametrizations.weight.original.item()
    1.5
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            check_stacked(parametrization, getattr(module, tensor_name), tensor_name)
        functions = module.parametrizations[tensor_name]
        functions.append(parametrization)
        functions.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        functions = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _inject_class(module)
            module.parametrizations = ModuleDict()
        _inject_property(module, tensor_name)
        module.parametrizations[tensor_name] = functions
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether the tensor `tensor_name` of `module`, or without a name any of them, is parametrized."""
    functions = getattr(module, "parametrizations", None)
    if not isinstance(functions, ModuleDict):
        return False
    return len(functions) > 0 if tensor_name is None else tensor_name in functions


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Make `tensor_name` an ordinary tensor again.

    Args:
        module: the module, which changes in place and is returned.
        tensor_name: name of the tensor.
        leave_parametrized: keep the value that the functions give, otherwise the original.

    Raises:
        ValueError: if it is not parametrized, or there are several originals and none is the tensor.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    functions = module.parametrizations[tensor_name]
    if not functions.is_tensor and not leave_parametrized:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    if functions.is_tensor:
        tensor = functions.original
        if leave_parametrized:
            with pullback.no_grad():
                tensor.data = getattr(module, tensor_name)
    else:
        tensor = getattr(module, tensor_name)
        tensor = Parameter(tensor) if tensor.requires_grad else tensor
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, tensor)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Any) -> type:
    """The class of `module` before anything was registered on it."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Any, to_module: Any, tensor_name: str | None = None) -> Any:
    """Give `to_module` the functions and originals of `from_module`, of one tensor or of all."""
    if not is_parametrized(from_module):
        return to_module
    given = from_module.parametrizations
    for name in [tensor_name] if tensor_name is not None else list(given):
        functions = given[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for function in functions:
            register_parametrization(to_module, name, function)
        taken = to_module.parametrizations[name]
        for part, value in (*functions._parameters.items(), *functions._buffers.items()):
            setattr(taken, part, value)
    return to_module
