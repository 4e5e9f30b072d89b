"""Names of PyTorch's compiled module that programs use all the same: the engine asked about itself, mode switches."""

from __future__ import annotations

import weakref
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pullback._library import KEYS
from pullback._library_dispatch import below_autograd as _AutoDispatchBelowAutograd  # noqa: F401
from pullback.autograd import _functions as _functions, _inner
from pullback.autograd._unregistered import (
    _get_autograd_fallback_mode as _get_autograd_fallback_mode,
    _set_autograd_fallback_mode as _set_autograd_fallback_mode,
)
from pullback.autograd.forward_ad import (
    _is_fwd_grad_enabled as _is_fwd_grad_enabled,
    _set_fwd_grad_enabled as _set_fwd_grad_enabled,
)
from pullback.graph import saved_hooks, torch_function
from pullback.graph.modes import (
    BATCHED,
    FORWARD,
    NO_GRAD,
    current_mode,
    is_grad_enabled as is_grad_enabled,
    is_inference_mode_enabled as is_inference_mode_enabled,
    set_mode,
)
from pullback.graph.running import (  # noqa: F401  # for those who import them from here
    execution_order as _current_graph_task_execution_order,
    multithreading,
    node as _current_autograd_node,
    task_id as _current_graph_task_id,
    will_run as _will_engine_execute_node,
)
from pullback.graph.torch_function import disabled_implementation as _disabled_torch_function_impl  # noqa: F401
from pullback.jit import ScriptFunction as ScriptFunction, ScriptMethod as ScriptMethod
from pullback.overrides import (
    DisableTorchFunction as DisableTorchFunction,
    DisableTorchFunctionSubclass as DisableTorchFunctionSubclass,
)

has_lapack = has_spectral = True

__path__ = [str(Path(__file__).parent / "_functorch" / "_C")]  # there are submodules: ``torch._C._functorch``


def __getattr__(name: str) -> Any:
    if name == "_functorch":
        return import_module(f"{__name__}.{name}")
    if name == "_nn":
        return _Functional(_parse_to=import_module("pullback.nn.modules._conversion")._parse_to)
    if name in _ELSEWHERE:
        return getattr(import_module(_ELSEWHERE[name]), name.removeprefix("_") if name == "_TensorBase" else name)
    if name == "_VariableFunctions":
        return import_module("pullback")
    if name == "_TensorMeta":
        return type(import_module("pullback.tensor").Tensor)
    raise AttributeError(f"module 'torch._C' has no attribute {name!r}")


_ELSEWHERE = {
    **dict.fromkeys(("TensorBase", "_TensorBase"), "pullback.graph.tensor_base"),
    **dict.fromkeys(("Generator", "Size", "device", "dtype"), "pullback"),
    **dict.fromkeys(("_stash_obj_in_tls", "_get_obj_in_tls", "_is_key_in_tls"), "pullback.autograd._inner"),
}


class _Functional(SimpleNamespace):
    """``torch._C._nn``: the functional forms, and what only ``torch.ops.aten`` has."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module("pullback.nn.functional"), name, None)
        return getattr(import_module("pullback.ops.aten"), name) if found is None else found


DispatchKey: Any = Enum("DispatchKey", sorted(KEYS | {"AutocastXPU", "Undefined"}))  # type: ignore[misc]


class DispatchKeySet(frozenset[Any]):
    """Keys of PyTorch's dispatcher; a set of one can be made from the key. None decides anything here."""

    def __new__(cls, keys: Any = ()) -> Any:
        return super().__new__(cls, (keys,) if isinstance(keys, DispatchKey) else keys)

    def __or__(self, other: Any) -> Any:
        return DispatchKeySet(frozenset(self) | other)

    has = frozenset.__contains__
    add = __or__


class DeviceObjType:
    """The class of a compiled program's devices: no device is one."""


class ScriptList(list[Any]):
    """The class of a compiled program's lists: no list is one."""


class ScriptDict(dict[Any, Any]):
    """The class of a compiled program's dictionaries: no dictionary is one."""


def _get_privateuse1_backend_name() -> str:
    """The name that an added device would have."""
    return "privateuseone"


def _get_cpu_capability() -> str:
    """No instructions beyond the processor's common ones are known of."""
    return "DEFAULT"


def _set_grad_enabled(enabled: bool) -> None:
    """Switch recording on or off in this thread."""
    mode = current_mode()
    set_mode(mode & ~NO_GRAD if enabled else mode | NO_GRAD)


_autograd = SimpleNamespace(
    SavedTensor=saved_hooks.SavedTensor,
    _get_current_graph_task_keep_graph=_inner._get_current_graph_task_keep_graph,
    _unsafe_set_version_counter=_inner._unsafe_set_version_counter,
    _saved_tensors_hooks_is_enabled=saved_hooks.are_allowed,
    _push_saved_tensors_default_hooks=saved_hooks.push_pair,
    _pop_saved_tensors_default_hooks=saved_hooks.pop_pair,
)


class _TorchFunctionState(Enum):
    """Who is asked before an operator runs."""

    ENABLED = 0
    SUBCLASSES_DISABLED = 1
    ALL_DISABLED = 2


def _get_torch_function_state() -> _TorchFunctionState:
    """Who is asked in this thread."""
    return _TorchFunctionState.ENABLED if torch_function.is_enabled() else _TorchFunctionState.SUBCLASSES_DISABLED


def _set_torch_function_state(state: _TorchFunctionState) -> None:
    """Ask classes in this thread, or ask none."""
    torch_function.enable(state is _TorchFunctionState.ENABLED)


def _len_torch_function_stack() -> int:
    """How many modes are entered."""
    return len(torch_function.has_modes())


def _is_torch_function_mode_enabled() -> bool:
    """Whether a mode is entered."""
    return bool(torch_function.has_modes())


def _is_torch_function_enabled() -> bool:
    """Whether classes are asked in this thread."""
    return torch_function.is_enabled()


def _len_torch_dispatch_stack() -> int:
    """How many dispatch modes are entered."""
    return len(import_module("pullback.utils._python_dispatch")._get_current_dispatch_mode_stack())


def _dispatch_isTensorSubclassLike(tensor: Any) -> bool:
    """Whether the class of a tensor computes its operators."""
    return torch_function.below is not None and bool(torch_function.below.is_asked(tensor))


def _is_alias_of(tensor: Any, other: Any) -> bool:
    """Whether two tensors show the same memory."""
    return bool(tensor.untyped_storage()._cdata == other.untyped_storage()._cdata)


def _has_storage(tensor: Any) -> bool:
    """True: every tensor has memory."""
    return True


def _pop_torch_function_stack() -> Any:
    """Leave the newest mode, and return it."""
    return torch_function.leave_newest()


def _no_compiler(*settings: Any) -> bool:
    """A switch of PyTorch's compiler, which is not here: off before, and off after."""
    return False


_jit_set_profiling_executor = _jit_set_profiling_mode = _jit_set_num_profiled_runs = _no_compiler
_get_graph_executor_optimize = _set_graph_executor_optimize = _no_compiler


class _WeakTensorRef:
    """Whether a tensor still lives."""

    def __init__(self, tensor: Any) -> None:
        self._ref = weakref.ref(tensor)

    def expired(self) -> bool:
        """Whether it is gone."""
        return self._ref() is None


_cached: set[int] = set()


def _set_cached_tensors_enabled(enabled: bool) -> None:
    """Forget the tensors that were noted."""
    _cached.clear()


def _add_cached_tensor(t: Any) -> None:
    """Note a tensor whose memory somebody keeps for reuse."""
    _cached.add(id(t))


def _remove_cached_tensor(t: Any) -> None:
    """Forget it."""
    _cached.discard(id(t))


def _is_cached_tensor(t: Any) -> bool:
    """Whether it was noted."""
    return id(t) in _cached


def _log_api_usage_once(event: str) -> None:
    """Nothing is logged."""


def _get_tracing_state() -> None:
    """Nothing is traced."""


def _are_functorch_transforms_active() -> bool:
    """Whether a call of `vmap`, `grad` and their like is under way."""
    return bool(current_mode() & (BATCHED | FORWARD))


def _is_multithreading_enabled() -> bool:
    """What `torch.autograd.set_multithreading_enabled` was told."""
    return multithreading.get()
