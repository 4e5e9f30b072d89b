"""torch.utils.module_tracker: which modules are running, in the forward and in the backward pass."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from pullback.autograd.graph import register_multi_grad_hook
from pullback.autograd.variable import Variable
from pullback.nn import Module
from pullback.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from pullback.tensor import Tensor
from pullback.utils._pytree import tree_leaves

__all__ = ["ModuleTracker"]


class ModuleTracker:
    """Inside its ``with`` block `parents` holds the names of the modules that are running, and ``"Global"``.

    The outermost module has the name of its class, those below it their path: ``"Sequential.0"``. In a backward pass,
    where `is_bw` is true, a module runs from the gradient of its results to that of its inputs.

    >>> import pullback as torch
    >>> tracker, seen = ModuleTracker(), []
    >>> net = torch.nn.Sequential(torch.nn.ReLU())
    >>> _ = net[0].register_forward_hook(lambda *arguments: seen.append(sorted(tracker.parents)))
    >>> with tracker:
    ...     _ = net(torch.ones(1))
    >>> seen
    [['Global', 'Sequential']]
    """

    parents: set[str]

    def __init__(self) -> None:
        self.parents = {"Global"}
        self._known_modules: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self._seen_modules: weakref.WeakSet[Any] = weakref.WeakSet()
        self._hooks: list[Any] = []
        self._in_backward = False

    @property
    def is_bw(self) -> bool:
        """Whether this is inside of a backward pass."""
        return self._in_backward

    def __enter__(self) -> ModuleTracker:
        self._handles = [
            register_module_forward_pre_hook(self._before),
            register_module_forward_hook(self._after, always_call=True),
        ]
        return self

    def __exit__(self, *exception: Any) -> None:
        for handle in (*self._handles, *self._hooks):
            handle.remove()
        self._hooks.clear()
        self._in_backward = False

    def _name_of(self, module: Any) -> str:
        if module not in self._seen_modules:
            self._known_modules.setdefault(module, type(module).__name__)
            self._name_below(module)
        return self._known_modules[module]

    def _name_below(self, module: Module) -> None:
        self._seen_modules.add(module)
        for name, child in module.named_children():
            if child not in self._seen_modules:
                self._known_modules[child] = f"{self._known_modules[module]}.{name}"
                self._name_below(child)

    def _before(self, module: Any, args: Any) -> None:
        name = self._name_of(module)
        self.parents.add(name)
        self._watch(args, lambda *grads: self.parents.discard(name))

    def _after(self, module: Any, args: Any, output: Any) -> None:
        name = self._name_of(module)
        self.parents.discard(name)
        self._watch(output, lambda *grads: self._backward_into(name))

    def _watch(self, values: Any, hook: Callable[..., None]) -> None:
        tensors = [each for each in tree_leaves(values) if isinstance(each, Tensor) and each.requires_grad]
        if tensors:
            self._hooks.append(register_multi_grad_hook(tensors, hook))

    def _backward_into(self, name: str) -> None:
        if not self._in_backward:
            self._in_backward = True
            Variable._execution_engine.queue_callback(self._backward_done)
        self.parents.add(name)

    def _backward_done(self) -> None:
        self._in_backward = False
        self.parents = {"Global"}
