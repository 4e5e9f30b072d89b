"""What anomaly mode asks of the engine: look for NaN in what every node returns, and say where the node was made.

Nothing is recorded at operators: a node knows the line that made it anyway. What a node does not know is who called the
function of that line; while the mode is on, `made_in` finds the stack of the ``with`` statement by the node's number.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.graph.node import HINT, Node, annotators, next_sequence_number, split_edge
from pullback.graph.provenance import forward_line, line_of
from pullback.graph.tensor_base import TensorBase

if TYPE_CHECKING:
    from traceback import FrameSummary

on = False
"""Whether the mode is on: one for all threads, as in PyTorch. The engine reads it at every pass."""
_check_nan = True
_spans: list[tuple[int, int | None, list[FrameSummary]]] = []
"""Numbers of the nodes that were made in the mode: from, to (`None` while it is on), and the stack that switched it."""
_SPANS_KEPT = 64


_HINT_ABOVE = (
    "Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable in question was "
    "changed in there or anywhere later. Good luck!"
)


def state() -> tuple[bool, bool]:
    """Whether the mode is on, and whether it looks for NaN."""
    return on, _check_nan


def set_state(wanted: bool, check_nan: bool, stack: list[FrameSummary] | None = None) -> None:
    """Switch the mode, and whether it looks for NaN; `stack` is where that was asked for."""
    global on, _check_nan
    number = next_sequence_number()
    if on and not wanted and _spans:
        _spans[-1] = (_spans[-1][0], number, _spans[-1][2])
    elif wanted and not on:
        del _spans[:-_SPANS_KEPT]
        _spans.append((number, None, stack or []))
    on, _check_nan = wanted, check_nan


def check(node: Node, found: Sequence[Any]) -> None:
    """Raise ``RuntimeError`` if some cotangent that `node` returned holds a NaN."""
    if not _check_nan:
        return
    for number, each in enumerate(found):
        kind = each.__class__
        if kind is np.ndarray and each.size <= _SMALL:
            total = each.dot(each) if each.ndim == 1 else np.vdot(each, each)
            if total == total:
                continue
        elif kind in _NUMBERS and each == each:
            continue
        array = getattr(each, "_array", each)
        if array is not None and array.dtype.kind in "fcV" and _has_nan(array):
            line = forward_line(node)
            raise RuntimeError(
                f"Function '{node.name()}' returned nan values in its {number}th output."
                + (f" The forward call that made it: {line}" if line else "")
            )


_NUMBERS = frozenset((np.float32, np.float64))
_SMALL = 1 << 12
"""Elements up to which an array is not looked at before its squares are summed."""


def _has_nan(array: Any) -> bool:
    """Whether there is a NaN: a sum of squares has one then, at the speed of a dot product."""
    if array.__class__ is not np.ndarray or array.dtype.char not in "fdFD":
        return bool(np.isnan(array).any())
    if 0 in array.strides:  # one element stands for many
        array = array[
            tuple([0 if stride == 0 and length else slice(None) for stride, length in zip(array.strides, array.shape)])
        ]
    total = np.vdot(array, array)
    return bool(total != total)


def checked(node: Node, vjp: Callable[..., Sequence[Any]], cotangent: Any, keep: bool) -> Sequence[Any]:
    """`explained` for nearly every node of a pass that records nothing: one call."""
    try:
        found = vjp(cotangent, keep)
        check(node, found)
    except Exception as error:
        _explain(node, error)
        raise
    return found


def explained(node: Node, record: bool, function: Callable[..., Sequence[Any]], *args: Any) -> Sequence[Any]:
    """What `function` returns for the node; an error is preceded by a warning that tells where the node was made."""
    first = next_sequence_number()
    try:
        found = function(*args)
        check(node, found)
    except Exception as error:
        _explain(node, error)
        raise
    if record:
        _adopt(node, found, first)
    return found


def _explain(node: Node, error: Exception) -> None:
    tell(node)
    if error.args and HINT in str(error.args[0]):
        error.args = (str(error.args[0]).replace(HINT, _HINT_ABOVE),)


def tell(node: Node) -> None:
    """Warn about an error at `node`: where it was made, and who made it if it belongs to a derivative."""
    for told in _story(node):
        try:
            warnings.warn(told, UserWarning, stacklevel=4)
        except UserWarning:  # warnings are errors: the error of the pass goes on instead
            print(told, file=sys.stderr)


def _adopt(parent: Node, found: Sequence[Any], first: int) -> None:
    """Note at every node that `parent` made while it ran that it did."""
    stack = [each._maker for each in found if isinstance(each, TensorBase)]
    while stack:
        node = stack.pop()
        if node is None or node._seq < first or "parent_" in node.metadata:
            continue
        node.metadata["parent_"] = parent
        ends = (split_edge(edge)[0] for edge in node._edges if edge is not None)
        stack.extend(end for end in ends if isinstance(end, Node))


def _story(node: Node) -> Iterator[str]:
    """Where `node` was made, where the node that made it was made, and so on."""
    yield f"Error detected in {node.name()}. " + _traceback(
        node,
        "Traceback of forward call that caused the error:\n{}",
        "No forward pass information available. Enable detect anomaly during forward pass for more information.",
    )
    parent = node.metadata.get("parent_")
    while parent is not None:
        yield f"\n\nPrevious calculation was induced by {parent.name()}. " + _traceback(
            parent,
            "Traceback of forward call that induced the previous calculation:\n{}",
            "No forward pass information available.",
        )
        parent = parent.metadata.get("parent_")


def traceback_of(node: Node) -> list[str] | None:
    """The lines that led to the call of `node`; `None` if the mode was off then."""
    stack = made_in(node)
    code = getattr(node, "_code", None)
    if stack is None or code is None:
        return None
    filename, line = line_of(code, node._offset)
    outer = [frame for frame in stack if (frame.filename, frame.name) != (filename, code.co_name)]
    from traceback import FrameSummary, format_list  # in anomaly mode only

    return format_list([*outer, FrameSummary(filename, line, code.co_name)])


def _traceback(node: Node, known: str, unknown: str) -> str:
    lines = traceback_of(node)
    return unknown if lines is None else known.format("".join(lines))


def _note_traceback(node: Node, metadata: dict[Any, Any]) -> None:
    lines = traceback_of(node)
    if lines is not None:
        metadata.setdefault("traceback_", lines)


def made_in(node: Node) -> list[FrameSummary] | None:
    """The stack that had switched the mode on when `node` was made; `None` if it was off then."""
    return next(
        (stack for start, end, stack in reversed(_spans) if start < node._seq and (end is None or node._seq < end)),
        None,
    )


annotators.append(_note_traceback)
