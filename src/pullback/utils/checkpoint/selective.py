"""Selective checkpointing: a policy says which operators' results are kept, and the second run takes those as they are."""

from __future__ import annotations

import enum
import warnings
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from threading import get_ident
from typing import Any

from pullback.graph.observers import bare, observing
from pullback.graph.tensor_base import TensorBase
from pullback.graph.versions import version
from pullback.ops.overloads import Packet, overload_of


class CheckpointPolicy(enum.Enum):
    """What a policy may say of an operator; `MUST` and `PREFER` are the same here, and there is no other memory."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4
    PREFER_CPU_OFFLOAD = 5


_SAVING = frozenset(
    (
        CheckpointPolicy.MUST_SAVE,
        CheckpointPolicy.PREFER_SAVE,
        CheckpointPolicy.MUST_CPU_OFFLOAD,
        CheckpointPolicy.PREFER_CPU_OFFLOAD,
    )
)

SAC_IGNORED_OPS = frozenset(("detach", "_detach"))
"""Operators that are never asked about."""


class SelectiveCheckpointContext:
    """What a policy is told: whether this is the second run, and (``op_output``) what the operator gave in the first."""

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute = is_recompute
        self.op_output = op_output


def create_selective_checkpoint_contexts(
    policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False
) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """The two contexts of a selective checkpoint: pass ``context_fn=lambda: create_selective_checkpoint_contexts(...)``.

    `policy_fn_or_list` is a list of operators whose results are kept, or ``policy(ctx, op, *args, **kwargs)`` that
    returns a `CheckpointPolicy` for each operator that runs. An operator is named as in ``torch.ops.aten.mm.default``,
    which equals its function ``torch.mm``.

    Raises ``TypeError`` for what is neither, ``ValueError`` for what is no operator, and in the backward pass ``RuntimeError`` if a kept result was written to
    in place (unless `allow_cache_entry_mutation`) or the second run asks for a result that was not kept.

    >>> import pullback as torch
    >>> from pullback.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts
    >>> x = torch.ones(2, 2, requires_grad=True)
    >>> keep = lambda: create_selective_checkpoint_contexts([torch.mm])
    >>> checkpoint(lambda x: torch.mm(x, x).sin(), x, use_reentrant=False, context_fn=keep).sum().backward()
    """
    policy = _policy_of(policy_fn_or_list)
    kept: dict[Any, list[Any]] = defaultdict(list)
    return _keeping(policy, kept), _Once(_reusing(policy, kept, allow_cache_entry_mutation))


class _Once:
    """A context that is entered once: what was kept is for one second run."""

    def __init__(self, context: AbstractContextManager[None]) -> None:
        self.context: AbstractContextManager[None] | None = context

    def __enter__(self) -> None:
        if self.context is None:
            raise RuntimeError(
                "Trying to backward an extra time. You are only allowed to backward once on any region computed under "
                "selective activation checkpoint."
            )
        self.entered, self.context = self.context, None
        self.entered.__enter__()

    def __exit__(self, *exception: Any) -> bool | None:
        return self.entered.__exit__(*exception)


def _policy_of(given: Any) -> Callable[..., CheckpointPolicy]:
    if isinstance(given, list):
        for each in given:
            if isinstance(each, Packet) or not hasattr(each, "operator"):
                told = (
                    " Please update the OpOverloadPacket to a specific OpOverload." if isinstance(each, Packet) else ""
                )
                raise ValueError(
                    f"Expected op in `op_list` to be an OpOverload but got: {each} of type {type(each)}.{told}"
                )
        return lambda ctx, op, *args, **kwargs: (
            CheckpointPolicy.MUST_SAVE if op in given else CheckpointPolicy.PREFER_RECOMPUTE
        )
    if not callable(given):
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    return given  # type: ignore[no-any-return]


def _saves(policy: Callable[..., Any], is_recompute: bool, operator: Any, values: tuple[Any, ...]) -> bool:
    """What `policy` says of an operator on `values`; old policies say true for save."""
    answer = policy(SelectiveCheckpointContext(is_recompute=is_recompute), overload_of(operator), *values)
    if isinstance(answer, bool):
        warnings.warn(
            "A policy that returns bool is deprecated; return a CheckpointPolicy.", FutureWarning, stacklevel=2
        )
        return answer
    return answer in _SAVING


@contextmanager
def _keeping(policy: Callable[..., Any], kept: dict[Any, list[Any]]) -> Any:
    def observer(operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        result = run()
        if operator.name not in SAC_IGNORED_OPS:
            saved = _saves(policy, False, operator, values) and operator.kind != "view" and not operator.keeps
            kept[operator].append([_Kept(each) for each in _as_tuple(result)] if saved else None)
        return result

    with observing(observer):
        yield


@contextmanager
def _reusing(policy: Callable[..., Any], kept: dict[Any, list[Any]], may_mutate: bool) -> Any:
    at: dict[Any, int] = defaultdict(int)

    def observer(operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        if operator.name in SAC_IGNORED_OPS:
            return run()
        number, at[operator] = at[operator], at[operator] + 1
        if number >= len(kept[operator]):
            raise RuntimeError(
                f"{operator.name} encountered during backward, but not found in storage: the function did something "
                "else in its second run"
            )
        found = kept[operator][number]
        return (
            run() if found is None else _with_results(operator, bare(run), [each.array(may_mutate) for each in found])
        )

    with observing(observer):
        yield


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


class _Kept:
    """A result of the first run, and the version it was kept at."""

    def __init__(self, tensor: TensorBase) -> None:
        self.tensor = tensor.detach()  # type: ignore[attr-defined]
        self.version = version(tensor)

    def array(self, may_mutate: bool) -> Any:
        """The numbers, if they are still those of the first run."""
        if version(self.tensor) != self.version and not may_mutate:
            raise RuntimeError(
                "Tensor cached during selective activation checkpoint has been mutated. Pass "
                "allow_cache_entry_mutation=True if that is meant."
            )
        return self.tensor._array


def _with_results(operator: Any, run: Callable[[], Any], arrays: list[Any]) -> Any:
    """Run `operator` with `arrays` for what its forward computes: the node is made and saves as ever.

    The forward stands in the namespace of the operator's function; other threads meet the true one meanwhile.
    """
    namespace = operator.function.__globals__
    true_forward, thread = namespace["forward"], get_ident()

    def known(*args: Any, **kwargs: Any) -> Any:
        if get_ident() != thread:
            return true_forward(*args, **kwargs)
        return arrays[0] if operator.outputs == 1 else tuple(arrays)

    namespace["forward"] = known
    try:
        return run()
    finally:
        namespace["forward"] = true_forward
