"""``torch._foreach_*``: an operator for every tensor of a list, as PyTorch's optimizers call them.

A list stands for its entries, and so does a tensor of several numbers for a list of them; anything else is for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pullback.graph.modes import is_grad_enabled
from pullback.graph.together import put_together
from pullback.tensor import Tensor

_ONE = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round "
    "rsqrt sigmoid sign sin sinh sqrt tan tanh trunc"
)
_TWO = "add sub mul div clamp_max clamp_min pow"
_THREE = "addcdiv addcmul lerp"
_WITH_NUMBERS = {name + end for name in f"{_TWO} maximum minimum".split() for end in ("", "_")}
"""Names that take one number, too, or a list of numbers."""
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def _check(name: str, tensors: Any, others: tuple[Any, ...]) -> int:
    count, lists = len(tensors), [other for other in others if isinstance(other, (list, tuple))]
    takes_numbers = name in _WITH_NUMBERS
    with_tensors = takes_numbers and any(other and isinstance(other[0], Tensor) for other in lists)
    if (not count and not with_tensors) or (name == "copy_" and not all(lists)):
        raise RuntimeError("Tensor list must have at least one tensor.")
    for other in lists:
        if len(other) == count:
            continue
        if not (takes_numbers and not other) and all(isinstance(each, Tensor) for each in other):
            raise RuntimeError(f"Tensor lists must have the same number of tensors, got {count} and {len(other)}")
        raise RuntimeError("Tensor list must have same number of elements as scalar list.")
    if takes_numbers and others and isinstance(others[0], Tensor) and others[0].ndim:
        _refuse_axes(name, others[0])
    return count


def _refuse_axes(name: str, other: Tensor) -> None:
    """Raise PyTorch's error for a tensor that stands for all entries and is no number."""
    if name.rstrip("_") not in ("add", "mul", "div"):
        raise TypeError(f"_foreach_{name}() received an invalid combination of arguments - got (list, Tensor)")
    raise RuntimeError(
        f"scalar tensor expected to be 0 dim but it has {other.ndim} dimensions and {other.numel()} elements."
    )


def _entry(value: Any, n: int) -> Any:
    return value[n] if isinstance(value, (list, tuple)) else value


def _declare(name: str, operator: Callable[..., Any], in_place: bool = False) -> None:
    def function(self: Any, *others: Any, **settings: Any) -> Any:
        tensors = self
        if not isinstance(self, (list, tuple)):
            if not others or not isinstance(others[0], (list, tuple)):
                raise TypeError(
                    f"_foreach_{name}(): argument 'self' (position 1) must be tuple of Tensors, not {type(self).__name__}"
                )
            tensors = [self] * len(others[0])  # pow(2., list)
        elif tensors and not isinstance(tensors[0], Tensor):
            raise TypeError(f"expected Tensor as element 0 in argument 0, but got {type(tensors[0]).__name__}")
        count = _check(name, tensors, others)
        results = [
            operator(
                tensors[n], *(_entry(each, n) for each in others), **{k: _entry(v, n) for k, v in settings.items()}
            )
            for n in range(count)
        ]
        if not in_place and results and is_grad_enabled():
            put_together(_node_name(name, others, tensors is not self), results, others[0] if others else 2)
        return self if in_place else tuple(results)

    function.__name__ = function.__qualname__ = f"_foreach_{name}"
    function.__doc__ = f"`{name}` for every tensor of a list."
    FUNCTIONS[function.__name__] = function


_DIGITS = {
    **dict.fromkeys("add sub mul div".split(), (0, 1, 1)), **dict.fromkeys(("clamp_max", "clamp_min"), (1, 0, 0)),
    "lerp": (1, 0, 0), "pow": (0, 0, 1), "maximum": (0, 0, 1), "minimum": (0, 0, 1),
}  # fmt: skip
"""The number in a node's name for a list of tensors, a number, a list of numbers."""
_BARE = {"div": (0,), "pow": (0, 2), "maximum": (1, 2), "minimum": (1, 2)}
"""The forms whose nodes do not tell the form."""


def _node_name(name: str, others: tuple[Any, ...], is_base: bool) -> str:
    """PyTorch's name for the node of a call, by what comes with the tensors."""
    camel = re.sub(r"\d[a-z]", lambda found: found[0].upper(), name.title().replace("_", ""))
    if not others or name in ("norm", "powsum"):
        return f"Foreach{camel}Backward{int(name == 'max')}"
    if is_base:
        return "ForeachPowBackward2"
    if name in ("addcmul", "addcdiv"):
        last = others[2] if len(others) > 2 else 1
        return f"Foreach{camel}Backward0" + ("ScalarList" if isinstance(last, (list, tuple)) else "Scalar")
    other = others[-1] if name == "lerp" else others[0]
    several = isinstance(other, (list, tuple))
    form = 1 if not several else 0 if other and isinstance(other[0], Tensor) else 2
    if isinstance(other, Tensor) and name in ("mul", "div"):
        return f"Foreach{camel}Backward0Tensor"
    bare = form in _BARE.get(name, ())
    return f"Foreach{camel}Backward{_DIGITS.get(name, (0, 0, 0))[form]}" + (
        "" if bare else ("List", "Scalar", "ScalarList")[form]
    )


def _weighted(method: Callable[..., Any]) -> Callable[..., Any]:
    """`method` with the factor last: ``addcmul(a, b, c, value)``."""

    def weighted(tensor: Any, one: Any, other: Any, *scalars: Any, **value: Any) -> Any:
        return method(tensor, one, other, **({"value": scalars[0]} if scalars else value))

    return weighted


def _by_number(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the numbers out of a tensor of numbers."""

    def by_number(self: Any, one: Any, other: Any, scalars: Any = 1, *, value: Any = None) -> Any:
        scalars = scalars if value is None else value
        if isinstance(scalars, Tensor):
            if scalars.ndim != 1:
                raise RuntimeError(f"Expected packed scalar Tensor to be of dimension 1. Got {scalars.ndim} instead.")
            if len(scalars) != len(self):
                raise RuntimeError(
                    f"Expected length of scalars to match input of length {len(self)} but got {len(scalars)} instead."
                )
            if not scalars.is_contiguous():
                raise RuntimeError("Expected scalars to be contiguous.")
            scalars = scalars.tolist()
        return function(self, one, other, scalars)

    by_number.__name__ = by_number.__qualname__ = function.__name__
    by_number.__doc__ = function.__doc__
    return by_number


def _clamp(method: str, other: str) -> Callable[..., Any]:
    """`clamp_max` and `minimum` are one thing here, of numbers and of tensors."""

    def clamped(tensor: Any, bound: Any) -> Any:
        at_ties = isinstance(bound, Tensor) and not tensor.is_complex()  # `maximum` shares the gradient there
        return getattr(tensor, other if at_ties else method)(bound)

    return clamped


def _largest(tensor: Tensor) -> Tensor:
    if not tensor.numel():
        raise RuntimeError(
            "_foreach_max cannot compute the maximum of an empty tensor; max over zero elements is undefined."
        )
    return tensor.max()


def _norm(tensor: Tensor, ord: Any = 2, dtype: Any = None) -> Tensor:
    ord = ord.item() if isinstance(ord, Tensor) else ord
    if not isinstance(ord, (int, float, complex)):
        raise TypeError(f"_foreach_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}")
    if isinstance(ord, complex):
        raise RuntimeError("foreach_tensor_norm_slow expects ord to be integer or float")
    return tensor.norm(ord, dtype=dtype)


def _copy(tensor: Tensor, source: Any, non_blocking: bool = False) -> Tensor:
    if not isinstance(source, Tensor):
        raise TypeError(f"expected Tensor as element 0 in argument 1, but got {type(source).__name__}")
    return tensor.copy_(source, non_blocking)


def _power(base: Any, exponent: Any) -> Any:
    return base**exponent


def _declare_all() -> None:
    for end in ("", "_"):
        for name in (_ONE + " " + _TWO).split():
            _declare(name + end, getattr(Tensor, name + end), in_place=bool(end))
        for name in _THREE.split():
            method = getattr(Tensor, name + end)
            _declare(name + end, method if name == "lerp" else _weighted(method), in_place=bool(end))
            if name != "lerp":
                made = f"_foreach_{name}{end}"
                FUNCTIONS[made] = _by_number(FUNCTIONS[made])
    for name, method, other in (("maximum", "clamp_min", "maximum"), ("minimum", "clamp_max", "minimum")):
        _declare(name, _clamp(method, other))
        _declare(name + "_", _clamp(method + "_", method + "_"), in_place=True)
    for name in ("clone", "mm"):
        _declare(name, getattr(Tensor, name))
    _declare("max", _largest)
    _declare("pow", _power)
    _declare("norm", _norm)
    _declare("powsum", lambda t, ord=2, dtype=None: t.abs().pow(ord).sum(dtype=dtype))
    _declare("copy_", _copy, in_place=True)
    _declare("zero_", Tensor.zero_, in_place=True)


_declare_all()
