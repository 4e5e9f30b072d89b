"""Who looks on while operators run: a profiler, a log, a cache of results.

An observer is called around every operator: ``observer(operator, values, run)`` returns what ``run()`` returns, or
something in its place. While one is set, operators take their slow path; otherwise this costs nothing. ::

    with observing(lambda operator, values, run: (print(operator.name), run())[1]):
        x * y                                                                       # prints mul
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from pullback.graph.modes import OBSERVED, current_mode, set_mode, switched

Observer = Callable[[Any, tuple[Any, ...], Callable[[], Any]], Any]

_observers: ContextVar[tuple[Observer, ...]] = ContextVar("operator observers", default=())


@contextmanager
def observing(observer: Observer) -> Iterator[None]:
    """Call `observer` around every operator of this thread inside the block; the newest observer is the outermost."""
    token = _observers.set((*_observers.get(), observer))
    set_mode(current_mode() | OBSERVED)
    try:
        yield
    finally:
        _observers.reset(token)
        if not _observers.get():
            set_mode(current_mode() & ~OBSERVED)


def observed(operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
    """Run an operator under all observers. What they do themselves is not observed."""
    with switched(off=OBSERVED):
        for observer in _observers.get():
            run = partial(observer, operator, values, run)
        return run()


def bare(run: Callable[[], Any]) -> Callable[[], Any]:
    """What `run` does in the end, without the observers that come after the one that was given it."""
    while isinstance(run, partial):
        run = run.args[-1]
    return run


@contextmanager
def older_than(observer: Observer) -> Iterator[None]:
    """Inside the block only those are called that were there before `observer`."""
    before = _observers.get()
    older = before[: before.index(observer)]
    token = _observers.set(older)
    try:
        with switched(on=OBSERVED if older else 0):
            yield
    finally:
        _observers.reset(token)


def resumed() -> Any:
    """Call the observers inside a ``with`` block again, where a backward pass runs operators of its own."""
    return switched(on=OBSERVED if _observers.get() else 0)


# ---------------------------------------------------------------------------------------- nodes of the backward pass

NodeObserver = Callable[[Any, Callable[[], Any]], Any]

_node_observer: ContextVar[NodeObserver | None] = ContextVar("node observer", default=None)
of_nodes = _node_observer.get
"""The observer of nodes, or `None`."""


def visited(node: Any, vjp: Callable[[Any, bool], Any], cotangent: Any, keep: bool) -> Any:
    """Call the `vjp` of `node`, under the observer of nodes if there is one."""
    observer = of_nodes()
    return vjp(cotangent, keep) if observer is None else observer(node, lambda: vjp(cotangent, keep))


def set_node_observer(observer: NodeObserver | None) -> None:
    """Call ``observer(node, run)`` around every node from now on, in this thread."""
    _node_observer.set(observer)


@contextmanager
def observing_nodes(observer: NodeObserver) -> Iterator[None]:
    """Call ``observer(node, run)`` around every node that a backward pass visits inside the block."""
    token = _node_observer.set(observer)
    try:
        yield
    finally:
        _node_observer.reset(token)
