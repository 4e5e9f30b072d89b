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

from pullback.arrays.dtypes import from_numpy
from pullback.graph.modes import NO_GRAD, current_mode, get_mode
from pullback.graph.tensor_base import TensorBase, solid, twin, wrap
from pullback.graph.versions import bump, counter_of
from pullback.graph.views import IN_NO_GRAD, ONE_OF_MANY, rebase, refresh
from pullback.later import Placeholder

P = ParamSpec("P")
R = TypeVar("R")

# PyTorch's names for dtypes in messages about casts.
_SPOKEN = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
}  # fmt: skip


def spoken(dtype: Any) -> str:
    """PyTorch's word for a NumPy dtype in messages: ``Float`` for float32."""
    return _SPOKEN[from_numpy(dtype).name]


def check_castable(found: Any, wanted: Any) -> None:
    """Raise unless a result of dtype `found` may be stored as `wanted`: a category may rise, not fall."""
    if from_numpy(found).category > from_numpy(wanted).category:
        raise RuntimeError(f"result type {spoken(found)} can't be cast to the desired output type {spoken(wanted)}")


def check_writable(target: TensorBase) -> None:
    """Raise if autograd forbids writing into `target` now, or its elements share memory."""
    if target._view is not None:
        refresh(target)
    if not current_mode() & NO_GRAD:
        view = target._view
        if target._requires_grad and target._grad_fn is None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if view is not None:
            if view.base._requires_grad and view.base._grad_fn is None:
                raise RuntimeError(
                    "a view of a leaf Variable that requires grad is being used in an in-place operation."
                )
            if view.creation != "ordinary" and (view.base._requires_grad or target._requires_grad):
                _forbid(target, view.creation)
    check_no_overlap(solid(target))


def _forbid(target: TensorBase, creation: str) -> None:
    if creation == ONE_OF_MANY:
        maker = target._grad_fn.name() if target._grad_fn is not None else "a function"
        raise RuntimeError(
            f"Output {target._output_nr} of {maker} is a view and is being modified inplace. This view is the output "
            "of a function that returns multiple views. Such functions do not allow the output views to be modified "
            "inplace. You should replace the inplace operation by an out-of-place one."
        )
    if creation == IN_NO_GRAD:
        raise RuntimeError(
            "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this "
            "use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view "
            "and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or "
            "both outside (if you want the inplace to be tracked)."
        )


def check_no_overlap(array: Any) -> None:
    """Raise if two elements of `array` share memory, as after `expand`."""
    if array.__class__ is np.ndarray and 0 in array.strides and not array.flags.c_contiguous:
        for stride, length in zip(array.strides, array.shape):
            if stride == 0 and length > 1:
                raise RuntimeError(
                    "unsupported operation: more than one element of the written-to tensor refers to a single memory "
                    "location. Please clone() the tensor before performing the operation."
                )


def in_place(function: Callable[P, R], name: str | None = None) -> Callable[P, R]:
    """The in-place form of an operator or composite whose first argument is the tensor written to.

    Errors: ``RuntimeError`` where autograd forbids the write, where the result does not have the target's shape, or
    where its dtype cannot be cast to the target's. Nothing is written then.
    """
    if isinstance(function, Placeholder):
        return function.then(lambda found: in_place(found, name))  # type: ignore[return-value]

    @wraps(function)
    def write(input: Any, *args: Any, **kwargs: Any) -> Any:
        memory = input._array
        if get_mode() == NO_GRAD and memory.__class__ is np.ndarray and memory.flags.c_contiguous:
            # An update of parameters: no history to keep, no two elements that share memory.
            array = function(input, *args, **kwargs)._array  # type: ignore[arg-type,attr-defined]
            if array.dtype is memory.dtype and array.shape == memory.shape:
                memory[...] = array
                bump(input)
            else:
                store(input, wrap(array))
            return input
        check_writable(input)
        composite = not hasattr(function, "operator")
        copied = composite and input._requires_grad and not current_mode() & NO_GRAD
        source = twin(input, input._array.copy() if copied else input._array)
        source._inference = input._inference
        if input._tangent is not None:
            source._tangent = input._tangent
        args = tuple([source if each is input else each for each in args])
        result = function(source, *args, **kwargs)  # type: ignore[arg-type]
        store(input, result, source)
        return input

    write.__name__ = name or f"{function.__name__}_"
    del write.__wrapped__  # type: ignore[attr-defined]
    write.__wrapped__ = function  # type: ignore[attr-defined]
    return write  # type: ignore[return-value]


def store(target: Any, result: Any, source: Any = None) -> None:
    """Write the array of `result` into the memory of `target` and make its node the newest history there."""
    array: Any = result._array
    memory: Any = solid(target)
    if array.shape != memory.shape:
        raise RuntimeError(
            f"output with shape {list(memory.shape)} doesn't match the broadcast shape {list(array.shape)}"
        )
    if array.dtype != memory.dtype:
        check_castable(array.dtype, memory.dtype)
    node: Any = result._grad_fn if result is not source else None
    if node is not None and source is not None and source._array is memory:
        if any(getattr(node, f"s_{name}", None) is source for name in node.saved_names):
            source._array = memory.copy()
    write_array(memory, array)
    bump(target)
    if result._tangent is not None or target._tangent is not None:
        target._tangent = result._tangent
    if node is not None:
        if node.n_outputs == 1:
            node.dtype = target._array.dtype
        rebase(target, node, result._output_nr)
        same_dtype = bool(array.dtype == memory.dtype)
        if same_dtype and getattr(node, "s_result", None) is array:
            node.s_result = memory
            counter = counter_of(target)
            node.watch_result(0, counter, counter.value)


def write_array(memory: Any, array: Any) -> None:
    """Copy `array` into `memory`, casting as PyTorch does."""
    if array.dtype.kind == "c" and memory.dtype.kind != "c":
        array = array.real
    if memory.dtype is array.dtype:
        memory[...] = array
    elif memory.__class__ is np.ndarray:
        np.copyto(memory, array, casting="unsafe")
    else:
        memory[...] = array
