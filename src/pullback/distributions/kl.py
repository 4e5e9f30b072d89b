"""Kullback-Leibler divergences between distributions, found by their types.

``kl_divergence(p, q)`` looks for the function registered for the nearest pair of classes. Formulas stand in
`_kl_same` (both of one kind) and `_kl_mixed`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import total_ordering
from typing import Any

from pullback.distributions.distribution import Distribution
from pullback.tensor import Tensor

__all__ = ["kl_divergence", "register_kl"]

Divergence = Callable[[Any, Any], Any]

_KL_REGISTRY: dict[tuple[type, type], Divergence] = {}
_KL_MEMOIZE: dict[tuple[type, type], Divergence] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Divergence], Divergence]:
    """Register a function as the divergence of distributions of two classes.

    Raises:
        TypeError: for what is no class.
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type):  # any class will do: pyro registers those of its own
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def decorator(fun: Divergence) -> Divergence:
        _KL_REGISTRY[type_p, type_q] = fun
        _KL_MEMOIZE.clear()  # what was found before may not be the nearest any more
        return fun

    return decorator


@total_ordering
class _Match:
    """Classes, ordered: a subclass comes before its bases."""

    def __init__(self, *types: type) -> None:
        self.types = types

    def __eq__(self, other: Any) -> bool:
        return self.types == other.types

    def __le__(self, other: Any) -> bool:
        for x, y in zip(self.types, other.types):
            if not issubclass(x, y):
                return False
            if x is not y:
                break
        return True


def _dispatch_kl(type_p: type, type_q: type) -> Divergence | None:
    """The function for the nearest pair of classes, if there is one."""
    matches = [(p, q) for p, q in _KL_REGISTRY if issubclass(type_p, p) and issubclass(type_q, q)]
    if not matches:
        return None
    left_p, left_q = min(_Match(*match) for match in matches).types
    right_q, right_p = min(_Match(*reversed(match)) for match in matches).types
    left_fun, right_fun = _KL_REGISTRY[left_p, left_q], _KL_REGISTRY[right_p, right_q]
    if left_fun is not right_fun:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). "
            f"Please register_kl({left_p.__name__}, {right_q.__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return left_fun


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The divergence ``KL(p || q)``, the mean under `p` of ``log(p(x) / q(x))``, of shape `batch_shape`.

    Raises:
        NotImplementedError: for a pair of distributions without a formula.
    """
    pair = type(p), type(q)
    found = _KL_MEMOIZE.get(pair)
    if found is None:
        found = _dispatch_kl(*pair)
        if found is None:
            raise NotImplementedError(
                f"No KL(p || q) is implemented for p type {pair[0].__name__} and q type {pair[1].__name__}"
            )
        _KL_MEMOIZE[pair] = found
    return found(p, q)


def __getattr__(name: str) -> Any:
    """The formulas, ``_kl_normal_normal`` and so on, which stand in modules of their own."""
    from pullback.distributions import _kl_mixed, _kl_same

    for module in (_kl_same, _kl_mixed):
        if name.startswith("_kl_") and hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
