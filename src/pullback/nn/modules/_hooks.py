"""Calling a module: forward, and the hooks around it.

The order of one call::

    global pre-hooks, pre-hooks → [identity node] → forward → global hooks, hooks → [identity node]

The identity nodes are there only while full backward hooks are registered (see :class:`.BackwardHook`).
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from pullback.nn._handles import HookHandle, add_hook
from pullback.nn.modules._backward_hook import BackwardHook
from pullback.nn.modules._tree import ModuleTree
from pullback.tensor import Tensor

_global_backward_pre_hooks: OrderedDict[int, Any] = OrderedDict()
_global_backward_hooks: OrderedDict[int, Any] = OrderedDict()
_global_is_full_backward_hook: bool | None = None
_global_forward_pre_hooks: OrderedDict[int, Any] = OrderedDict()
_global_forward_hooks: OrderedDict[int, Any] = OrderedDict()
_global_forward_hooks_always_called: OrderedDict[int, bool] = OrderedDict()
_global_forward_hooks_with_kwargs: OrderedDict[int, bool] = OrderedDict()

_MIXED = (
    "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
)
_MIXED_GLOBAL = (
    "Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
    "Please use only one of them."
)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(module, args)`` before the forward of every module; a result replaces the arguments."""
    return add_hook(_global_forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> HookHandle:
    """Call ``hook(module, args, output)`` after the forward of every module; a result replaces the output."""
    return add_hook(
        _global_forward_hooks,
        hook,
        with_kwargs=(_global_forward_hooks_with_kwargs, with_kwargs),
        always_call=(_global_forward_hooks_always_called, always_call),
    )


def register_module_backward_hook(hook: Callable[..., Any]) -> HookHandle:
    """Deprecated form of :func:`register_module_full_backward_hook`: sees the last node's gradients only."""
    global _global_is_full_backward_hook
    if _global_is_full_backward_hook is True:
        raise RuntimeError(_MIXED_GLOBAL)
    _global_is_full_backward_hook = False
    return add_hook(_global_backward_hooks, hook)


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(module, grad_output)`` before the backward of every module."""
    return add_hook(_global_backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(module, grad_input, grad_output)`` after the backward of every module."""
    global _global_is_full_backward_hook
    if _global_is_full_backward_hook is False:
        raise RuntimeError(_MIXED_GLOBAL)
    _global_is_full_backward_hook = True
    return add_hook(_global_backward_hooks, hook)


def _has_any_global_hook() -> bool:
    """Whether a hook is registered for every module."""
    return bool(
        _global_backward_pre_hooks or _global_backward_hooks or _global_forward_hooks or _global_forward_pre_hooks
    )


class ModuleHooks(ModuleTree):
    """Hook registration and the call itself."""

    forward: Callable[..., Any]
    _backward_pre_hooks: OrderedDict[int, Any]
    _backward_hooks: OrderedDict[int, Any]
    _is_full_backward_hook: bool | None
    _forward_hooks: OrderedDict[int, Any]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]
    _forward_pre_hooks: OrderedDict[int, Any]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]

    # --- registration ---------------------------------------------------------------------------------------

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call `hook` before every forward.

        Args:
            hook: ``hook(module, args)``, or ``hook(module, args, kwargs)`` with `with_kwargs`. A result other than
                ``None`` replaces the arguments; with `with_kwargs` it is a pair ``(args, kwargs)``.
            prepend: run it before the hooks already there.
            with_kwargs: hand it the keyword arguments too.
        """
        return add_hook(
            self._forward_pre_hooks,
            hook,
            prepend,
            with_kwargs=(self._forward_pre_hooks_with_kwargs, with_kwargs),
        )

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> HookHandle:
        """Call `hook` after every forward.

        Args:
            hook: ``hook(module, args, output)``, or ``hook(module, args, kwargs, output)`` with `with_kwargs`. A
                result other than ``None`` replaces the output.
            prepend: run it before the hooks already there.
            with_kwargs: hand it the keyword arguments too.
            always_call: run it even where the forward raises; its output is then ``None``.
        """
        return add_hook(
            self._forward_hooks,
            hook,
            prepend,
            with_kwargs=(self._forward_hooks_with_kwargs, with_kwargs),
            always_call=(self._forward_hooks_always_called, always_call),
        )

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> HookHandle:
        """Call ``hook(module, grad_output)`` before this module's backward; a result replaces `grad_output`."""
        return add_hook(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> HookHandle:
        """Call ``hook(module, grad_input, grad_output)`` after this module's backward.

        Both gradients are tuples, ``None`` where an argument is no tensor; a result replaces `grad_input`.
        """
        if self._is_full_backward_hook is False:
            raise RuntimeError(_MIXED)
        self._is_full_backward_hook = True
        return add_hook(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Deprecated form of :meth:`register_full_backward_hook`: sees the last node's gradients only."""
        if self._is_full_backward_hook is True:
            raise RuntimeError(_MIXED)
        self._is_full_backward_hook = False
        return add_hook(self._backward_hooks, hook)

    # --- the call -------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not (
            self._forward_hooks
            or self._forward_pre_hooks
            or self._backward_hooks
            or self._backward_pre_hooks
            or _global_forward_hooks
            or _global_forward_pre_hooks
            or _global_backward_hooks
            or _global_backward_pre_hooks
        ):
            return self.forward(*args, **kwargs)
        return self._call_impl(*args, **kwargs)

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        called: set[int] = set()
        try:
            return self._call_with_hooks(args, kwargs, called)
        except Exception:
            self._call_always_called(args, kwargs, called)
            raise

    _wrapped_call_impl = _call_impl

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> Any:
        args, kwargs = self._run_pre_hooks(args, kwargs)
        full, legacy = self._get_backward_hooks()
        pre = self._get_backward_pre_hooks()
        around = BackwardHook(self, full, pre) if full or pre else None
        if around is not None:
            args = around.setup_input_hook(args)
        result = self.forward(*args, **kwargs)
        result = self._run_forward_hooks(args, kwargs, result, called)
        if around is not None:
            if isinstance(result, (Tensor, tuple)):
                result = around.setup_output_hook(result)
            else:
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors "
                    f"but received {type(result)}",
                    stacklevel=4,
                )
        if legacy:
            self._hang_legacy_hooks(legacy, args, result)
        return result

    def _run_pre_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        for hook_id, hook in (*_global_forward_pre_hooks.items(), *self._forward_pre_hooks.items()):
            if hook_id in self._forward_pre_hooks_with_kwargs:
                replaced = hook(self, args, kwargs)
                if replaced is None:
                    continue
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
                    )
                args, kwargs = replaced
            else:
                replaced = hook(self, args)
                if replaced is not None:
                    args = replaced if isinstance(replaced, tuple) else (replaced,)
        return args, kwargs

    def _run_forward_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any, called: set[int]) -> Any:
        for hook_id, hook in (*_global_forward_hooks.items(), *self._forward_hooks.items()):
            called.add(hook_id)
            replaced = self._run_forward_hook(hook_id, hook, args, kwargs, result)
            result = result if replaced is None else replaced
        return result

    def _run_forward_hook(self, hook_id: int, hook: Any, args: Any, kwargs: Any, result: Any) -> Any:
        if hook_id in self._forward_hooks_with_kwargs or hook_id in _global_forward_hooks_with_kwargs:
            return hook(self, args, kwargs, result)
        return hook(self, args, result)

    def _call_always_called(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> None:
        """After an error: run the hooks that asked for it and did not run yet; their own errors are warnings."""
        stores = (
            ("global module", _global_forward_hooks, _global_forward_hooks_always_called),
            ("module", self._forward_hooks, self._forward_hooks_always_called),
        )
        for owner, hooks, always_called in stores:
            for hook_id, hook in hooks.items():
                if hook_id not in always_called or hook_id in called:
                    continue
                try:
                    self._run_forward_hook(hook_id, hook, args, kwargs, None)
                except Exception as error:
                    warnings.warn(
                        f"{owner} forward hook with ``always_call=True`` raised an exception "
                        f"that was silenced as another error was raised in forward: {error!s}",
                        stacklevel=4,
                    )

    def _get_backward_hooks(self) -> tuple[list[Any], list[Any]]:
        """The full and the deprecated backward hooks, global ones first."""
        full: list[Any] = []
        legacy: list[Any] = []
        for hooks, is_full in (
            (_global_backward_hooks, _global_is_full_backward_hook),
            (self._backward_hooks, self._is_full_backward_hook),
        ):
            (full if is_full else legacy).extend(hooks.values())
        return full, legacy

    def _get_backward_pre_hooks(self) -> list[Any]:
        return [*_global_backward_pre_hooks.values(), *self._backward_pre_hooks.values()]

    def _hang_legacy_hooks(self, hooks: list[Any], inputs: Any, result: Any) -> None:
        """Register deprecated backward hooks at the node that made the first tensor of the result."""
        found = result
        while not isinstance(found, Tensor):
            found = next(v for v in found.values() if isinstance(v, Tensor)) if isinstance(found, dict) else found[0]
        grad_fn = found.grad_fn
        if grad_fn is None:
            return
        self._maybe_warn_non_full_backward_hook(inputs, result, grad_fn)
        for hook in hooks:
            grad_fn.register_hook(_LegacyHook(self, hook))

    def _maybe_warn_non_full_backward_hook(self, inputs: Any, result: Any, grad_fn: Any) -> None:
        advice = (
            "This hook will be missing some {}. Please use register_full_backward_hook to get the documented behavior."
        )
        results = (result,) if isinstance(result, Tensor) else result
        arguments = (inputs,) if isinstance(inputs, Tensor) else inputs
        for values, what in ((results, "outputs"), (arguments, "inputs")):
            if not isinstance(values, tuple) or not all(isinstance(each, Tensor) for each in values):
                warnings.warn(
                    "Using non-full backward hooks on a Module that does not "
                    + ("return" if what == "outputs" else "take as input")
                    + " a single Tensor or a tuple of Tensors is deprecated and will be removed in future versions. "
                    + advice.format("of the grad_" + what[:-1]),
                    FutureWarning,
                    stacklevel=5,
                )
                return
        if len(results) > 1 and len({each.grad_fn for each in results}) != 1:
            warnings.warn(
                "Using a non-full backward hook when outputs are generated by different autograd Nodes is deprecated "
                "and will be removed in future versions. " + advice.format("grad_output"),
                FutureWarning,
                stacklevel=5,
            )
            return
        wanted = {each.grad_fn for each in arguments if each.grad_fn is not None}
        reached = {node for node, _ in grad_fn.next_functions}
        if reached != wanted:
            warnings.warn(
                "Using a non-full backward hook when the forward contains multiple autograd Nodes is deprecated and "
                "will be removed in future versions. " + advice.format("grad_input"),
                FutureWarning,
                stacklevel=5,
            )


class _LegacyHook:
    """A node hook that hands the module to a deprecated backward hook."""

    __slots__ = ("hook", "module")

    def __init__(self, module: ModuleTree, hook: Callable[..., Any]) -> None:
        self.module = module
        self.hook = hook

    def __call__(self, *grads: Any) -> Any:
        return self.hook(self.module, *grads)
