"""`einsum`: any sum of products, by the letters of its axes.

All operands are first brought to the same axes (those of the result, then those to be summed), of length 1 where an
operand has no such axis. Then two at a time are combined: elementwise if nothing is summed between them, else as one
batched matrix product, whose batch are the axes that both have and the result keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pullback.graph.tensor_base import TensorBase
from pullback.ops.matrix.equation import Labels, from_lists, parse, settle
from pullback.ops.matrix.products import bmm
from pullback.ops.pointwise.arithmetic import mul
from pullback.ops.reduction.sums import sum as sum_
from pullback.ops.shape.axes import permute
from pullback.ops.shape.diagonals import diagonal
from pullback.ops.shape.reshape import reshape, view
from pullback.ops.shape.singletons import unsqueeze
from pullback.ops.typing import V


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
    labels, result = settle(parse(text), [each._array.ndim for each in operands])
    operands, labels = _diagonals(operands, labels)
    sizes = _sizes(operands, labels)
    summed = [label for label in sizes if label not in result]
    axes = [*result, *sorted(summed, key=str)]
    operands = [_aligned(each, own, axes) for each, own in zip(operands, labels)]
    if len(operands) == 1:
        return sum_(operands[0], tuple(range(len(result), len(axes)))) if summed else operands[0]
    total = _contract(operands, len(result))
    return view(total, total._array.shape[: len(result)]) if summed else total


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


def _diagonals(operands: Sequence[Any], labels: list[Labels]) -> tuple[list[Any], list[Labels]]:
    """Replace two axes of one operand that have the same letter by their diagonal."""
    found, names = [], []
    for number, (operand, own) in enumerate(zip(operands, labels)):
        own = list(own)
        while repeated := next((label for label in own if own.count(label) > 1), None):
            first = own.index(repeated)
            second = own.index(repeated, first + 1)
            n, m = operand._array.shape[first], operand._array.shape[second]
            if n != m:
                raise RuntimeError(
                    f"einsum(): subscript {repeated} is repeated for operand {number} but the sizes don't match, "
                    f"{m} != {n}"
                )
            operand = diagonal(operand, 0, first, second)  # the diagonal comes last; put it where the first stood
            del own[second]
            last = operand._array.ndim - 1
            operand = permute(operand, [*range(first), last, *range(first, last)])
        found.append(operand)
        names.append(own)
    return found, names


def _sizes(operands: Sequence[Any], labels: list[Labels]) -> dict[Any, int]:
    """The length of each label's axis; lengths of 1 broadcast."""
    sizes: dict[Any, int] = {}
    for number, (operand, own) in enumerate(zip(operands, labels)):
        for label, size in zip(own, operand._array.shape):
            known = sizes.get(label, 1)
            if size not in (1, known) and known != 1:
                told = "..." if isinstance(label, int) else label
                raise RuntimeError(
                    f"einsum(): subscript {told} has size {size} for operand {number} which does not broadcast with "
                    f"previously seen size {known}"
                )
            sizes[label] = size if known == 1 else known
    return sizes


def _aligned(operand: Any, own: Labels, axes: Labels) -> Any:
    """The operand with all of `axes` in their order; those it lacks have length 1."""
    missing = [label for label in axes if label not in own]
    for _ in missing:
        operand = unsqueeze(operand, -1)
    order = [*own, *missing]
    return permute(operand, [order.index(label) for label in axes])


def _contract(operands: list[Any], kept: int) -> Any:
    """Combine the operands two by two; axes from `kept` on are summed once no other operand has them."""
    for first, second in _path(operands, kept):
        b, a = operands.pop(max(first, second)), operands.pop(min(first, second))
        rank = a._array.ndim
        summed = [axis for axis in range(kept, rank) if all(each._array.shape[axis] == 1 for each in operands)]
        operands.append(_pair(a, b, summed))
    return operands[0]


def _path(operands: Sequence[Any], kept: int) -> list[tuple[int, int]]:
    """Which two operands to combine next, again and again; the order decides how large the steps between get."""
    if len(operands) == 2:
        return [(0, 1)]
    interleaved: list[Any] = []
    for operand in operands:
        shape = operand._array.shape
        axes = [axis for axis, size in enumerate(shape) if size != 1]
        interleaved += [np.broadcast_to(np.empty(()), [shape[axis] for axis in axes]), axes]
    seen = {axis for axes in interleaved[1::2] for axis in axes}
    result = [axis for axis in range(kept) if axis in seen]
    path, _ = np.einsum_path(*interleaved, result, optimize="optimal" if len(operands) <= 4 else "greedy")
    steps: list[tuple[int, int]] = []
    count = len(operands)
    for step in path[1:]:
        for _ in range(len(step) - 1):  # a step of more than two is taken two at a time, from the end
            pair = tuple(step) if len(step) == 2 else (count - 2, count - 1)
            steps.append(pair)  # type: ignore[arg-type]
            count -= 1
    return steps


def _pair(a: Any, b: Any, summed: list[int]) -> Any:
    """``sum(a * b)`` over the axes `summed`, which keep length 1."""
    left, right = a._array.shape, b._array.shape
    contracted = [axis for axis in summed if left[axis] != 1 != right[axis]]
    if alone := tuple([axis for axis in summed if left[axis] != 1 == right[axis]]):
        a = sum_(a, alone, keepdim=True)
    if alone := tuple([axis for axis in summed if left[axis] == 1 != right[axis]]):
        b = sum_(b, alone, keepdim=True)
    return _batched_product(a, b, contracted) if contracted else mul(a, b)


def _batched_product(a: Any, b: Any, contracted: list[int]) -> Any:
    """The sum over `contracted` as one product of two stacks of matrices."""
    left, right = a._array.shape, b._array.shape
    rest = [axis for axis in range(len(left)) if axis not in contracted]
    both = [axis for axis in rest if left[axis] != 1 and right[axis] != 1]
    only_a = [axis for axis in rest if left[axis] != 1 and right[axis] == 1]
    only_b = [axis for axis in rest if left[axis] == 1]
    batch, rows, columns = (prod(left[i] for i in both), prod(left[i] for i in only_a), prod(right[i] for i in only_b))
    depth = prod(left[i] for i in contracted)
    stack = reshape(permute(a, [*both, *only_a, *contracted, *only_b]), (batch, rows, depth))
    other = reshape(permute(b, [*both, *contracted, *only_b, *only_a]), (batch, depth, columns))
    product = bmm(stack, other)
    order = [*both, *only_a, *contracted, *only_b]
    shape = [
        *(left[i] for i in both),
        *(left[i] for i in only_a),
        *(1 for _ in contracted),
        *(right[i] for i in only_b),
    ]
    return permute(view(product, shape), [order.index(axis) for axis in range(len(left))])
