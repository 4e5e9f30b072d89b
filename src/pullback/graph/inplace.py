"""Writing in place: the ordinary operator runs, its result is stored, the history is rebased.

The operator runs on a stand-in for the target (same array, same place in the graph), so that the new node's edge
leads to the old history and no cycle arises. If a rule kept the old value, the stand-in gets a copy of it just
before the memory is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from pullback.arrays.dtypes import from_numpy, spoken as spoken
from pullback.graph import forward_mode
from pullback.graph.levels import check_batches, check_captured, is_transformed
from pullback.graph.modes import BATCHED, FORWARD, NO_GRAD, SAVED_HOOKS, current_mode, get_mode
from pullback.graph.node import node_of
from pullback.graph.once import outside, warn_of_lost_parts
from pullback.graph.slices import rebase
from pullback.graph.tensor_base import TensorBase, solid, twin, wrap
from pullback.graph.versions import VersionCounter, bump, counter_of
from pullback.graph.views import refresh
from pullback.graph.writable import ELEMENTWISE, check_writable
from pullback.later import Placeholder

P = ParamSpec("P")
R = TypeVar("R")


def legacy_name(dtype: Any) -> str:
    """PyTorch's old name for a kind of tensor, as some messages tell it; younger kinds have none of their own."""
    word = spoken(dtype)
    young = dtype.kind in "bc" or word in ("BFloat16", "UInt16", "UInt32", "UInt64")
    return f"CPU{word}Type" if young else f"torch.{word}Tensor"


def check_castable(found: Any, wanted: Any) -> None:
    """Raise unless a result of dtype `found` may be stored as `wanted`: a category may rise, not fall."""
    if from_numpy(found).category > from_numpy(wanted).category:
        raise RuntimeError(f"result type {spoken(found)} can't be cast to the desired output type {spoken(wanted)}")


def in_place(function: Callable[P, R], name: str | None = None, sharing: str = ELEMENTWISE) -> Callable[P, R]:
    """The in-place form of an operator or composite whose first argument is the tensor written to.

    `sharing` says what memory the target may share, see ``writable``. Errors: ``RuntimeError`` where autograd forbids
    the write, where the target shares memory it must not, where the result does not have its shape, or where its dtype
    cannot be cast to the target's. Nothing is written then.
    """
    if isinstance(function, Placeholder):
        return function.then(lambda found: in_place(found, name, sharing))  # type: ignore[return-value]

    @wraps(function)
    def write(input: Any, *args: Any, **kwargs: Any) -> Any:
        memory = input._array
        if get_mode() == NO_GRAD and memory.__class__ is np.ndarray and memory.flags.c_contiguous:
            # An update of parameters: no history to keep, no two elements that share memory.
            if memory.base is not None or _shows_memory(args):
                check_writable(input, (*args, *kwargs.values()), sharing)
            array = function(input, *args, **kwargs)._array  # type: ignore[arg-type,attr-defined]
            if array.dtype is memory.dtype and array.shape == memory.shape:
                bump(input)
                memory[...] = array
            else:
                store(input, wrap(array))
            return input
        check_writable(input, (*args, *kwargs.values()) if kwargs else args, sharing)
        composite = not hasattr(function, "operator")
        copied = (composite or get_mode() & SAVED_HOOKS) and input._requires_grad and not current_mode() & NO_GRAD
        copied = copied or get_mode() & (FORWARD | NO_GRAD) == FORWARD  # what makes the tangent may keep the old value
        source = twin(input, input._array.copy() if copied else input._array)
        if copied:
            source._counter = VersionCounter()  # of its own memory, which nobody writes to
        if get_mode() & FORWARD:
            forward_mode.set_tangent(source, forward_mode.tangent_before(input, copied))
        if input._counter is not None or any([each is input for each in args]):
            args = tuple([_apart(each, input) for each in args])
        result = function(source, *args, **kwargs)  # type: ignore[arg-type]
        store(input, result, source)
        return input

    write.__name__ = write.__qualname__ = name or f"{function.__name__}_"
    del write.__wrapped__  # type: ignore[attr-defined]
    write.__wrapped__ = function  # type: ignore[attr-defined]
    return write  # type: ignore[return-value]


def _apart(operand: Any, target: Any) -> Any:
    """A stand-in for an operand that shows memory of the target: its history will change, that of the stand-in not, so
    a node that keeps it (and sees it overwritten when it is asked for) does not hold itself."""
    if operand is target or (isinstance(operand, TensorBase) and operand._counter is target._counter is not None):
        refresh(operand)
        stand_in = twin(operand, operand._array)
        if operand._requires_grad and operand._maker is None:
            stand_in._maker = node_of(operand)  # the gradient belongs to the leaf
        stand_in._counter = counter_of(operand)
        if get_mode() & FORWARD:
            forward_mode.set_tangent(stand_in, forward_mode.tangent_of(operand))
        return stand_in
    return operand


def _shows_memory(operands: Any) -> bool:
    """Whether some operand shows memory that may be another tensor's."""
    for each in operands:
        array = getattr(each, "_array", None)
        if array is not None and array.base is not None:
            return True
    return False


def store(target: Any, result: Any, source: Any = None) -> None:
    """Write the array of `result` into the memory of `target` and make its node the newest history there."""
    array: Any = result._array
    memory: Any = solid(target)
    mode = get_mode()
    if mode & BATCHED:
        check_batches(target, (result,), "RANDOM")
    if array.shape != memory.shape:
        raise RuntimeError(
            f"output with shape {list(memory.shape)} doesn't match the broadcast shape {list(array.shape)}"
        )
    if array.dtype != memory.dtype:
        check_castable(array.dtype, memory.dtype)
    node: Any = result._maker if result is not source else None
    if node is not None and not target._requires_grad and is_transformed():
        check_captured(target, f"{node.operator.name}_" if hasattr(node, "operator") else "copy_")
    if node is not None and source is not None and source._array is memory:
        if any(getattr(node, f"s_{name}", None) is source for name in node.saved_names):
            source._array = memory.copy()
    bump(target)
    write_array(memory, array)
    if mode & FORWARD:
        forward_mode.write_tangent(target, source, result)
    if node is not None:
        if node._n_outputs == 1:
            node._dtype = target._array.dtype
        rebase(target, node, result._output_nr)
        same_dtype = bool(array.dtype == memory.dtype)
        if same_dtype and getattr(node, "s_result", None) is array:
            node.s_result = memory
            counter = counter_of(target)
            node.watch_result(0, counter, counter.value)


def write_array(memory: Any, array: Any) -> None:
    """Copy `array` into `memory`, casting as PyTorch does."""
    if array.dtype.kind == "c" and memory.dtype.kind not in "cb":
        warn_of_lost_parts(outside())
        array = array.real
    if memory.dtype is array.dtype:
        memory[...] = array
    elif memory.__class__ is np.ndarray:
        np.copyto(memory, array, casting="unsafe")
    else:
        memory[...] = array
