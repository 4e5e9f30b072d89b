"""Handles that take a hook away again, and the hooks around a module's backward pass."""

from __future__ import annotations

import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import pullback
from pullback.tensor import Tensor

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


class RemovableHandle:
    """Takes a hook out of the dictionary it was put into; also a context manager.

    Args:
        hooks_dict: the dictionary of hooks, keyed by handle id. It is referenced weakly.
        extra_dict: one or several dictionaries that may hold the same id (flags about the hook).

    >>> hooks = OrderedDict()
    >>> handle = RemovableHandle(hooks)
    >>> hooks[handle.id] = print
    >>> handle.remove()
    >>> hooks
    OrderedDict()
    """

    id: int
    next_id: int = 0

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        self.extra_dict_ref = tuple(map(weakref.ref, _as_dicts(extra_dict)))

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.hooks_dict_ref(), self.id, tuple(reference() for reference in self.extra_dict_ref)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        hooks, self.id, *extra = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        found = extra[0] if extra and extra[0] is not None else ()
        self.extra_dict_ref = tuple(weakref.ref(OrderedDict() if each is None else each) for each in found)
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, type: Any, value: Any, tb: Any) -> None:
        self.remove()


def _as_dicts(extra: Any) -> Iterable[Any]:
    if extra is None:
        return ()
    return (extra,) if isinstance(extra, OrderedDict) else extra


def unserializable_hook(f: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a tensor hook so that saving the tensor warns that the hook is not saved."""
    f.__torch_unserializable__ = True  # type: ignore[attr-defined]
    return f


def warn_if_has_hooks(tensor: Tensor) -> None:
    """Warn about hooks of `tensor` that are lost when it is serialized."""
    for hook in (tensor._backward_hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  "
                "If this is expected, you can decorate the function with @torch.utils.hooks.unserializable_hook "
                "to suppress this warning",
                stacklevel=2,
            )


class BackwardHook:
    """The full backward hooks and pre-hooks of one call of a module.

    The call's inputs and outputs are led through an identity node each. The output's node runs first in the
    backward pass: it sees (and with pre-hooks, replaces) the gradients of the outputs. The input's node runs last:
    it sees (and with hooks, replaces) the gradients of the inputs. Where no input requires a gradient, the hooks
    run at the output's node with ``None`` for every input.

    ::

        inputs ── identity ── forward ── identity ── outputs        forward  →
                     │                      │
                 user hooks             pre-hooks                   backward ←
    """

    def __init__(self, module: Any, user_hooks: Any, user_pre_hooks: Any) -> None:
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.module = module
        self.grad_outputs: tuple[Any, ...] | None = None
        self.n_inputs = -1
        self.n_outputs = -1
        self.input_tensors_index: list[int] | None = None
        self.output_tensors_index: list[int] | None = None

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The call's arguments, led through the node at which the user's hooks run."""
        self.n_inputs = len(args)
        res, self.input_tensors_index = _through_identity(
            args, lambda node: node.register_hook(self._after_inputs)
        )
        return res

    def setup_output_hook(self, args: Any) -> Any:
        """The call's outputs, led through the node at which the user's pre-hooks run."""
        is_tuple = isinstance(args, tuple)
        outputs = args if is_tuple else (args,)
        self.n_outputs = len(outputs)
        outputs, self.output_tensors_index = _through_identity(
            outputs, lambda node: node.register_prehook(self._before_outputs)
        )
        return outputs if is_tuple else outputs[0]

    def _after_inputs(self, grad_input: tuple[Any, ...], _: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self.grad_outputs is None:
            # The output's node did not run: this gradient does not come through the module's output.
            return None
        spread = _spread(self.input_tensors_index, grad_input, self.n_inputs)
        result = self._run_hooks(spread)
        self.grad_outputs = None
        return _gather(self.input_tensors_index, result)

    def _before_outputs(self, grad_output: tuple[Any, ...]) -> tuple[Any, ...] | None:
        grads = _spread(self.output_tensors_index, grad_output, self.n_outputs)
        for hook in self.user_pre_hooks:
            replaced = hook(self.module, grads)
            if replaced is None:
                continue
            replaced = (replaced,) if isinstance(replaced, Tensor) else replaced
            _check_count("pre hook", "grad_output", len(replaced), len(grads))
            grads = replaced
        self.grad_outputs = grads
        if self.input_tensors_index is None:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                "inputs require gradients. See "
                "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module"
                ".register_full_backward_hook for more details.",
                stacklevel=5,
            )
            self._run_hooks((None,) * self.n_inputs, replace=False)
            self.grad_outputs = None
        return _gather(self.output_tensors_index, grads)

    def _run_hooks(self, grads: tuple[Any, ...], replace: bool = True) -> tuple[Any, ...]:
        for hook in self.user_hooks:
            replaced = hook(self.module, grads, self.grad_outputs)
            if replaced is None:
                continue
            if not replace:
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None "
                    "for all gradients."
                )
            replaced = (replaced,) if isinstance(replaced, Tensor) else replaced
            _check_count("hook", "grad_input", len(replaced), len(grads))
            grads = replaced
        return grads


def _check_count(kind: str, what: str, got: int, expected: int) -> None:
    if got != expected:
        raise RuntimeError(
            f"Backward {kind} returned an invalid number of {what}, got {got}, but expected {expected}"
        )


def _spread(indices: list[int] | None, values: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Values at their places among `count` arguments, ``None`` where an argument was no tensor."""
    spread: list[Any] = [None] * count
    for index, value in zip(indices or (), values):
        spread[index] = value
    return tuple(spread)


def _gather(indices: list[int] | None, values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(values[index] for index in indices or ())


def _through_identity(
    args: tuple[Any, ...], attach: Callable[[Any], Any]
) -> tuple[tuple[Any, ...], list[int] | None]:
    """`args` with every tensor led through one identity node, which `attach` gets, and the tensors' places."""
    indices = [index for index, arg in enumerate(args) if isinstance(arg, Tensor)]
    if not (pullback.is_grad_enabled() and any(args[index].requires_grad for index in indices)):
        return args, None
    from pullback.nn.modules._functions import BackwardHookFunction

    passed = BackwardHookFunction.apply(*(args[index] for index in indices))
    if not passed:
        return args, None
    attach(next(tensor.grad_fn for tensor in passed if tensor.grad_fn is not None))
    mixed = list(args)
    for index, tensor in zip(indices, passed):
        mixed[index] = tensor
    # A named tuple takes its fields one by one.
    return (tuple(mixed) if type(args) is tuple else type(args)(*mixed)), indices
