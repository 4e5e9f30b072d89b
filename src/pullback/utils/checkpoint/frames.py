"""``use_reentrant=False``: what the nodes save is replaced by holders, which a second run of the function fills.

While the function runs, every tensor that a node would save goes through the hooks of a `Frame`: the node gets an empty
holder instead. When the backward pass opens a holder, the function runs again under other hooks, which hand the tensor
that is saved as number n to holder number n. The numbers agree as long as the function does the same twice; what differs
is reported. ::

    first run     save x ──► holder 0      save y ──► holder 1      (x and y are let go of)
    backward      open holder 1: run again ──► x fills 0, y fills 1, stop

The arguments of a checkpoint inside a checkpoint are themselves saved through the outer hooks, so nesting saves memory at
every level.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from pullback.amp.autocast_mode import autocast
from pullback.amp.casting import active
from pullback.autograd.grad_mode import enable_grad
from pullback.autograd.graph import saved_tensors_hooks
from pullback.graph import levels
from pullback.graph.observers import resumed
from pullback.graph.saved_hooks import newest_pair
from pullback.graph.versions import NO_INFERENCE_SAVE
from pullback.tensor import Tensor
from pullback.utils.checkpoint import rng
from pullback.utils.checkpoint.log import Log


class CheckpointError(RuntimeError):
    """Raised where the second run of a function did not save what the first one saved."""


_TIP = (
    "\n\nTip: To see a more detailed error message, either pass `debug=True` to `torch.utils.checkpoint.checkpoint(...)` "
    "or wrap the code block with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to enable "
    "checkpoint-debug mode globally."
)

_debug_enabled: ContextVar[bool | None] = ContextVar("checkpoint debug", default=None)
_early_stop: ContextVar[bool] = ContextVar("checkpoint early stop", default=True)


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Let every checkpoint in the block log its operators, or none; with `None` each one's ``debug=`` decides."""
    token = _debug_enabled.set(enabled)
    try:
        yield
    finally:
        _debug_enabled.reset(token)


class set_checkpoint_early_stop:
    """Whether checkpoints stop the second run when nothing is left to fill: at once, and back behind a ``with`` block."""

    def __init__(self, enable: bool) -> None:
        self.before = _early_stop.get()
        _early_stop.set(enable)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        _early_stop.set(self.before)


class GraphExecGroup:
    """Backward passes inside the block run a checkpointed function again once at most, all together.

    No two of them may need the same saved value: ``CheckpointError``. Blocks do not nest.
    """

    def __enter__(self) -> GraphExecGroup:
        if (outer := _group.get()) is not None:
            raise RuntimeError(f"GraphExecGroup contexts cannot be nested. Already inside group {outer}")
        self._token = _group.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _group.reset(self._token)


_group: ContextVar[GraphExecGroup | None] = ContextVar("group of backward passes", default=None)
_UNPACKED_ONCE = (
    "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. Performing two backward "
    "calls that overlap (i.e. require the same saved activation in order to compute gradients) is not allowed while under "
    "the torch.utils.checkpoint.GraphExecGroup context. If you are calling ctx.saved_tensors in backward, make sure to do "
    "so only once."
)


class _Holder:
    """Stands at a node for what it would have saved."""

    __slots__ = ("__weakref__",)


class _Stop(Exception):
    """Ends a second run when every holder is filled."""


def _metadata(tensor: Tensor) -> dict[str, Any]:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}


_CHECKS: dict[str, Callable[[Tensor], Any]] = {"default": _metadata, "none": lambda tensor: None}


class Frame:
    """One checkpointed call: how to run it again, its holders, and what fills them at the moment."""

    def __init__(self, run: Callable[..., Any], args: tuple[Any, ...], early_stop: bool, check: str) -> None:
        if check not in _CHECKS:
            raise ValueError(f"determinism_check should be one of {list(_CHECKS)}, but got {check}")
        self.run = run
        self.args = [_saved_argument(each) for each in args]
        self.early_stop = early_stop
        self.describe = _CHECKS[check]
        self.holders: list[weakref.ref[_Holder]] = []
        self.metadata: list[Any] = []
        self.values: weakref.WeakKeyDictionary[_Holder, Tensor] = weakref.WeakKeyDictionary()
        self.unread: weakref.WeakSet[_Holder] = weakref.WeakSet()
        self.group: GraphExecGroup | None = None
        """The group for whose passes the values are."""
        self.log: Log | None = None
        self.completed = False
        """Whether the first run is over: a backward pass inside the function may open holders before."""

    def pack(self, tensor: Tensor) -> _Holder:
        """Take a tensor from the first run, and hand out a holder for it."""
        holder = _Holder()
        self.holders.append(weakref.ref(holder))
        self.metadata.append(self.describe(tensor))
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        """The tensor that belongs into `holder`. Once all are read they are let go of: the next pass runs again."""
        group = _group.get()
        if holder not in self.values or self.group is not group:
            if group is not None and self.group is group:
                raise CheckpointError(_UNPACKED_ONCE)
            self.run_again()
            self.group = group
        if group is not None:
            return self.values.pop(holder)
        value = self.values[holder]
        self.unread.discard(holder)
        if not self.unread:
            self.values.clear()
        return value

    def run_again(self) -> None:
        """Fill the holders that are still waited for."""
        self.values.clear()
        again = SecondRun(self)
        args = [each() for each in self.args]
        try:
            with saved_tensors_hooks(again.pack, lambda tensor: tensor), enable_grad():
                self.run(*args)
        except _Stop:
            pass
        self.unread = weakref.WeakSet(self.values)
        self.compare(again)

    def compare(self, again: SecondRun) -> None:
        """Raise `CheckpointError` unless the second run saved the same number of tensors, of the same kind."""
        if again.count != len(self.holders) and self.completed:
            raise self.error(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self.holders)}\nNumber of tensors saved "
                f"during recomputation: {again.count}."
            )
        wrong = [
            f"tensor at position {number}:\nsaved metadata: {before}\nrecomputed metadata: {now}"
            for number, (before, now) in enumerate(zip(self.metadata, again.metadata))
            if before != now
        ]
        if wrong:
            raise self.error(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                "during the forward pass.\n" + "\n".join(wrong)
            )

    def error(self, message: str) -> CheckpointError:
        """The error, with the operators of both runs if they were logged."""
        if self.log is None:
            return CheckpointError(message + _TIP)
        return CheckpointError(
            " An error happened while unpacking tensors; dumping logs of latest computation\nbecause you passed "
            f"`debug=True` to `torch.utils.checkpoint.checkpoint()`.\n\n{self.log.text()}\n\n"
            "You are seeing this error because you passed `debug=True` to checkpoint and the two runs did not save the same "
            f"tensors: compare their operators above.\n\n{message}"
        )


class SecondRun:
    """The hooks of a second run: tensor number n goes to holder number n."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.count = 0
        self.metadata: list[Any] = []

    def pack(self, tensor: Tensor) -> Tensor:
        """Fill the next holder if anyone still has it, and stop behind the last one."""
        frame = self.frame
        number, self.count = self.count, self.count + 1
        if number >= len(frame.holders) and frame.completed:
            raise frame.error(
                "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original "
                "forward pass."
            )
        if number < len(frame.holders):
            self.metadata.append(frame.describe(tensor))
            holder = frame.holders[number]()
            if holder is not None:
                frame.values[holder] = tensor.detach() if tensor.requires_grad else tensor
        if frame.early_stop and self.count == len(frame.holders):
            raise _Stop
        return tensor.detach()


def _saved_argument(value: Any) -> Callable[[], Any]:
    """How to get an argument again: a tensor inside another checkpoint is saved through its hooks, not held."""
    if isinstance(value, Tensor) and value._inference:
        raise RuntimeError(NO_INFERENCE_SAVE)
    pair = newest_pair()
    if pair is None or not isinstance(value, Tensor):
        return lambda: value
    pack, unpack = pair
    packed, requires_grad = pack(value), value.requires_grad
    return lambda: unpack(packed).detach().requires_grad_(requires_grad)


def run_checkpointed(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    preserve: bool,
    contexts: tuple[AbstractContextManager[Any], AbstractContextManager[Any]],
    check: str,
    debug: bool,
    early_stop: bool,
) -> Any:
    """Run `function` so that it runs again when the backward pass needs what it saved."""
    forward_context, recompute_context = contexts
    enabled = _debug_enabled.get()
    log = Log() if (debug if enabled is None else enabled) else None
    kept, first_level = rng.state() if preserve else None, levels.next_level()
    lowered = active.get()

    def again(*values: Any) -> None:
        with (
            rng.repeated(kept),
            levels.numbered_from(first_level + 1),
            resumed(),
            autocast("cpu", lowered, lowered is not None),
            recompute_context,
            Log.recording(log, "recomputation"),
        ):
            function(*values, **kwargs)

    frame = Frame(again, args, early_stop and _early_stop.get(), check)
    frame.log = log
    with forward_context, Log.recording(log, "original forward"), saved_tensors_hooks(frame.pack, frame.unpack):
        found = function(*args, **kwargs)
    frame.completed = True
    return found
