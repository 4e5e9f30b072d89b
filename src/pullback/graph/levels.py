"""Open batch levels: what every operator asks while a function runs over a batch.

Inside a level every value stands for all examples at once. A tensor from outside is one value that all examples share, so
where it requires grad its cotangent is the sum over them: it *enters* the level first, by an operator whose derivative
is that sum. What is made inside needs no such thing, and is told by its array, or by the number of its node. ::

    w (outside) ──enter──► w ──mul──► …          cotangents:   sum over examples ◄── one for each

The transforms open levels; the graph knows only that a level can run an operator (`Level.run`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from itertools import count
from types import CodeType, FunctionType, MethodType
from typing import Any, ParamSpec, Protocol, TypeVar

from pullback.graph.modes import BATCHED, current_mode, set_mode
from pullback.graph.node import next_sequence_number
from pullback.graph.tensor_base import TensorBase
from pullback.graph.views import refresh

P = ParamSpec("P")
R = TypeVar("R")

_numbers: ContextVar[Iterator[int]] = ContextVar("numbers of levels", default=count(1))  # noqa: B039  shared by all


def next_level() -> int:
    """A number for a level that is about to open; levels are counted, so an inner one has the higher number."""
    return next(_numbers.get())


@contextmanager
def numbered_from(first: int) -> Iterator[None]:
    """Count from `first`: what runs a second time opens the same levels."""
    token = _numbers.set(count(first))
    try:
        yield
    finally:
        _numbers.reset(token)


class Level(Protocol):
    """What the graph asks of an open level."""

    number: int
    start: int
    """The number of the first node made inside."""
    inner: bool
    """Whether the level stays inside of what is opened later and is not so itself."""

    def stream(self, outer: Any) -> Any:
        """The random stream that is drawn from inside, `outer` being that around the level."""

    def bring_in(self, value: Any) -> Any:
        """`value`, a tensor or a list of tensors, as it is seen inside."""

    def is_batched(self, tensor: Any) -> bool:
        """Whether `tensor` holds a value for each example of the level."""

    def run(self, operator: Any, values: tuple[Any, ...], again: Callable[..., Any]) -> Any:
        """Run `operator` on `values`, the innermost level that is open being this one."""


_levels: ContextVar[tuple[Level, ...]] = ContextVar("open batch levels", default=())
open_levels = _levels.get
"""The open levels, from the outermost to the innermost."""

change = _levels.set
"""Let other levels be open; who does so sees to the mode."""


def are_of_autograd() -> bool:
    """Whether autograd itself opened every open level, for gradients or tangents at once: no transform of a program's."""
    return all(getattr(level, "randomness", None) == "unsupported" for level in open_levels())


_transformed: ContextVar[tuple[tuple[int, int, Any], ...]] = ContextVar("open transforms", default=())
is_transformed = _transformed.get
"""Of every function that is just being differentiated as a whole (by `grad`, `vjp`, `jvp`): the number of the first node
inside, how many batches are open around it, and the function."""


@contextmanager
def transformed(function: Any) -> Iterator[None]:
    """`function` is differentiated as a whole for the length of a ``with`` block."""
    token = _transformed.set((*_transformed.get(), (first_number(), len(_levels.get()), function)))
    try:
        yield
    finally:
        _transformed.reset(token)


def tracked_at(tensor: Any) -> list[int]:
    """How deep the transforms are nested that differentiate by `tensor`, counted from 1, batches included."""
    node = tensor._maker
    number = tensor._home if node is None else node._seq
    found = enumerate(_transformed.get()) if tensor._requires_grad else ()
    return [place + batches + 1 for place, (start, batches, _) in found if number >= start]


def check_captured(target: Any, name: str) -> None:
    """``RuntimeError`` if history is written by ``name`` into a tensor that a transformed function found outside of itself.

    (PyTorch refuses every write into such a tensor. Here those are, that would let the history escape, and the tensors
    that the function names: in its closure or among its globals.)
    """
    base = target if target._view is None else target._view.base
    for *_, function in _transformed.get():
        if any([each is base for each in _reached(function)]):
            raise RuntimeError(
                "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place operation "
                f"(aten::{name}) that would mutate a captured Tensor. This is not supported; please rewrite the function "
                "being transformed to explicitly accept the mutated Tensor(s) as inputs."
            )


def _reached(function: Any) -> list[Any]:
    """What `function` names outside of itself. (What it stores in objects may be its own: that is not looked at.)"""
    while isinstance(function, (partial, MethodType)):
        function = function.func if isinstance(function, partial) else function.__func__
    if not isinstance(function, FunctionType):
        function = type(function).__call__
    if not isinstance(function, FunctionType):
        return []
    known, codes = function.__globals__, [function.__code__]
    for code in codes:
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
    cells = [each.cell_contents for each in function.__closure__ or () if _is_filled(each)]
    if known.get("__name__", "").startswith("pullback."):  # a transform around a function of the program
        return [found for each in cells if callable(each) for found in _reached(each)]
    return [*cells, *[known[name] for code in codes for name in code.co_names if name in known]]


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  raises
    except ValueError:
        return False
    return True


def depth_of(number: int) -> int:
    """How deep the batch of that number is nested, counted from 1, transforms included; 0 if it is closed."""
    place = next((place for place, level in enumerate(_levels.get()) if level.number == number), None)
    return 0 if place is None else place + 1 + sum([batches <= place for _, batches, _ in _transformed.get()])


def is_open(number: int) -> bool:
    """Whether the level of that number is open."""
    return any([level.number == number for level in _levels.get()])


def first_number() -> int:
    """A number below that of every node that is made from now on."""
    return next_sequence_number()


@contextmanager
def opened(*levels: Level) -> Iterator[None]:
    """Open `levels` inside those that are open, for the length of a ``with`` block."""
    held = _levels.get()
    place = len(held)
    while place and held[place - 1].inner and not levels[0].inner:
        place -= 1
    with among((*held[:place], *levels, *held[place:])):
        yield


@contextmanager
def among(levels: tuple[Level, ...]) -> Iterator[None]:
    """Let just `levels` be open for the length of a ``with`` block."""
    token, mode = _levels.set(levels), current_mode()
    set_mode(mode | BATCHED if levels else mode & ~BATCHED)
    try:
        yield
    finally:
        set_mode(current_mode() & ~BATCHED | mode & BATCHED)
        _levels.reset(token)


def run(operator: Any, values: tuple[Any, ...], again: Callable[..., Any]) -> Any:
    """Run `operator` inside the innermost open level."""
    return _levels.get()[-1].run(operator, values, again)


def example_by_example(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, which looks at values: where these are batched, it is called once for each example."""

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except RuntimeError as asked:
            if not _levels.get() or not hasattr(asked, "level"):
                raise
            return call_by_example(function, args, kwargs, asked)  # type: ignore[no-any-return]

    return called


call_by_example: Any = None
"""Calls a function for each example of the level that an error tells; set by `batching`, which is there by then."""


def is_inside(tensor: Any, level: Level) -> bool:
    """Whether `tensor` was made inside `level`, or holds one value for each of its examples."""
    if getattr(tensor._array, "level", -1) >= level.number:
        return True
    node = tensor._maker
    return (tensor._home if node is None else node._seq) >= level.start  # type: ignore[no-any-return]


def is_batched(tensor: Any) -> bool:
    """Whether `tensor` holds a value for each example of a level that is open."""
    return any([level.is_batched(tensor) for level in _levels.get()])


def settle(leaf: Any) -> Any:
    """Note that `leaf`, which was just made, belongs inside the levels that are open. Returns it."""
    if _levels.get() or _transformed.get():
        leaf._home = next_sequence_number()
    return leaf


def brought_in(tensor: Any) -> Any:
    """`tensor` as it is seen inside the innermost open level."""
    found = _levels.get()
    return found[-1].bring_in(tensor) if found else tensor


def outsiders(values: tuple[Any, ...]) -> bool:
    """Whether a tensor among the operands `values` requires grad and comes from outside the innermost level."""
    for value in values:
        if isinstance(value, TensorBase):
            if value._view is not None:
                refresh(value)
            if value._requires_grad and not is_inside(value, _levels.get()[-1]):
                return True
        elif value.__class__ in (list, tuple) and outsiders(tuple(value)):
            return True
    return False


def check_batches(target: Any, operands: Iterable[Any], told: str = "WRITE") -> None:
    """Raise what is `told` if `target` is one for examples of which an operand (or what was drawn for it) has a value each."""
    if not _levels.get():
        return
    from pullback.arrays.batched import errors, words

    for each in operands:
        if words.is_wider(each._array, target._array):
            raise errors.WiderWrite(getattr(errors, told))
