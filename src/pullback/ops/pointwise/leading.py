"""Numbers in the first place: ``torch.sub(2, x)``.

An operator finds the dtype of a number beside the tensor before it. For the few functions whose first operand may
be a number, the slow path, where such a call ends up, makes a tensor of it and calls again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from pullback.graph.dispatch import _write
from pullback.graph.operands import NUMBERS, number
from pullback.graph.slow import call_slowly
from pullback.graph.tensor_base import TensorBase, wrap

F = TypeVar("F", bound=Callable[..., Any])


def numbers_first(both: bool) -> Callable[[F], F]:
    """Let an operator take a number first; with `both` two numbers, which make a 0-d tensor."""

    def allow(function: F) -> F:
        function.__globals__["write"] = _write_both if both else _write_one
        return function

    return allow


def _write_both(function: Any) -> None:
    _write(function)
    function.__globals__["call_slowly"] = _call_with_numbers


def _write_one(function: Any) -> None:
    _write(function)
    function.__globals__["call_slowly"] = _call_with_number


def _call_with_numbers(operator: Any, values: Any, out: Any = None, failed: Any = None) -> Any:
    first, second, *rest = values
    if first.__class__ in NUMBERS:
        like = second._array if isinstance(second, TensorBase) else None
        second = wrap(number(second, None)) if second.__class__ in NUMBERS else second
        return call_slowly(operator, (wrap(np.asarray(number(first, like))), second, *rest), out)
    return call_slowly(operator, values, out, failed)


def _call_with_number(operator: Any, values: Any, out: Any = None, failed: Any = None) -> Any:
    if values[0].__class__ in NUMBERS and values[1].__class__ in NUMBERS:
        raise TypeError(
            f"{operator.name}() received an invalid combination of arguments - got ({type(values[0]).__name__}, "
            f"{type(values[1]).__name__}), but expected a Tensor in one place"
        )
    return _call_with_numbers(operator, values, out, failed)
