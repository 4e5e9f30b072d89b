"""Cross entropy of an affine map's result, a few rows at a time: all logits never stand in memory together.

Of a vocabulary of 100 000 words the logits take far more memory than what they are made of. The forward keeps nothing
but its inputs; the backward pass makes the logits of each piece again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pullback.arrays.products import product
from pullback.arrays.reductions import widened
from pullback.arrays.vocabulary import add_reduce, cast, swapaxes
from pullback.graph.operator import general
from pullback.ops.typing import V

_LOGITS = 1 << 20
"""About how many logits are made at once."""


def rows_at_once(classes: int) -> int:
    """How many rows are taken at once where nothing else is asked for."""
    return max(_LOGITS // max(classes, 1), 1)


def _pieces(rows: int, step: int) -> Iterator[slice]:
    return (slice(start, start + step) for start in range(0, max(rows, 1), step))


def _centered(input: Any, weight: Any, bias: Any) -> tuple[Any, Any]:
    """Logits minus their largest in each row, and the sums of their exponentials."""
    logits = product(input, swapaxes(weight, 0, 1))
    if bias is not None:
        logits = logits + bias
    logits = logits - np.maximum.reduce(logits, axis=1, keepdims=True)
    return logits, add_reduce(np.exp(logits), 1, True)


def _vjp(grad: Any, input: Any, weight: Any, bias: Any, target: Any, step: int, needs: Any) -> Any:
    """Of logits z with softmax p the cotangent is ``p - 1`` at the target class and p elsewhere."""
    matrix, offset, grad = widened(weight), None if bias is None else widened(bias), widened(grad)
    classes = np.arange(weight.shape[0])
    of_input: list[Any] = []
    of_weight = of_bias = None
    for piece in _pieces(input.shape[0], step):
        rows = widened(input[piece])
        logits, total = _centered(rows, matrix, offset)
        hit = classes == target[piece][:, None]
        softmax = np.exp(logits) / total
        found = np.where(hit, softmax - 1, softmax) * grad[piece][:, None]
        if needs[0]:
            of_input.append(product(found, matrix))
        if needs[1]:
            share = product(swapaxes(found, 0, 1), rows)
            of_weight = share if of_weight is None else of_weight + share
        if needs[2]:
            share = add_reduce(found, 0)
            of_bias = share if of_bias is None else of_bias + share
    return np.concatenate(of_input) if needs[0] else None, of_weight, of_bias


@general(over=("input", "weight", "bias"), joint=_vjp)
def linear_cross_entropy_batch_chunked(input: V, weight: V, bias: V | None, target: Any, step: int) -> V:
    """``-log softmax(x wᵀ + b)`` at each row's class: ``(N, I), (C, I), (C) -> (N)``, `step` rows at a time.

    `target` is an integer array ``(N)`` of classes.
    """
    matrix, offset = widened(weight), None if bias is None else widened(bias)
    classes = np.arange(weight.shape[0])
    found = []
    for piece in _pieces(input.shape[0], step):
        logits, total = _centered(widened(input[piece]), matrix, offset)
        hit = classes == target[piece][:, None]
        found.append(np.log(total)[:, 0] - add_reduce(np.where(hit, logits, 0), 1))
    return cast(np.concatenate(found), input.dtype)
