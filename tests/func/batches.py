"""A row of the op table as a batch: two draws of the same arguments, stacked in all arrays or in one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import pullback
from tests.op_table import Draw, Row
from tests.op_table.calls import find, tensors_in


def arrays_in(tree: Any) -> list[np.ndarray]:
    """The arrays in nested arguments, from left to right."""
    if isinstance(tree, np.ndarray):
        return [tree]
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (list, tuple)) else ()
    return [array for item in items for array in arrays_in(item)]


def filled(tree: Any, values: Iterator[Any]) -> Any:
    """The arguments with `values` in the places of the arrays."""
    if isinstance(tree, np.ndarray):
        return next(values)
    if isinstance(tree, dict):
        return {name: filled(item, values) for name, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [filled(item, values) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    return tree


class Batch:
    """One sample of a row, drawn twice; `batched` says which of its arrays differ between the two examples."""

    size = 2

    def __init__(self, row: Row, sample: Any, draws: list[list[np.ndarray]], batched: tuple[bool, ...]) -> None:
        self.row = row
        self.sample = sample
        self.draws = draws
        self.batched = batched

    def call(self, *tensors: Any) -> tuple[Any, ...]:
        """The operator on the sample with `tensors` in the places of its arrays."""
        args, kwargs = filled((self.sample.args, self.sample.kwargs), iter(tensors))
        return tuple(tensors_in(find(pullback, self.row.name)(*args, **kwargs)))

    def example(self, number: int) -> list[Any]:
        """The tensors of one example."""
        return [pullback.tensor(each[number if own else 0]) for each, own in zip(zip(*self.draws), self.batched)]

    def stacked(self) -> list[Any]:
        """The tensors of all examples."""
        return [
            pullback.tensor(np.stack(each) if own else each[0]) for each, own in zip(zip(*self.draws), self.batched)
        ]

    @property
    def in_dims(self) -> tuple[int | None, ...]:
        """Where the batch stands in each."""
        return tuple(0 if own else None for own in self.batched)

    @property
    def differentiable(self) -> list[int]:
        """The places of floating and complex arrays."""
        return [place for place, each in enumerate(self.draws[0]) if each.dtype.kind in "fc"]

    def gradients(self, *tensors: Any) -> tuple[Any, ...]:
        """The cotangents of the floating arguments for a fixed cotangent of the results."""
        places = self.differentiable

        def some(*values: Any) -> tuple[Any, ...]:
            full = list(tensors)
            for place, value in zip(places, values):
                full[place] = value
            return tuple(each for each in self.call(*full) if each.requires_grad)

        outputs, pull = pullback.func.vjp(some, *[tensors[place] for place in places])
        return pull(tuple(_ramp(each) for each in outputs))  # type: ignore[no-any-return]


def _ramp(output: Any) -> Any:
    numbers = pullback.arange(output.numel(), dtype=pullback.float64) * 0.1 + 1
    return numbers.reshape(output.shape).to(output.dtype)


def batches_of(row: Row) -> Iterator[Batch]:
    """Every sample of `row` whose shapes do not depend on what is drawn: all arrays batched, and each alone."""
    first, second = (list(row.samples(Draw(f"{row.id}{number}"))) for number in range(Batch.size))
    for one, two in zip(first[:4], second[:4]):
        draws = [arrays_in((one.args, one.kwargs)), arrays_in((two.args, two.kwargs))]
        count = len(draws[0])
        if not count or [a.shape for a in draws[0]] != [a.shape for a in draws[1]]:
            continue
        patterns = [(True,) * count] + [tuple(n == m for m in range(count)) for n in range(count) if count > 1]
        for pattern in patterns:
            yield Batch(row, one, draws, pattern)


def by_loop(function: Callable[..., Any], batch: Batch) -> list[Any] | None:
    """What `function` gives for each example, stacked; `None` where it cannot be: an error, or unequal shapes."""
    try:
        rows = [function(*batch.example(number)) for number in range(Batch.size)]
    except RuntimeError:
        return None
    if any(a.shape != b.shape for a, b in zip(*rows)):
        return None
    return [np.stack([plain(each) for each in column]) for column in zip(*rows)]


def plain(tensor: Any) -> np.ndarray:
    """The numbers of a tensor of any dtype."""
    return np.asarray(tensor.detach().resolve_conj()._array)
