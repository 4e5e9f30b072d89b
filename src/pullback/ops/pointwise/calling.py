"""Calls that do not fit: numbers in the first place, operands that no overload takes.

What the fast path of an operator cannot take ends up in its slow path, which is exchanged here for one that knows
more: it makes a tensor of a number in the first place (``torch.sub(2, x)``), or tells a wrong call under the name of
the public function, as PyTorch tells it of functions with several signatures. The fast path does not notice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from pullback.graph.operands import NUMBERS, number, number_exactly, promote_exactly
from pullback.graph.slow import call_slowly
from pullback.graph.tensor_base import TensorBase, wrap

F = TypeVar("F", bound=Callable[..., Any])


def written_with(function: F, **names: Any) -> F:
    """Let the dispatcher of `function`, an operator not yet called, find other functions under these names."""
    before = function.__globals__["write"]

    def write(stub: Any) -> None:
        before(stub)
        stub.__globals__.update(names)

    function.__globals__["write"] = write
    return function


def with_slow_path(function: F, slow_path: Callable[..., Any]) -> F:
    """Let `function`, an operator not yet called, go to `slow_path` where its fast path fails."""
    return written_with(function, call_slowly=slow_path)


def rounds_once(function: F) -> F:
    """Let a number beside half precision keep its digits: PyTorch multiplies by it in single and rounds the result."""
    return written_with(function, number=number_exactly, promote=promote_exactly)


def overload_of(name: str) -> Callable[[F], F]:
    """Say that an operator is one of several behind the public function `name`, for errors about its operands."""

    def slow_path(operator: Any, values: Any, out: Any = None, failed: Any = None) -> Any:
        try:
            return call_slowly(operator, values, out, failed)
        except TypeError as error:
            if str(error).startswith(f"{operator.name}(): argument"):
                raise no_overload(name, *values) from None
            raise

    return lambda function: with_slow_path(function, slow_path)


def no_overload(name: str, *operands: Any) -> TypeError:
    """PyTorch's error for operands that no signature of a function takes."""
    got = ", ".join("Tensor" if isinstance(each, TensorBase) else type(each).__name__ for each in operands)
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({got}), but expected one of:\n"
        f" * tensors, of which some may be numbers (see help(torch.{name.replace('special_', 'special.')}))\n"
    )


def numbers_first(both: bool) -> Callable[[F], F]:
    """Let an operator take a number first; with `both` two numbers, which make a 0-d tensor."""

    def slow_path(operator: Any, values: Any, out: Any = None, failed: Any = None) -> Any:
        first, second, *rest = values
        if first.__class__ not in NUMBERS:
            return call_slowly(operator, values, out, failed)
        if second.__class__ in NUMBERS:
            if not both:
                raise no_overload(operator.name, first, second)
            second = wrap(number(second, None))
        like = second._array if isinstance(second, TensorBase) else None
        return call_slowly(operator, (wrap(np.asarray(number(first, like))), second, *rest), out)

    return lambda function: with_slow_path(function, slow_path)
