"""`einsum`: any sum of products, by the letters of its axes.

All operands are first brought to the same axes (those of the result, then those to be summed), of length 1 where an
operand has no such axis. Then two at a time are combined: elementwise if nothing is summed between them, else as one
batched matrix product, whose batch are the axes that both have and the result keeps.

What the equation and the shapes decide is decided once and kept: a loop calls with the same ones again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from pullback.graph.tensor_base import TensorBase
from pullback.ops.matrix.equation import Labels, from_lists, parse, settle
from pullback.ops.matrix.products import bmm
from pullback.ops.pointwise.arithmetic import mul
from pullback.ops.reduction.sums import sum as sum_
from pullback.ops.shape.axes import _permute
from pullback.ops.shape.diagonals import diagonal
from pullback.ops.shape.reshape import _view, reshape
from pullback.ops.shape.singletons import _unsqueeze
from pullback.ops.typing import V

Shape = tuple[int, ...]


def einsum(*args: Any) -> V:
    """The sum of products that an equation describes.

    Args:
        equation: the axes of each operand as letters, separated by commas, then ``->`` and the axes of the result.
            Axes that the result lacks are summed; a letter that an operand has twice takes its diagonal; ``...`` stands
            for axes that broadcast. Without ``->`` the result has the letters that appear once, in order.
        operands: tensors, or one list of them. Instead of letters, each operand may be followed by a list of integers.

    Two operands with a summed axis in common need one dtype. Raises ``RuntimeError`` where equation and operands do not
    fit. Matches https://docs.pytorch.org/docs/2.13/generated/torch.einsum.html.

    >>> import pullback as torch
    >>> a, b = torch.ones(2, 3), torch.ones(3, 4)
    >>> torch.einsum("ij,jk->ik", a, b).shape, torch.einsum("ij->", a)
    (torch.Size([2, 4]), tensor(6.))
    """
    text, operands = _arguments(args)
    _check_operands(operands)
    plan = _plan(text, tuple([each._array.shape for each in operands]))
    operands = [_aligned(each, *steps) for each, steps in zip(operands, plan.alignments)]
    if len(operands) == 1:
        return sum_(operands[0], plan.summed) if plan.summed else operands[0]
    for first, second, summed in plan.pairs:
        b, a = operands.pop(second), operands.pop(first)
        operands.append(_pair(a, b, summed))
    total = operands[0]
    return _view(total, total._array.shape[: plan.kept]) if plan.summed else total


def _arguments(args: tuple[Any, ...]) -> tuple[str, list[Any]]:
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], TensorBase):
        return from_lists(args)
    if not isinstance(args[0], str):
        raise TypeError(f"einsum(): argument 'equation' (position 1) must be str, not {type(args[0]).__name__}")
    if len(args) == 2 and isinstance(args[1], (list, tuple)):
        return args[0], list(args[1])
    return args[0], list(args[1:])


def _check_operands(operands: Sequence[Any]) -> None:
    for number, each in enumerate(operands):
        if not isinstance(each, TensorBase):
            raise TypeError(f"expected Tensor as element {number} in argument 1, but got {_type_name(each)}")


def _type_name(value: Any) -> str:
    module = type(value).__module__
    return type(value).__name__ if module == "builtins" else f"{module}.{type(value).__name__}"


# ---------------------------------------------------------------------------------------------------- the plan


class _Plan(NamedTuple):
    """What the equation and the shapes decide."""

    alignments: list[tuple[list[tuple[int, int]], int, Shape]]
    """For each operand: the axes whose diagonal to take, how many axes of length 1 to add, the order of axes then."""
    kept: int
    """How many axes the result has."""
    summed: Shape
    """The axes after those, which are summed."""
    pairs: list[tuple[int, int, Shape]]
    """Which two operands to combine, again and again, and the axes to be summed between them."""


@lru_cache(maxsize=1024)
def _plan(text: str, shapes: tuple[Shape, ...]) -> _Plan:
    labels, result = settle(parse(text), [len(shape) for shape in shapes])
    diagonals, left, sizes = [], [], []
    for number, (own, shape) in enumerate(zip(labels, shapes)):
        taken, own, shape = _diagonals(number, own, shape)
        diagonals.append(taken)
        left.append(own)
        sizes.append(shape)
    lengths = _lengths(left, sizes)
    axes = [*result, *sorted((label for label in lengths if label not in result), key=str)]
    alignments, aligned = [], []
    for taken, own, shape in zip(diagonals, left, sizes):
        order = [*own, *(label for label in axes if label not in own)]
        extended = (*shape, *(1,) * (len(axes) - len(own)))
        places = tuple([order.index(label) for label in axes])
        alignments.append((taken, len(axes) - len(own), places))
        aligned.append(tuple([extended[place] for place in places]))
    return _Plan(alignments, len(result), tuple(range(len(result), len(axes))), _pairs(aligned, len(result)))


def _diagonals(number: int, own: Labels, shape: Shape) -> tuple[list[tuple[int, int]], Labels, Shape]:
    """Axes of one operand that have the same letter, what letters are left then, and the shape."""
    own, sizes, taken = list(own), list(shape), []
    while repeated := next((label for label in own if own.count(label) > 1), None):
        first = own.index(repeated)
        second = own.index(repeated, first + 1)
        if sizes[first] != sizes[second]:
            raise RuntimeError(
                f"einsum(): subscript {repeated} is repeated for operand {number} but the sizes don't match, "
                f"{sizes[second]} != {sizes[first]}"
            )
        taken.append((first, second))
        del own[second], sizes[second]
    return taken, own, tuple(sizes)


def _lengths(labels: list[Labels], shapes: list[Shape]) -> dict[Any, int]:
    """The length of each label's axis; lengths of 1 broadcast."""
    lengths: dict[Any, int] = {}
    for number, (own, shape) in enumerate(zip(labels, shapes)):
        for label, size in zip(own, shape):
            known = lengths.get(label, 1)
            if size not in (1, known) and known != 1:
                told = "..." if isinstance(label, int) else label
                raise RuntimeError(
                    f"einsum(): subscript {told} has size {size} for operand {number} which does not broadcast with "
                    f"previously seen size {known}"
                )
            lengths[label] = size if known == 1 else known
    return lengths


def _pairs(shapes: list[Shape], kept: int) -> list[tuple[int, int, Shape]]:
    """The steps of the contraction; an axis from `kept` on is summed once no other operand has it."""
    shapes, steps = list(shapes), []
    for first, second in _path(shapes, kept):
        b, a = shapes.pop(second), shapes.pop(first)
        summed = tuple([axis for axis in range(kept, len(a)) if all(shape[axis] == 1 for shape in shapes)])
        steps.append((first, second, summed))
        shapes.append(tuple([1 if axis in summed else (m if n == 1 else n) for axis, (n, m) in enumerate(zip(a, b))]))
    return steps


def _path(shapes: Sequence[Shape], kept: int) -> list[tuple[int, int]]:
    """Which two operands to combine next, again and again; the order decides how large the steps between get."""
    if len(shapes) <= 2:
        return [(0, 1)] * (len(shapes) - 1)
    interleaved: list[Any] = []
    for shape in shapes:
        axes = [axis for axis, size in enumerate(shape) if size != 1]
        interleaved += [np.broadcast_to(np.empty(()), [shape[axis] for axis in axes]), axes]
    seen = {axis for axes in interleaved[1::2] for axis in axes}
    result = [axis for axis in range(kept) if axis in seen]
    path, _ = np.einsum_path(*interleaved, result, optimize="optimal" if len(shapes) <= 4 else "greedy")
    steps: list[tuple[int, int]] = []
    count = len(shapes)
    for step in path[1:]:
        for _ in range(len(step) - 1):  # a step of more than two is taken two at a time, from the end
            first, second = step if len(step) == 2 else (count - 2, count - 1)
            steps.append((min(first, second), max(first, second)))
            count -= 1
    return steps


# --------------------------------------------------------------------------------------------------- the steps


def _aligned(operand: Any, diagonals: list[tuple[int, int]], missing: int, order: Shape) -> Any:
    """The operand with the axes of the plan in their order."""
    for first, second in diagonals:  # the diagonal comes last; put it where the first axis stood
        operand = diagonal(operand, 0, first, second)
        last = operand._array.ndim - 1
        operand = _permute(operand, (*range(first), last, *range(first, last)))
    for _ in range(missing):
        operand = _unsqueeze(operand, -1)
    return _permute(operand, order)


def _pair(a: Any, b: Any, summed: Shape) -> Any:
    """``sum(a * b)`` over the axes `summed`, which keep length 1."""
    left, right = a._array.shape, b._array.shape
    contracted = tuple([axis for axis in summed if left[axis] != 1 != right[axis]])
    if alone := tuple([axis for axis in summed if left[axis] != 1 == right[axis]]):
        a = sum_(a, alone, keepdim=True)
    if alone := tuple([axis for axis in summed if left[axis] == 1 != right[axis]]):
        b = sum_(b, alone, keepdim=True)
    if not contracted:
        return mul(a, b)
    order, shape, other_order, other_shape, result_shape, result_order = _arrangement(
        a._array.shape, b._array.shape, contracted
    )
    stack, other = reshape(_permute(a, order), shape), reshape(_permute(b, other_order), other_shape)
    return _permute(_view(bmm(stack, other), result_shape), result_order)


@lru_cache(maxsize=1024)
def _arrangement(left: Shape, right: Shape, contracted: Shape) -> tuple[Shape, ...]:
    """How to see a sum over `contracted` as one product of two stacks of matrices: orders of axes and shapes."""
    rest = [axis for axis in range(len(left)) if axis not in contracted]
    both = [axis for axis in rest if left[axis] != 1 and right[axis] != 1]
    only_a = [axis for axis in rest if left[axis] != 1 and right[axis] == 1]
    only_b = [axis for axis in rest if left[axis] == 1]
    batch, rows, columns = (prod(left[i] for i in both), prod(left[i] for i in only_a), prod(right[i] for i in only_b))
    depth = prod(left[i] for i in contracted)
    order = (*both, *only_a, *contracted, *only_b)
    other = (*both, *contracted, *only_b, *only_a)
    result = (
        *(left[i] for i in both),
        *(left[i] for i in only_a),
        *(1 for _ in contracted),
        *(right[i] for i in only_b),
    )
    back = tuple([order.index(axis) for axis in range(len(left))])
    return order, (batch, rows, depth), other, (batch, depth, columns), result, back
