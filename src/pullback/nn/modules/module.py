"""The base class of everything with parameters.

A module is a tree: a subclass creates parameters and child modules in ``__init__`` by assigning them, and computes
in ``forward``. The parts of the machinery stand in files of their own:

=================== ================================================================
``_tree.py``        what a module holds: registration, lookup, traversal
``_hooks.py``       the call, and hooks before, after and in the backward pass
``_state.py``       ``state_dict`` and ``load_state_dict``
``_conversion.py``  ``to``, ``float``, ``apply``: all tensors at once
=================== ================================================================
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable as Callable  # what is annotated in the files above is looked up here
from types import FunctionType
from typing import Any, TypeVar

from pullback.nn.modules._conversion import ModuleConversion
from pullback.nn.modules._hooks import (
    ModuleHooks,
    _global_backward_hooks as _global_backward_hooks,
    _global_backward_pre_hooks as _global_backward_pre_hooks,
    _global_forward_hooks as _global_forward_hooks,
    _global_forward_hooks_always_called as _global_forward_hooks_always_called,
    _global_forward_hooks_with_kwargs as _global_forward_hooks_with_kwargs,
    _global_forward_pre_hooks as _global_forward_pre_hooks,
    _has_any_global_hook as _has_any_global_hook,
    register_module_backward_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
)
from pullback.nn.modules._state import (
    _EXTRA_STATE_KEY_SUFFIX as _EXTRA_STATE_KEY_SUFFIX,
    ModuleState,
    _IncompatibleKeys as _IncompatibleKeys,
)
from pullback.nn.modules._tree import (
    _registration_hooks,
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)

_global_parameter_registration_hooks = _registration_hooks["parameter"]  # libraries that set parameters themselves ask
_global_buffer_registration_hooks = _registration_hooks["buffer"]
_global_module_registration_hooks = _registration_hooks["module"]

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

_HOOK_DICTIONARIES = (
    "_backward_pre_hooks",
    "_backward_hooks",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)

Self = TypeVar("Self", bound="Module")


def _forward_unimplemented(self: Any, *input: Any) -> None:
    """What the module computes; every subclass defines it.

    Call the module itself rather than its ``forward``: the call runs the registered hooks.
    """
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


class Module(ModuleHooks, ModuleState, ModuleConversion):
    """Base class of all neural network modules.

    Subclasses call ``super().__init__()`` before they assign anything.

    >>> import pullback as torch
    >>> class Affine(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.scale = torch.nn.Parameter(torch.tensor(2.0))
    ...         self.register_buffer("shift", torch.tensor(1.0))
    ...
    ...     def forward(self, x):
    ...         return x * self.scale + self.shift
    >>> Affine()(torch.ones(2)).tolist()
    [3.0, 3.0]
    """

    call_super_init: bool = False
    """Whether ``__init__`` calls on to the next class of a multiple inheritance, with its arguments."""

    forward = _forward_unimplemented
    T_destination = TypeVar("T_destination", bound=dict[str, Any])
    _compiled_call_impl: Any = None

    def __init_subclass__(cls, **options: Any) -> None:
        """``conv = torch.conv2d`` in a class body stays a function of tensors, as a built-in function does."""
        super().__init_subclass__(**options)
        for name, value in list(vars(cls).items()):
            if isinstance(value, FunctionType) and value.__module__.startswith("pullback.ops."):
                setattr(cls, name, staticmethod(value))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and kwargs:
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
            )
        if not self.call_super_init and args:
            raise TypeError(
                f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        # Straight into the dictionary: __setattr__ would look every name up in stores that are not there yet.
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _backward_pre_hooks=OrderedDict(),
            _backward_hooks=OrderedDict(),
            _is_full_backward_hook=None,
            _forward_hooks=OrderedDict(),
            _forward_hooks_with_kwargs=OrderedDict(),
            _forward_hooks_always_called=OrderedDict(),
            _forward_pre_hooks=OrderedDict(),
            _forward_pre_hooks_with_kwargs=OrderedDict(),
            _state_dict_hooks=OrderedDict(),
            _state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_post_hooks=OrderedDict(),
            _modules={},
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # A module that was pickled by an older version lacks the hooks that came later.
        for name in _HOOK_DICTIONARIES:
            self.__dict__.setdefault(name, OrderedDict())
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)

    def train(self: Self, mode: bool = True) -> Self:
        """Set training mode here and in all children: dropout draws, batch norm uses the batch's statistics."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: Self) -> Self:
        """Leave training mode, here and in all children."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Let autograd record on all parameters, or no longer."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients of all parameters.

        Args:
            set_to_none: drop them instead of writing zeros.
        """
        for param in self.parameters():
            grad = param.grad
            if grad is None:
                continue
            if set_to_none:
                param.grad = None
                continue
            if grad.grad_fn is not None:
                grad.detach_()
            else:
                grad.requires_grad_(False)
            grad.zero_()

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: there is no compiler here, the module runs as it stands. Takes what PyTorch's takes."""

    def _replicate_for_data_parallel(self: Self) -> Self:
        """A copy whose tensors and children can be replaced without changing this module."""
        replica = self.__new__(type(self))
        replica.__dict__ = self.__dict__.copy()
        replica._parameters = {}
        replica._buffers = replica._buffers.copy()
        replica._modules = replica._modules.copy()
        replica.__dict__["_is_replica"] = True
        return replica

    def extra_repr(self) -> str:
        """What a subclass shows of itself between the parentheses of its representation."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        extra_lines = extra.split("\n") if extra else []
        child_lines = [f"({name}): {_addindent(repr(child), 2)}" for name, child in self._modules.items()]
        if len(extra_lines) == 1 and not child_lines:
            return f"{self._get_name()}({extra_lines[0]})"
        return _bracketed(self._get_name(), extra_lines + child_lines)


def _bracketed(name: str, lines: list[str]) -> str:
    """``name(...)`` with every line on its own, indented by two."""
    if not lines:
        return f"{name}()"
    return f"{name}(\n  " + "\n  ".join(lines) + "\n)"


def _addindent(text: str, spaces: int) -> str:
    """`text` with every line but the first indented."""
    return text.replace("\n", "\n" + " " * spaces)
