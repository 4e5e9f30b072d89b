"""Where an operator goes when a call is not the common one.

Raw arrays, NumPy scalars, wrong operand types, ``out=``, open forward-mode levels, saved-tensor hooks: each is
settled here and the operator's own function is called again without it.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from pullback.graph import (
    forward_mode,
    forward_rules,
    levels,
    observers,
    out as out_argument,
    saved_hooks,
    torch_function,
    versions,
    views,
)
from pullback.graph.modes import (
    BATCHED,
    FORWARD,
    FRESH,
    INFERENCE,
    NO_GRAD,
    OBSERVED,
    SAVED_HOOKS,
    current_mode,
    get_mode,
    switched,
)
from pullback.graph.operands import FLOATS, NUMBERS, promote, to_float
from pullback.graph.provenance import caller_of
from pullback.graph.record import LIST, NUMBER, OPTIONAL, PARAMETER, Operator, run_forward
from pullback.graph.tensor_base import TensorBase, wrap


def call_slowly(operator: Operator, values: tuple[Any, ...], out: Any = None, failed: Any = None) -> Any:
    """Run `operator` on `values` (in the order of its parameters) where the fast path could not."""
    mode = get_mode()
    if mode & FRESH:
        current_mode()
        if failed is None:
            return _again(operator, values, out)
    if mode & ~NO_GRAD == BATCHED and failed is None and out is None:  # nothing else is open: most of `vmap`
        result = levels.open_levels()[-1].run(operator, values, _again)
        if not mode & NO_GRAD and (result.__class__ is tuple or result._maker is not None):
            set_site(result)
        return result
    if failed is None and out is None and not mode & OBSERVED and _is_settled(operator, values):
        return _run(operator, values)
    if (failed is not None or out is not None) and (asked := torch_function.asked_of(operator, values)):
        return torch_function.call_overridden(operator, values, out, asked)
    below = torch_function.below
    if (
        below is not None
        and (failed is not None or out is not None)
        and (asked := below.asked_of(operator, (*values, out)))
    ):
        return set_site(below.call(operator, values, out, asked))
    settled = tuple(_settle(operator, p, v) for p, v in zip(operator.parameters, values))
    if _all_raw(operator, settled):
        return _on_arrays(operator, settled)
    settled = tuple(_as_tensor(operator, n, p, v) for n, (p, v) in enumerate(zip(operator.parameters, settled)))
    if failed is not None and all(a is b for a, b in zip(settled, values)):
        raise failed
    if out is not None:
        if get_mode() & FORWARD:
            _refuse_duals(operator, settled, out)
        if operator.over:
            out_argument.refuse_gradients(operator.name, out, settled)
        place_by_place = operator.kind in ("elementwise", "nondifferentiable")
        if place_by_place:
            out_argument.check_memory(operator.name, out, settled, operator.kind == "elementwise")
        result = _again(operator, settled, None)
        if place_by_place:
            out_argument.check_read_shape(out, result, settled)
        return out_argument.store(operator.name, out, result, settled)
    if get_mode() & OBSERVED:
        return observers.observed(operator, settled, lambda: _run(operator, settled))
    return _run(operator, settled)


def _is_settled(operator: Operator, values: tuple[Any, ...]) -> bool:
    """Whether all operands are tensors, as they are for nearly every call: numbers and lists are looked at one by one."""
    for parameter, value in zip(operator.parameters, values):
        if parameter.kind != PARAMETER and not isinstance(value, TensorBase):
            return False
    return True


def _run(operator: Operator, settled: tuple[Any, ...]) -> Any:
    """Run `operator` on operands that its own function takes, with what the open modes ask for."""
    mode = current_mode()
    with switched(on=NO_GRAD if mode & INFERENCE else 0, off=FORWARD | SAVED_HOOKS | INFERENCE):
        result = levels.run(operator, settled, _again) if mode & BATCHED else _again(operator, settled, None)
        if mode & SAVED_HOOKS:
            saved_hooks.pack(result)
        set_site(result)
        if mode & INFERENCE:
            _mark_inference(result)
        elif mode & FORWARD:
            forward_rules.push(operator, settled, result)
    return result


def _mark_inference(result: Any) -> None:
    """What is made in inference mode never enters a graph; a view of an ordinary tensor is an ordinary tensor."""
    for each in result if isinstance(result, tuple) else (result,):
        if each._view is None:
            each._counter = versions.INFERENCE
        else:
            views.made_outside(each, views.IN_INFERENCE)


def _refuse_duals(operator: Operator, values: tuple[Any, ...], out: Any) -> None:
    for each in (*values, out):
        for value in each if isinstance(each, (list, tuple)) else (each,):
            if isinstance(value, TensorBase) and forward_mode.tangent_of(value) is not None:
                raise NotImplementedError(
                    f"Trying to use forward AD with {operator.name}_out that does not support it because it is an "
                    "out= function"
                )


def _again(operator: Operator, values: tuple[Any, ...], out: Any) -> Any:
    names = operator.keywords
    if not names:
        return operator.function(*values, out=out)
    place = len(values) - len(names)
    return operator.function(*values[:place], **dict(zip(names, values[place:])), out=out)


def _settle(operator: Operator, parameter: Any, value: Any) -> Any:
    """NumPy scalars count as Python numbers."""
    if isinstance(value, np.generic) and parameter.kind != PARAMETER and value.dtype.kind in "biufc":
        return value.item()
    return value


def _is_array(value: Any) -> bool:
    return not isinstance(value, TensorBase) and hasattr(value, "__array_function__")


def _all_raw(operator: Operator, values: tuple[Any, ...]) -> bool:
    found = False
    for parameter, value in zip(operator.parameters, values):
        if parameter.kind == PARAMETER:
            continue
        for each in value if parameter.kind == LIST and isinstance(value, (list, tuple)) else (value,):
            if isinstance(each, TensorBase):
                return False
            found = found or _is_array(each)
    return found


def _on_arrays(operator: Operator, values: tuple[Any, ...]) -> Any:
    """An array in, an array out: the bare forward, after promotion."""
    by_name = {p.name: v for p, v in zip(operator.parameters, values)}
    group = [name for name in operator.promotes if by_name[name] is not None]
    if group and not any(p.kind == LIST for p in operator.inputs):
        arrays = [np.asarray(v) if v.__class__ in NUMBERS else v for v in (by_name[name] for name in group)]
        if not operator.floats or any(each.dtype in FLOATS for each in arrays):
            arrays = promote(*arrays)
        by_name |= zip(group, arrays)
        if operator.floats:
            by_name |= {name: to_float(by_name[name]) for name in group}
    positional = [by_name[p.name] for p in operator.parameters if not p.keyword_only]
    keywords = {p.name: by_name[p.name] for p in operator.parameters if p.keyword_only}
    return run_forward(operator, *positional, **keywords)


def _as_tensor(operator: Operator, position: int, parameter: Any, value: Any) -> Any:
    kind = parameter.kind
    if kind == PARAMETER or isinstance(value, TensorBase):
        return value
    if kind == LIST:
        if not isinstance(value, (list, tuple)):
            raise _wrong_type(operator, position, parameter, value, "tuple of Tensors")
        for number, each in enumerate(value):
            if not isinstance(each, TensorBase) and not _is_array(each):
                raise TypeError(
                    f"expected Tensor as element {number} in argument {position}, but got {type(each).__name__}"
                )
        return [each if isinstance(each, TensorBase) else wrap(each) for each in value]
    if value.__class__ in NUMBERS and kind == NUMBER:
        return value
    if value is None and kind == OPTIONAL:
        return value
    if _is_array(value):
        return wrap(value)
    raise _wrong_type(operator, position, parameter, value, "Tensor" if kind != NUMBER else "Tensor or Number")


def _wrong_type(operator: Operator, position: int, parameter: Any, value: Any, wanted: str) -> TypeError:
    return TypeError(
        f"{operator.name}(): argument '{parameter.name}' (position {position + 1}) must be {wanted}, "
        f"not {type(value).__name__}"
    )


def set_site(result: Any) -> Any:
    """Point the node of `result` at the line outside the package that called, and return it."""
    first = result[0] if isinstance(result, tuple) and result else result
    node = getattr(first, "_maker", None)
    if node is None:
        return result
    caller = caller_of(sys._getframe(1))
    node._code, node._offset = caller.f_code, caller.f_lasti
    return result


def recover(operator: Operator, error: Exception | None, values: tuple[Any, ...]) -> Any:
    """What a forward that failed gives once tensors in the place of numbers are numbers; else its error, explained."""
    read = tuple([_read(operator, place, p, v) for place, (p, v) in enumerate(zip(operator.parameters, values))])
    if error is not None and all(a is b for a, b in zip(read, values)):
        raise explain(operator, error, values) from None
    return set_site(_again(operator, read, None))


def _read(operator: Operator, place: int, parameter: Any, value: Any) -> Any:
    """The number in a tensor without axes where the operator declares a ``float`` or a ``Count``."""
    if parameter.kind != PARAMETER or not isinstance(value, (TensorBase, str)):
        return value
    declared = operator.forward.__annotations__.get(parameter.name)
    if declared not in ("float", "Count"):
        return value
    fraction = declared == "Count" and not isinstance(value, str) and value._array.dtype.kind not in "iu"
    if isinstance(value, str) or value._requires_grad or value._array.ndim or fraction:
        kind = "str" if isinstance(value, str) else "Tensor"
        name = f"argument '{parameter.name}' (position {place + 1})"
        raise TypeError(f"{operator.name}(): {name} must be {'int' if declared == 'Count' else 'Number'}, not {kind}")
    return value._array.item()


def explain(operator: Operator, error: Exception, values: tuple[Any, ...]) -> Exception:
    """NumPy's complaint in PyTorch's words and type."""
    if isinstance(error, TypeError):
        error = _own_complaint(operator, error, values)
    if type(error) in (ValueError, np.exceptions.AxisError) or type(error).__name__.endswith("UFuncTypeError"):
        shapes = [v._array.shape for v in values if isinstance(v, TensorBase)]
        if "broadcast" in str(error) and len(shapes) >= 2:
            return RuntimeError(_size_mismatch(shapes))
        if isinstance(error, np.exceptions.AxisError):
            return IndexError(f"{operator.name}(): {error}")
        described = ", ".join(
            f"{p.name} {tuple(v._array.shape)} {v._array.dtype}"
            for p, v in zip(operator.parameters, values)
            if isinstance(v, TensorBase)
        )
        return RuntimeError(f"{operator.name}(): {error} (got {described})")
    return error


def _own_complaint(operator: Operator, error: Exception, values: tuple[Any, ...]) -> Exception:
    """What the forward itself says of these operands, where a formula stood in its place."""
    arrays = [v._array if isinstance(v, TensorBase) else v for v in values]
    named = dict(zip([p.name for p in operator.parameters], arrays))
    try:
        operator.forward(**named)
    except Exception as own:
        return own
    return error


def _size_mismatch(shapes: list[tuple[int, ...]]) -> str:
    """PyTorch's message for two shapes that do not broadcast."""
    for a, b in zip(shapes, shapes[1:]):
        for back in range(1, min(len(a), len(b)) + 1):
            if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
                axis = max(len(a), len(b)) - back
                return (
                    f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) at "
                    f"non-singleton dimension {axis} (shapes {a} and {b})"
                )
    return f"shapes {', '.join(map(str, shapes))} cannot be broadcast together"
