"""The base class of all optimizers: groups of parameters, state, saving and hooks.

An optimizer holds `param_groups`, dictionaries with a list of parameters and the settings that apply to them, and
`state`, a dictionary for each parameter. A subclass says how one parameter is updated (`_update`).
"""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any, TypeAlias

import numpy as np

import pullback
from pullback.nn._handles import HookHandle, add_hook
from pullback.optim._load import cast_state, check_groups
from pullback.tensor import Tensor

__all__ = ["Optimizer", "register_optimizer_step_post_hook", "register_optimizer_step_pre_hook"]

ParamsT: TypeAlias = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
Group: TypeAlias = dict[str, Any]
Closure: TypeAlias = Callable[[], Any]

_global_optimizer_pre_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()
_global_optimizer_post_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()


class _Required:
    """Stands for a setting that every group must bring itself."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(optimizer, args, kwargs)`` before the step of every optimizer."""
    return add_hook(_global_optimizer_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> HookHandle:
    """Call ``hook(optimizer, args, kwargs)`` after the step of every optimizer."""
    return add_hook(_global_optimizer_post_hooks, hook)


class Optimizer:
    """Base class of all optimizers.

    Args:
        params: the tensors to optimize, pairs of name and tensor, or dictionaries: groups with settings of their own.
        defaults: the settings of groups that do not bring them.

    Raises:
        TypeError: for parameters that are no tensors or come without an order.
        ValueError: for no parameters, a parameter in two groups, or one that is not a leaf.
    """

    param_groups: list[Group]
    state: defaultdict[Tensor, Any]
    _step_supports_amp_scaling = False
    """Whether `step` itself takes a `GradScaler`'s scale out, and leaves the update out where a gradient is infinite."""

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._set_up_hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {params.type()}"
            )
        self.state = defaultdict(dict)
        self.param_groups = []
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _set_up_hooks(self) -> None:
        self._optimizer_step_pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_step_post_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_state_dict_pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_state_dict_post_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_load_state_dict_pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self._optimizer_load_state_dict_post_hooks: OrderedDict[int, Any] = OrderedDict()
        self._patch_step_function()

    def _patch_step_function(self) -> None:
        """Let the class's `step`, also one that a subclass defines, run the hooks."""
        cls = type(self)
        if not getattr(cls.step, "hooked", False):
            cls.step = self.profile_hook_step(cls.step)  # type: ignore[method-assign]

    @staticmethod
    def profile_hook_step(func: Callable[..., Any]) -> Callable[..., Any]:
        """`func`, a method `step`, with the hooks before and after it."""
        return _with_step_hooks(func)

    # --- pickling and printing ------------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_optimizer_step_pre_hooks" not in self.__dict__:
            self._set_up_hooks()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        lines = []
        for i, group in enumerate(self.param_groups):
            lines += [f"\nParameter Group {i}\n"]
            lines += [f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params"]
        return f"{type(self).__name__} ({''.join(lines)})"

    # --- parameter groups -----------------------------------------------------------------------------------

    def add_param_group(self, param_group: Group) -> None:
        """Add a group of parameters, for instance layers that are trained only from some epoch on.

        Args:
            param_group: a dictionary with ``"params"`` and settings that differ from the defaults.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params, names = _as_named(param_group["params"])
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for param in params:
            if not (self.defaults.get("differentiable") or param.is_leaf or param.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        self._check_duplicates(param_group)
        self.param_groups.append(param_group)

    def _check_duplicates(self, param_group: Group) -> None:
        params = param_group["params"]
        if len(params) != len(set(params)):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; "
                "in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=4,
            )
        if self.param_groups and ("param_names" in param_group) != ("param_names" in self.param_groups[0]):
            given = "with" if "param_names" in param_group else "without"
            raise ValueError(
                "all optimizer param groups should be with/without names. "
                f"cannot add param group {given} names to the optimizer"
            )
        others = set(chain.from_iterable(group["params"] for group in self.param_groups))
        if not others.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")

    # --- the step -------------------------------------------------------------------------------------------

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset the gradients of all parameters.

        Args:
            set_to_none: drop them instead of writing zeros.
        """
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param._grad = None
                elif param._grad is not None:
                    _zero(param._grad)

    def step(self, closure: Closure | None = None) -> Any:
        """Update all parameters that have a gradient.

        Args:
            closure: computes the loss anew, with gradients; optional for most optimizers.

        Returns:
            What `closure` returned.
        """
        loss = None
        if closure is not None:
            with pullback.enable_grad():
                loss = closure()
        if self._step_supports_amp_scaling and not self._take_scale_out():
            return loss
        with pullback.enable_grad() if self.defaults.get("differentiable", False) else pullback.no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    grad = param._grad
                    if grad is not None:
                        state = self.state.get(param, {})
                        dense = grad._array.__class__ is np.ndarray or not (grad.is_sparse or _computes_itself(grad))
                        (self._update if dense else self._update_sparsely)(param, grad, state, group)
                        if state:
                            self.state[param] = state
        return loss

    def _take_scale_out(self) -> bool:
        """Divide the gradients by `grad_scale` in place; `False` where `found_inf` says that there is to be no update."""
        scale, infinite = getattr(self, "grad_scale", None), getattr(self, "found_inf", None)
        if infinite is not None and infinite.item():
            return False
        if scale is not None:
            with pullback.no_grad():
                for param in chain.from_iterable(group["params"] for group in self.param_groups):
                    if param.grad is not None:
                        param.grad.div_(scale)
        return True

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        """Update one parameter in place.

        Args:
            param: the parameter.
            grad: its gradient, which is not written to.
            state: what is kept about it between steps; empty at first.
            group: the settings.
        """
        raise NotImplementedError

    def _update_sparsely(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        """The same for a sparse gradient. ``RuntimeError`` where the algorithm has no such form."""
        if _computes_itself(grad):
            return self._update(param, grad, state, group | {"differentiable": True})
        from pullback.optim import _sparse  # sparse programs only

        _sparse.update_of(type(self))(param, grad, state, group)

    # --- saving and loading ---------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """State and settings, with parameters numbered in the order of the groups.

        Returns:
            ``{"state": {number: state}, "param_groups": [settings with "params": [numbers]]}``
        """
        for pre_hook in self._optimizer_state_dict_pre_hooks.values():
            pre_hook(self)
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for param in group["params"]:
                numbers.setdefault(id(param), len(numbers))
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [numbers[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {(numbers[id(key)] if isinstance(key, Tensor) else key): value for key, value in self.state.items()}
        state_dict: dict[str, Any] = {"state": state, "param_groups": groups}
        for post_hook in self._optimizer_state_dict_post_hooks.values():
            replaced = post_hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        return state_dict

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over state and settings; parameters are matched by their order.

        Raises:
            ValueError: if the number of groups, or of parameters in one, differs.
        """
        state_dict = state_dict.copy()
        for pre_hook in self._optimizer_load_state_dict_pre_hooks.values():
            replaced = pre_hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        saved_groups = deepcopy(state_dict["param_groups"])
        check_groups(self.param_groups, saved_groups)
        numbered = dict(
            zip(
                chain.from_iterable(group["params"] for group in saved_groups),
                chain.from_iterable(group["params"] for group in self.param_groups),
            )
        )
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            param = numbered.get(key)
            state[key if param is None else param] = (
                value if param is None else cast_state(value, param, self.param_groups)
            )
        for group, saved in zip(self.param_groups, saved_groups):
            saved["params"] = group["params"]
            if "param_names" in group and "param_names" not in saved:
                saved["param_names"] = group["param_names"]
        self.__setstate__({"state": state, "param_groups": saved_groups})
        for post_hook in self._optimizer_load_state_dict_post_hooks.values():
            post_hook(self)

    # --- hooks ----------------------------------------------------------------------------------------------

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(optimizer, args, kwargs)`` before every step; a pair replaces the arguments of `step`."""
        return add_hook(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(optimizer, args, kwargs)`` after every step."""
        return add_hook(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> HookHandle:
        """Call ``hook(optimizer)`` before the state is collected."""
        return add_hook(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> HookHandle:
        """Call ``hook(optimizer, state_dict)`` after it is; a result replaces it."""
        return add_hook(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> HookHandle:
        """Call ``hook(optimizer, state_dict)`` before loading; a result replaces `state_dict`."""
        return add_hook(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> HookHandle:
        """Call ``hook(optimizer)`` after loading."""
        return add_hook(self._optimizer_load_state_dict_post_hooks, hook, prepend)


def _with_step_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step`, with the hooks around it."""

    @functools.wraps(step)
    def hooked_step(*args: Any, **kwargs: Any) -> Any:
        self = args[0]
        if _global_optimizer_pre_hooks or self._optimizer_step_pre_hooks:
            for hook in (*_global_optimizer_pre_hooks.values(), *self._optimizer_step_pre_hooks.values()):
                replaced = hook(self, args, kwargs)
                if replaced is None:
                    continue
                if not (isinstance(replaced, tuple) and len(replaced) == 2):
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
                    )
                args, kwargs = replaced
        result = step(*args, **kwargs)
        if _global_optimizer_post_hooks or self._optimizer_step_post_hooks:
            for hook in (*self._optimizer_step_post_hooks.values(), *_global_optimizer_post_hooks.values()):
                hook(self, args, kwargs)
        return result

    hooked_step.hooked = True  # type: ignore[attr-defined]
    return hooked_step


def _as_named(params: Any) -> tuple[list[Tensor], list[str]]:
    """The tensors of a group, and their names if it brings any."""
    if isinstance(params, Tensor):
        params = [params]
    elif isinstance(params, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but "
            "the ordering of tensors in sets will change between runs. Please use a list instead."
        )
    tensors: list[Any] = []
    names: list[str] = []
    for entry in params:
        if isinstance(entry, tuple):
            names.append(entry[0])
            entry = entry[1]
        tensors.append(entry)
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(tensor).__name__}")
    if names and len(names) != len(tensors):
        raise ValueError("all optimizer params should be with/without names. Some param names are missing")
    return tensors, names


def _zero(grad: Tensor) -> None:
    """Write zeros, and take the gradient out of any graph of its own."""
    if grad.grad_fn is not None:
        grad.detach_()
    else:
        grad.requires_grad_(False)
    grad.zero_()


def _computes_itself(grad: Tensor) -> bool:
    """Whether the class of a gradient computes its operators, so that there is no memory to write to."""
    return type(grad).__torch_dispatch__ is not Tensor.__torch_dispatch__
