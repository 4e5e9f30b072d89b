"""The transforms that differentiate."""

from typing import Any

from pullback.func import (
    debug_unwrap as debug_unwrap,
    functionalize as functionalize,
    hessian as hessian,
    jacfwd as jacfwd,
    jacrev as jacrev,
    jvp as jvp,
    linearize as linearize,
    vjp as vjp,
    vmap as vmap,
)
from pullback.func.argnums import chosen
from pullback.func.reverse import grad as grad_impl, grad_and_value as grad_and_value_impl

__all__ = [
    "debug_unwrap",
    "functionalize",
    "grad_and_value_impl",
    "grad_impl",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "vjp",
    "vmap",
]


def _slice_argnums(args: tuple[Any, ...], argnums: int | tuple[int, ...], as_tuple: bool = True) -> Any:
    """The arguments that `argnums` names; a single one in a tuple unless `as_tuple` is off.

    >>> _slice_argnums((1.5, 2.5), -1)
    (2.5,)
    """
    found = chosen(args, argnums)
    return (found,) if isinstance(argnums, int) and as_tuple else found
