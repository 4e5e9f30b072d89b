"""What is known of the node that is being run, for the nodes that are made meanwhile."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

current_meta: dict[str, Any] = {}
_preserving = [False]
_COPIED = ("nn_module_stack", "torch_fn", "source_fn_stack", "from_node", "custom", "seq_nr", "autograd_backward")


def has_preserved_node_meta() -> bool:
    """Whether new nodes take over what is known of the one that is being run."""
    return _preserving[0]


def _restored(changes: dict[str, Any]) -> Iterator[None]:
    before = dict(current_meta)
    current_meta.update(changes)
    try:
        yield
    finally:
        current_meta.clear()
        current_meta.update(before)


@contextmanager
def preserve_node_meta(enable: bool = True) -> Iterator[None]:
    """Let new nodes take over what is known of the node that is being run."""
    before, _preserving[0] = _preserving[0], enable
    try:
        yield from _restored({})
    finally:
        _preserving[0] = before


@contextmanager
def set_current_meta(node: Any, pass_name: str = "") -> Iterator[None]:
    """`node` is being run."""
    if not (_preserving[0] and node.meta):
        yield
        return
    yield from _restored(node.meta)


@contextmanager
def annotate(annotation_dict: dict[str, Any]) -> Iterator[None]:
    """Let nodes that are made keep these entries, under ``meta["custom"]``."""
    with preserve_node_meta():
        yield from _restored({"custom": {**current_meta.get("custom", {}), **annotation_dict}})


def set_stack_trace(stack: list[str]) -> None:
    """What the nodes to come keep as their origin."""
    if _preserving[0] and stack:
        current_meta["stack_trace"] = "".join(stack)


def format_stack() -> list[str]:
    """Where the calls are written that led here, or where the node that is being run came from."""
    if _preserving[0]:
        return [current_meta.get("stack_trace", "")]
    return traceback.format_list(traceback.extract_stack()[:-1])


def get_current_meta() -> dict[str, Any]:
    """What is known of the node that is being run."""
    return current_meta


def hand_over(node: Any) -> None:
    """Note at a new node what is known of the one that is being run."""
    if trace := current_meta.get("stack_trace"):
        node.stack_trace = trace
    node.meta.update({key: copy.copy(current_meta[key]) for key in _COPIED if key in current_meta})
