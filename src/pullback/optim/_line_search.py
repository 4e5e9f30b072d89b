"""A line search that meets the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6).

First the step is made longer until an interval with a good point is certain, then the interval is made smaller. A
point ``(t, f, g, slope)`` is a step length, the loss there, its gradient, and the gradient along the direction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class _Point(NamedTuple):
    t: Any
    f: Any
    g: Any
    slope: Any


def _cubic_interpolate(
    x1: Any, f1: Any, g1: Any, x2: Any, f2: Any, g2: Any, bounds: tuple[Any, Any] | None = None
) -> Any:
    """Where the cubic with values `f1`, `f2` and slopes `g1`, `g2` at `x1`, `x2` is lowest within `bounds`.

    By default the bounds are `x1` and `x2`; without a minimum it is their middle.
    """
    low, high = bounds if bounds is not None else (x1, x2) if x1 <= x2 else (x2, x1)
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square**0.5
    if x1 <= x2:
        lowest = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    else:
        lowest = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(lowest, low), high)


def _strong_wolfe(
    obj_func: Callable[[Any, Any, Any], tuple[Any, Any]],
    x: Any,
    t: Any,
    d: Any,
    f: Any,
    g: Any,
    gtd: Any,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance_change: float = 1e-9,
    max_ls: int = 25,
) -> tuple[Any, Any, Any, int]:
    """The loss, gradient and length of a step along `d` that is long enough, and how often the loss was computed.

    Args:
        obj_func: ``obj_func(x, t, d)`` gives loss and gradient at ``x + t * d``.
        x: where the search begins.
        t: the first step length.
        d: the direction, a vector.
        f: the loss at `x`.
        g: the gradient at `x`, a vector.
        gtd: their product, the slope along `d`, which is negative.
        c1: share of the slope by which the loss must fall (Armijo).
        c2: share of the slope that may be left (curvature).
        tolerance_change: shorter intervals are not gone into.
        max_ls: how often to try.
    """
    search = _Search(obj_func, x, d, _Point(0, f, g, gtd), c1, c2)
    size = d.abs().max()
    interval, done = search.bracket(t, max_ls)
    while not done and search.tries < max_ls and abs(interval[1].t - interval[0].t) * size >= tolerance_change:
        interval, done = search.shrink(interval)
    best = interval[_lower(interval)]
    return best.f, best.g, best.t, search.evaluations


def _lower(interval: list[_Point]) -> int:
    """Which end has the lower loss."""
    return 0 if interval[0].f <= interval[-1].f else len(interval) - 1


class _Search:
    """Points on a line, the conditions on them, and how often they were tried."""

    def __init__(
        self, evaluate: Callable[[Any, Any, Any], tuple[Any, Any]], x: Any, d: Any, start: _Point, c1: float, c2: float
    ) -> None:
        self.evaluate = evaluate
        self.x = x
        self.d = d
        self.start = start._replace(g=start.g.clone())
        self.c1 = c1
        self.c2 = c2
        self.evaluations = 0
        self.tries = 0
        self.stalled = False

    def at(self, t: Any) -> _Point:
        """The point at step length `t`."""
        f, g = self.evaluate(self.x, t, self.d)
        self.evaluations += 1
        return _Point(t, f, g.clone(), g.dot(self.d))

    def too_high(self, point: _Point) -> bool:
        """Whether the loss has not fallen enough."""
        return bool(point.f > self.start.f + self.c1 * point.t * self.start.slope)

    def flat_enough(self, point: _Point) -> bool:
        """Whether little slope is left."""
        return bool(abs(point.slope) <= -self.c2 * self.start.slope)

    def bracket(self, t: Any, most: int) -> tuple[list[_Point], bool]:
        """An interval with a good point in it, or that point alone and `True`."""
        before, here = self.start, self.at(t)
        while self.tries < most:
            if self.too_high(here) or (self.tries > 1 and here.f >= before.f):
                return [before, here], False
            if self.flat_enough(here):
                return [here], True
            if here.slope >= 0:
                return [before, here], False
            bounds = (here.t + 0.01 * (here.t - before.t), here.t * 10)
            further = _cubic_interpolate(before.t, before.f, before.slope, here.t, here.f, here.slope, bounds)
            before, here = here, self.at(further)
            self.tries += 1
        return [self.start, here], False

    def shrink(self, interval: list[_Point]) -> tuple[list[_Point], bool]:
        """A smaller interval with a good point in it, and whether its lower end is one."""
        lower = _lower(interval)
        low, high = interval[lower], interval[1 - lower]
        here = self.at(self._inside(interval))
        self.tries += 1
        smaller = list(interval)
        if self.too_high(here) or here.f >= low.f:
            smaller[1 - lower] = here
            return smaller, False
        done = self.flat_enough(here)
        if not done and here.slope * (high.t - low.t) >= 0:
            smaller[1 - lower] = low
        smaller[lower] = here
        return smaller, done

    def _inside(self, interval: list[_Point]) -> Any:
        """Where to look in the interval; not twice in a row within a tenth of an end."""
        (a, b), (left, right) = interval, sorted(point.t for point in interval)
        t = _cubic_interpolate(a.t, a.f, a.slope, b.t, b.f, b.slope)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) >= margin:
            self.stalled = False
            return t
        if self.stalled or t >= right or t <= left:
            self.stalled = False
            return right - margin if abs(t - right) < abs(t - left) else left + margin
        self.stalled = True
        return t
