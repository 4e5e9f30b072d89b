"""`vmap`: a function of one example, run on all of them at once.

The function is called once, on tensors that hold the whole batch and show one example (see `pullback.arrays.batched`).
Where it asks for the value of an element, which differs between examples, it is called once for each example instead,
with a warning that names the line.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from pullback.arrays.batched import NeedsValues
from pullback.arrays.batched.random import FORBIDDEN
from pullback.func.batch_arguments import checked_arguments, checked_outputs, name_of
from pullback.func.tracking import is_recording
from pullback.graph import levels
from pullback.graph.batching import BatchLevel
from pullback.graph.versions import version as version_of
from pullback.ops.random.generator import default_generator
from pullback.ops.shape.joining import cat, stack
from pullback.trees import tree_flatten, tree_unflatten

RANDOMNESS = ("error", "different", "same")


def check_randomness(randomness: Any) -> None:
    """``RuntimeError`` unless `randomness` says what random numbers examples draw."""
    if randomness not in RANDOMNESS:
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """`func`, which takes one example, as a function of a batch.

    Args:
        func: takes tensors and nested containers of them, returns such.
        in_dims: the axis of the batch in each argument: a number for all, or nested like the arguments; `None` for
            what all examples share. Keyword arguments are shared.
        out_dims: where the batch stands in each result.
        randomness: ``"error"`` forbids random operators, ``"same"`` draws the same numbers for each example,
            ``"different"`` draws each its own.
        chunk_size: examples that are computed at a time; all of them by default.

    Raises:
        ValueError: for arguments, axes or results that do not fit each other.
        RuntimeError: where random numbers are drawn though `randomness` forbids it, or a value of one example is
            written into memory that all examples share.

    >>> import pullback as torch
    >>> dot = torch.func.vmap(torch.dot)
    >>> dot(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([[1., 1.], [2., 0.]]))
    tensor([3., 6.])
    """
    check_randomness(randomness)
    if chunk_size is not None and not chunk_size > 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def batched(*args: Any, **kwargs: Any) -> Any:
        size, leaves, axes, spec = checked_arguments(func, in_dims, args)
        call = _Call(func, axes, spec, kwargs, out_dims, randomness)
        if chunk_size is None or chunk_size >= size:
            found, where, shape = call.run(leaves, size)
        else:
            found, where, shape = call.in_chunks(leaves, size, chunk_size)
        return tree_unflatten(found, shape)

    return batched


class _Call:
    """One call of a batched function: everything but the examples themselves."""

    def __init__(self, func: Any, axes: Any, spec: Any, kwargs: Any, out_dims: Any, randomness: str) -> None:
        self.func = func
        self.axes = axes
        self.spec = spec
        self.kwargs = kwargs
        self.out_dims = out_dims
        self.randomness = randomness

    def run(self, leaves: list[Any], size: int) -> Any:
        """The results for all examples in `leaves`, where the batch stands in each, and how they nest."""
        level = BatchLevel(size, self.randomness)
        before = [_version(each) for each, axis in zip(leaves, self.axes) if axis is not None]
        try:
            inside = [each if axis is None else level.split(each, axis) for each, axis in zip(leaves, self.axes)]
            level.arguments = [(each, axis) for each, axis in zip(inside, self.axes) if axis]
            with levels.opened(level):
                found, spec = tree_flatten(self.func(*tree_unflatten(inside, self.spec), **self.kwargs))
                places = checked_outputs(self.func, self.out_dims, found, spec, level)
                known = {id(one): each for one, each, axis in zip(inside, leaves, self.axes) if axis == 0}
                whole = [known.get(id(each)) if place == 0 else None for each, place in zip(found, places)]
                if is_recording():  # what is returned as it came enters too: its cotangent is the sum over examples
                    found = [each if place is None else level.bring_in(each) for each, place in zip(found, places)]
        except NeedsValues as asked:
            written = before != [_version(each) for each, axis in zip(leaves, self.axes) if axis is not None]
            if asked.level != level.number or written or not size:
                raise
            return self._one_by_one(leaves, size, asked)
        joined = {}
        for each, place, argument in zip(found, places, whole):
            if (id(each), place) not in joined:
                joined[id(each), place] = (
                    argument if argument is not None else each if place is None else level.joined(each, place)
                )
        return [joined[id(each), place] for each, place in zip(found, places)], places, spec

    def in_chunks(self, leaves: list[Any], size: int, chunk_size: int) -> Any:
        """The results of `run` for `chunk_size` examples at a time, joined."""
        rows = []
        for replayed, start in _starts(size, chunk_size, self.randomness):
            with replayed:
                count = min(chunk_size, size - start)
                part = [
                    each if axis is None else each.narrow(axis, start, count) for each, axis in zip(leaves, self.axes)
                ]
                found, places, spec = self.run(part, count)
                rows.append(found)
        joined = [column[0] if place is None else cat(list(column), place) for column, place in zip(zip(*rows), places)]
        return joined, places, spec

    def _one_by_one(self, leaves: list[Any], size: int, asked: NeedsValues) -> Any:
        """Call the function once for each example."""
        warnings.warn(
            f"vmap({name_of(self.func)}): the value of a batched tensor is asked for at {_line_of(asked)}, and every "
            f"example has its own; the function is called once for each of the {size} examples, which is slower.",
            UserWarning,
            stacklevel=4,
        )
        rows = []
        with levels.opened(_OneByOne(self.randomness)):
            for replayed, number in _starts(size, 1, self.randomness):
                with replayed:
                    part = [
                        each if axis is None else each.select(axis, number) for each, axis in zip(leaves, self.axes)
                    ]
                    found, spec = tree_flatten(self.func(*tree_unflatten(part, self.spec), **self.kwargs))
                    rows.append(found)
        try:
            places = checked_outputs(self.func, self.out_dims, rows[0], spec, None)
            joined = [
                column[0] if place is None else stack(list(column), place) for column, place in zip(zip(*rows), places)
            ]
        except (RuntimeError, ValueError):
            raise asked from None  # numbers for results, or tensors of different shapes
        return joined, places, spec


def _version(tensor: Any) -> int:
    """How often `tensor` was written to; of an inference tensor that cannot be told."""
    return -1 if tensor._inference else version_of(tensor)


class _OneByOne:
    """A level of one example at a time: only the rules for random numbers hold."""

    number = start = -1
    size = 1
    inner = False

    def __init__(self, randomness: str) -> None:
        self.randomness = randomness

    def stream(self, outer: Any) -> Any:
        """The random stream around. ``RuntimeError`` where none may be drawn from."""
        if self.randomness == "error":
            raise RuntimeError(FORBIDDEN)
        return outer

    def is_batched(self, tensor: Any) -> bool:
        """One example is no batch."""
        return False

    def bring_in(self, value: Any) -> Any:
        """`value` as it is."""
        return value

    def run(self, operator: Any, values: Any, again: Any) -> Any:
        """Run `operator` inside the levels around this one."""
        found = levels.open_levels()
        with levels.among(found[: found.index(self)]):
            return again(operator, values, None)


class _Replayed:
    """Makes the default generator stand where it stood at first, for the length of a ``with`` block."""

    def __init__(self, state: Any) -> None:
        self.state = state

    def __enter__(self) -> None:
        if self.state is not None:
            default_generator.set_state(self.state)

    def __exit__(self, *exception: object) -> None:
        pass


def _starts(size: int, step: int, randomness: str) -> Any:
    """The first example of every part; with ``"same"`` each part draws the same numbers."""
    state = default_generator.get_state() if randomness == "same" else None
    return [(_Replayed(state), start) for start in range(0, size, step)]


def _line_of(error: BaseException) -> str:
    """The last line outside the package that led to `error`."""
    traceback, found = error.__traceback__, "an unknown line"
    while traceback is not None:
        if not traceback.tb_frame.f_globals.get("__name__", "").startswith("pullback."):
            found = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found
