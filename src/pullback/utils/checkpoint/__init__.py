"""torch.utils.checkpoint: keep the inputs of a part of a model, and compute the rest again in the backward pass.

Two ways, chosen by ``use_reentrant``:

- `frames` (``use_reentrant=False``): the function runs as usual, but what its nodes save is replaced by empty holders;
  the first one that the backward pass opens makes the function run once more and fills them all. Works with
  ``autograd.grad``, higher derivatives, keyword arguments, nesting.
- `reentrant` (``use_reentrant=True``): the function runs without a graph inside a node of its own, whose backward runs
  it again with one and starts a backward pass through that.

`selective` keeps the results of operators that a policy chooses; `rng` repeats random numbers.

Matches https://docs.pytorch.org/docs/2.13/checkpoint.html.
"""

from __future__ import annotations

from pullback.utils.checkpoint.calls import checkpoint, checkpoint_sequential, noop_context_fn
from pullback.utils.checkpoint.frames import (
    CheckpointError,
    GraphExecGroup,
    set_checkpoint_debug_enabled,
    set_checkpoint_early_stop,
)
from pullback.utils.checkpoint.reentrant import CheckpointFunction, check_backward_validity, detach_variable
from pullback.utils.checkpoint.rng import (
    DefaultDeviceType,
    _infer_device_type as _infer_device_type,
    get_device_states,
    set_device_states,
)
from pullback.utils.checkpoint.selective import (
    SAC_IGNORED_OPS,
    CheckpointPolicy,
    SelectiveCheckpointContext,
    create_selective_checkpoint_contexts,
)

__all__ = [
    "SAC_IGNORED_OPS",
    "CheckpointError",
    "CheckpointFunction",
    "CheckpointPolicy",
    "DefaultDeviceType",
    "GraphExecGroup",
    "SelectiveCheckpointContext",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "create_selective_checkpoint_contexts",
    "detach_variable",
    "get_device_states",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
    "set_device_states",
]
