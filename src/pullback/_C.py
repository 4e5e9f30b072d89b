"""Names of PyTorch's compiled module that programs use all the same: the engine asked about itself, mode switches."""

from __future__ import annotations

from types import SimpleNamespace

from pullback.graph import saved_hooks
from pullback.graph.modes import (
    NO_GRAD,
    current_mode,
    is_grad_enabled as is_grad_enabled,
    is_inference_mode_enabled as is_inference_mode_enabled,
    set_mode,
)
from pullback.graph.running import (
    execution_order as _current_graph_task_execution_order,
    node as _current_autograd_node,
    task_id as _current_graph_task_id,
    will_run as _will_engine_execute_node,
)
from pullback.graph.torch_function import disabled_implementation as _disabled_torch_function_impl
from pullback.overrides import (
    DisableTorchFunction as DisableTorchFunction,
    DisableTorchFunctionSubclass as DisableTorchFunctionSubclass,
)

__all__ = [
    "DisableTorchFunction",
    "DisableTorchFunctionSubclass",
    "_autograd",
    "_current_autograd_node",
    "_current_graph_task_execution_order",
    "_current_graph_task_id",
    "_disabled_torch_function_impl",
    "_set_grad_enabled",
    "_will_engine_execute_node",
    "has_lapack",
    "is_grad_enabled",
    "is_inference_mode_enabled",
]

has_lapack = True


def _set_grad_enabled(enabled: bool) -> None:
    """Switch recording on or off in this thread."""
    mode = current_mode()
    set_mode(mode & ~NO_GRAD if enabled else mode | NO_GRAD)


_autograd = SimpleNamespace(
    SavedTensor=saved_hooks.SavedTensor,
    _saved_tensors_hooks_is_enabled=saved_hooks.are_allowed,
    _push_saved_tensors_default_hooks=saved_hooks.push_pair,
    _pop_saved_tensors_default_hooks=saved_hooks.pop_pair,
)
