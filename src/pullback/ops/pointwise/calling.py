"""Calls that do not fit: numbers in the first place, operands that no overload takes.

What the fast path of an operator cannot take ends up in its slow path, which is exchanged here for one that knows
more: it makes a tensor of a number in the first place (``torch.sub(2, x)``), or tells a wrong call under the name of
the public function, as PyTorch tells it of functions with several signatures. The fast path does not notice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from pullback.graph.once import outside, warn_once
from pullback.graph.operands import FLOATS, NUMBERS, number, number_exactly, promote_exactly
from pullback.graph.record import PARAMETER
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


def formerly(*names: str) -> Callable[[F], F]:
    """Let an operator be called as before PyTorch 1.5, with its numbers before or between the tensors.

    ``add(input, alpha, other)``, ``addmm(beta, input, alpha, mat1, mat2)``; `names` are those of the numbers, of which
    the later ones may be left out. Warns once.
    """

    def call(operator: Any, operands: tuple[Any, ...], out: Any) -> Any:
        operands = tuple([each for each in operands if each is not None])
        tensors = [each for each in operands if isinstance(each, TensorBase)]
        numbers = [each for each in operands if not isinstance(each, TensorBase)]
        expected = sum(p.kind != PARAMETER for p in operator.parameters)
        if len(tensors) != expected or len(numbers) > len(names) or operands[-1] is not tensors[-1]:
            raise TypeError(f"{operator.name}() takes {expected} positional arguments but {len(operands)} were given")
        _warn_of_former(operator, names)
        return operator.function(*tensors, **dict(zip(names, numbers)), out=out)

    def declare(function: F) -> F:
        function.operator.former = names  # type: ignore[attr-defined]
        return written_with(function, call_formerly=call)

    return declare


def _warn_of_former(operator: Any, names: tuple[str, ...]) -> None:
    first, *others = [p.name for p in operator.parameters if p.kind != PARAMETER]
    between = "".join(f"Number {name}, " for name in names)
    tensors = ", ".join(f"Tensor {name}" for name in others)
    behind = "".join(f", Number {name} = 1" for name in names)
    warn_once(
        f"This overload of {operator.name} is deprecated:\n\t{operator.name}(Tensor {first}, {between}{tensors})\n"
        "Consider using one of the following signatures instead:\n"
        f"\t{operator.name}(Tensor {first}, {tensors}, *{behind})",
        stacklevel=outside(),
        key="former signatures",
    )


def numbers_first(both: bool, no_bool: Callable[..., None] | None = None) -> Callable[[F], F]:
    """Let an operator take a number first; with `both` two numbers, which make a 0-d tensor.

    `no_bool` is called with the operands, and raises, where one of them is `True` or `False`.
    """

    def slow_path(operator: Any, values: Any, out: Any = None, failed: Any = None) -> Any:
        first, second, *rest = values
        if no_bool is not None and bool in (first.__class__, second.__class__):
            no_bool(first, second)
        if first.__class__ not in NUMBERS:
            return call_slowly(operator, values, out, failed)
        if second.__class__ in NUMBERS:
            if not both:
                raise no_overload(operator.name, first, second)
            second = wrap(number(second, None))
        like = second._array if isinstance(second, TensorBase) else None
        if operator.floats and like is not None and like.dtype not in FLOATS:
            like = None
        return call_slowly(operator, (wrap(np.asarray(number(first, like))), second, *rest), out)

    names = {} if no_bool is None else {"NUMBERS": NUMBERS - {bool}}
    return lambda function: written_with(function, call_slowly=slow_path, **names)
