"""Taylor mode: derivatives of any order along a curve, all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

from pullback.func.reverse import check_tensors
from pullback.func.taylor_level import TaylorLevel
from pullback.graph import levels
from pullback.graph.tensor_base import TensorBase
from pullback.trees import tree_flatten, tree_map, tree_unflatten

_NAME = "jet(f, primals, series)"


def jet(func: Callable[..., Any], primals: tuple[Any, ...], series: Sequence[Sequence[Any]]) -> tuple[Any, Any]:
    """The value of `func` at `primals`, and its derivatives along a curve through them.

    Args:
        func: takes tensors (or nested containers of them) and returns such.
        primals: where the curve starts: a tuple, one item for each argument.
        series: for each argument its derivatives along the curve: the first, the second, … as many for each argument.

    Returns the value and, nested like it, lists of as many derivatives of ``func(curve(t))`` at ``t = 0``: for one straight
    line ``x + t v`` (`series` ``[[v, 0, 0]]``) the derivatives of order 1, 2 and 3 of `func` in the direction v. The work
    grows with the square of the order for most functions, where nested `jvp` doubles it each time. Composes with
    `grad`, `vmap` and `jvp` on either side. ``NotImplementedError`` for an operator without a series, ``RuntimeError`` for
    arguments that do not fit each other. (J. Bettencourt et al., Taylor-mode automatic differentiation, 2019.)

    >>> import pullback as torch
    >>> x, one, zero = torch.tensor(0.), torch.tensor(1.), torch.tensor(0.)
    >>> torch.func.jet(torch.exp, (x,), ([one, zero, zero],))
    (tensor(1.), [tensor(1.), tensor(1.), tensor(1.)])
    """
    _check(primals, series)
    level = TaylorLevel()
    arguments = [_curve(level, primal, terms) for primal, terms in zip(primals, series)]
    with levels.opened(level):
        result = func(*arguments)
    check_tensors(_NAME, result)
    leaves, spec = tree_flatten(result)
    order = len(series[0])
    rows = [_derivatives(level, each, order) for each in leaves]
    return tree_unflatten([row[0] for row in rows], spec), tree_unflatten([row[1:] for row in rows], spec)


def _check(primals: Any, series: Any) -> None:
    if not isinstance(primals, tuple) or not primals:
        raise RuntimeError(f"{_NAME}: Expected primals to be a tuple of at least one argument")
    if len(series) != len(primals):
        raise RuntimeError(f"{_NAME}: Expected one series for each of {len(primals)} primals, got {len(series)}")
    if len({len(each) for each in series}) != 1:
        raise RuntimeError(
            f"{_NAME}: Expected all series to have the same length, got {[len(each) for each in series]}"
        )


def _curve(level: TaylorLevel, primal: Any, terms: Any) -> Any:
    """The series of an argument, nested like it."""
    return tree_map(lambda start, *rest: _one_curve(level, start, rest), primal, *terms)


def _one_curve(level: TaylorLevel, start: Any, rest: tuple[Any, ...]) -> Any:
    for each in (start, *rest):
        if not isinstance(each, TensorBase):
            raise RuntimeError(f"{_NAME}: Expected primals and series to only contain Tensors, got {type(each)}")
        if each._array.shape != start._array.shape:
            raise RuntimeError(
                f"{_NAME}: Expected the terms of a series to have the shape of its primal {tuple(start._array.shape)}, got "
                f"{tuple(each._array.shape)}"
            )
    scaled: list[Any] = [each if k < 1 else each / factorial(k + 1) for k, each in enumerate(rest)]
    return level.made([start, *scaled])


def _derivatives(level: TaylorLevel, value: Any, order: int) -> list[Any]:
    terms = level.terms_of(value) or [value]
    point = terms[0]
    found = [point]
    for k in range(1, order + 1):
        term = terms[k] if k < len(terms) else None
        found.append(point.new_zeros(point.shape) if term is None else term * factorial(k) if k > 1 else term)
    return found
