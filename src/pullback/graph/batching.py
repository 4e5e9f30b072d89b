"""A batch level: how values enter and leave it, and how an operator runs inside.

Operators run on batched arrays as they stand, forward and rules (see `pullback.arrays.batched`). What is left to do here: a
tensor from outside that requires grad enters by an operator of its own, and an operator that asks for the value of an
element runs example by example. The operators that cross the border are each other's transposes::

    split   an axis becomes the batch          joined    the batch becomes an axis
    entered what all examples share, as it is  summed    the sum over all examples
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays.batched import BatchedArray, NeedsValues, random, words
from pullback.arrays.batched.samples import SampleArray
from pullback.graph import engine, forward_mode, levels
from pullback.graph.modes import BATCHED, NO_GRAD, get_mode, set_mode
from pullback.graph.operator import linear, view
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import counter_of

V = Any


@view(
    node="SplitBatchBackward0",
    input=lambda grad, level, axis, input_shape: words.joined(grad, level, axis, input_shape[axis]),
)
def split(input: V, level: int, axis: int) -> V:
    """A view of `input` with the examples of `level` along `axis`."""
    return words.split(input, level, axis)


@view(node="JoinBatchBackward0", input=lambda grad, level, axis: words.split(grad, level, axis))
def join_view(input: V, level: int, axis: int, size: int) -> V:
    """The examples of `level` along a new `axis`, in the memory of `input`."""
    return words.joined(input, level, axis, size)


@linear(node="JoinBatchBackward0", input=lambda grad, level, axis: words.split(grad, level, axis))
def join_new(input: V, level: int, axis: int, size: int) -> V:
    """The examples of `level` along a new `axis`."""
    return words.joined(input, level, axis, size)


def _left(grad: Any, level: int) -> Any:
    """The cotangent of what all examples share: their sum, or that of each while the batch is still open."""
    return grad if levels.is_open(level) else words.summed(grad, level)


@linear(node="EnterBatchBackward0", input=_left)
def entered(input: V, level: int) -> V:
    """`input` as all examples of `level` share it."""
    return words.entered(input, level)


@linear(node="SumBatchBackward0", input=lambda grad, level: words.entered(grad, level))
def summed(input: V, level: int) -> V:
    """The sum of `input` over all examples of `level`."""
    return words.summed(input, level)


@linear(node="AliasBackward0", input=lambda grad: grad)
def alias(input: V) -> V:
    """`input` at a place of its own in the graph: what is differentiated with respect to it is not to all of `input`."""
    return input


def joined(input: V, level: int, axis: int, size: int) -> V:
    """The examples along a new `axis`: a view if `input` is one, so that writes are seen on both sides."""
    return (join_new if input._view is None else join_view)(input, level, axis, size)


class BatchLevel:
    """One open `vmap` over `size` examples; `randomness` says what random numbers they draw."""

    inner = False
    __slots__ = ("_entered", "arguments", "number", "randomness", "size", "start")

    def __init__(self, size: int, randomness: str = "error") -> None:
        self.number = levels.next_level()
        self.start = levels.first_number()
        self.size = size
        self.randomness = randomness
        self.arguments: list[tuple[Any, int]] = []
        """The tensors that were split for the function, and along which axis."""
        self._entered: dict[int, tuple[Any, ...]] = {}

    def split(self, tensor: Any, axis: int) -> Any:
        """`tensor` with the examples along its `axis`."""
        return split(tensor, self.number, axis % tensor._array.ndim)

    def axis_of(self, tensor: Any) -> int:
        """The axis along which the examples of `tensor` lie if they are asked for: the caller's, else the first."""
        return next((axis for each, axis in self.arguments if each is tensor), 0)

    def joined(self, tensor: Any, axis: int) -> Any:
        """`tensor` with the examples along a new `axis`."""
        return joined(tensor, self.number, axis % (tensor._array.ndim + 1), self.size)

    def stream(self, outer: Any) -> Any:
        """The random stream that is drawn from inside, `outer` being that around. ``RuntimeError`` where it is none."""
        if self.randomness in ("error", "unsupported"):
            raise RuntimeError(random.FORBIDDEN if self.randomness == "error" else random.UNSUPPORTED)
        return random.BatchedStream(outer, self.number, self.size, self.randomness == "different")

    def is_batched(self, tensor: Any) -> bool:
        """Whether `tensor` holds a value for each example."""
        return is_batched(tensor._array, self.number)

    def run(self, operator: Any, values: tuple[Any, ...], again: Callable[..., Any]) -> Any:
        """Run `operator`: batched, or example by example if it asks for values."""
        mode = get_mode()
        if not mode & NO_GRAD and levels.outsiders(values):
            values = tuple([self.bring_in(value) for value in values])
        set_mode(mode & ~BATCHED)
        try:
            return again(operator, values, None) if operator.keywords else operator.function(*values)
        except NeedsValues as asked:
            level = asked.level
        finally:
            set_mode(mode)
        return by_example(operator, values, again, level)

    def bring_in(self, value: Any) -> Any:
        """`value`, a tensor or a list of tensors, as it is seen inside."""
        if isinstance(value, (list, tuple)):
            return [self.bring_in(each) for each in value]
        if not isinstance(value, TensorBase) or not value._requires_grad or levels.is_inside(value, self):
            return value
        key = (value._maker, value._output_nr, value._array)
        known = self._entered.get(id(value))
        if known is not None and all(a is b for a, b in zip(known[0], key)):
            return known[1]
        inside = self._enter(value)
        self._entered[id(value)] = (key, inside, value)
        return inside

    def _enter(self, tensor: Any) -> Any:
        """`tensor` inside this level: through the levels around it, then by the border of this one."""
        outer = levels.open_levels()[: levels.open_levels().index(self)]
        with levels.among(outer):
            inside = entered(tensor, self.number)
        inside._counter = counter_of(tensor)
        tangent = forward_mode.tangent_of(tensor)
        if tangent is not None:  # it enters too: it may be met when the level is closed
            forward_mode.set_tangent(inside, self.bring_in(tangent))
        return inside


def is_batched(array: Any, level: int) -> bool:
    """Whether `array` holds a value for each example of `level`."""
    while array.__class__ is BatchedArray:
        if array.level == level:
            return True
        array = array.payload
    return False


def by_example(operator: Any, values: tuple[Any, ...], again: Callable[..., Any], number: int) -> Any:
    """Run `operator` once for each example of the level `number`, and let the results be one batch again."""
    found = levels.open_levels()
    place = next((n for n, each in enumerate(found) if each.number == number), None)
    if place is None:
        raise NeedsValues(number, f"{operator.name}(): {MISSING}")
    level: Any = found[place]
    parts = [_outside(value, level) for value in values]
    with levels.among((*found[:place], *found[place + 1 :])):
        results = [operator_called(operator, [_example(each, n) for each in parts]) for n in range(level.size)]
        return _gathered(results, level)


def called_by_example(function: Callable[..., Any], args: Any, kwargs: Any, asked: Any) -> Any:
    """Call a function that is no operator once for each example of the level whose values it `asked` for."""
    found = levels.open_levels()
    place = next((n for n, each in enumerate(found) if each.number == asked.level), None)
    if place is None:
        raise asked
    level: Any = found[place]
    names = list(kwargs)
    parts = _outside([*args, *kwargs.values()], level)
    with levels.among((*found[:place], *found[place + 1 :])):
        results = []
        for number in range(level.size):
            own = _example(parts, number)
            results.append(function(*own[: len(args)], **dict(zip(names, own[len(args) :]))))
        return _gathered(results, level)


levels.call_by_example = called_by_example
MISSING = "needs the values of a batched tensor whose batch is closed"


def operator_called(operator: Any, values: list[Any]) -> Any:
    """Call the function of `operator` on values in the order of its parameters."""
    positional = [v for p, v in zip(operator.parameters, values) if not p.keyword_only]
    keywords = {p.name: v for p, v in zip(operator.parameters, values) if p.keyword_only}
    return operator.function(*positional, **keywords)


class _Rows:
    """A tensor whose first axis enumerates examples."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor


def _outside(value: Any, level: BatchLevel) -> Any:
    if isinstance(value, TensorBase):
        own = level.is_batched(value) or value._requires_grad  # a cotangent is one for each example
        own = own or forward_mode.tangent_of(value) is not None
        return _Rows(level.joined(value, 0)) if own else value
    return [_outside(each, level) for each in value] if isinstance(value, (list, tuple)) else value


def _example(value: Any, number: int) -> Any:
    if value.__class__ is _Rows:
        return value.tensor[number]
    return [_example(each, number) for each in value] if value.__class__ is list else value


def _gathered(results: list[Any], level: BatchLevel) -> Any:
    first = results[0]
    if isinstance(first, (tuple, list)):
        kind = type(first)
        items = [_gathered(list(column), level) for column in zip(*results)]
        return kind(*items) if hasattr(first, "_make") else kind(items)
    if len({each._array.shape for each in results}) > 1:
        raise NeedsValues(
            level.number,
            "vmap: We do not support batching operators that can output dynamic shape: the examples give results of "
            f"shapes {', '.join(sorted({str(tuple(each._array.shape)) for each in results}))}.",
        )
    stacked: Any = np.stack(results)
    return level.split(stacked, 0)


def gradients(
    outputs: Any, cotangents: Any, inputs: Any, *, keep: bool = False, create_graph: bool = False
) -> list[Any]:
    """The gradients of `outputs` for many cotangents in one pass: the first axis of each cotangent enumerates them.

    A gradient has that axis in front; it is `None` where there is no path.
    """
    level = BatchLevel(cotangents[0]._array.shape[0], "unsupported")
    with levels.opened(level):
        starts = [level.split(each, 0) for each in cotangents]
        found = engine.gradients(outputs, starts, inputs, keep=keep, create_graph=create_graph)
        return [None if each is None else level.joined(each, 0) for each in found]


def sample_gradients(
    outputs: Any, cotangents: Any, inputs: Any, *, keep: bool = False, create_graph: bool = False
) -> list[Any]:
    """The gradients for each sample alone, samples lying along the first axis of every output: with it in front.

    A gradient is `None` where there is no path.
    """
    count = cotangents[0]._array.shape[0]
    if create_graph or forward_mode.current_level() >= 0:
        rows = [wrap(SampleArray(each._array, 0, count, -1).written_out().payload) for each in cotangents]
        return gradients(outputs, rows, inputs, keep=keep, create_graph=create_graph)
    level = BatchLevel(count)
    starts = [wrap(SampleArray(each._array, 0, count, level.number)) for each in cotangents]
    found = engine.gradients(outputs, starts, inputs, keep=keep)
    for each in found:
        if each is not None and each._array.__class__ is SampleArray:
            each._array = each._array.written_out()
    return [None if each is None else level.joined(each, 0) for each in found]
