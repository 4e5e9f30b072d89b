"""The operators behind running sums and products: what their derivatives are made of.

They are not in PyTorch's surface. Each pair is transposed to each other, so every order of derivative stays
here.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays import cumulative
from pullback.arrays.cumulative import delayed, exact_product_vjp, exact_running_product_vjp
from pullback.arrays.vocabulary import conj
from pullback.graph.operator import general, linear
from pullback.ops.typing import V


@linear(node="CumsumBackward0", input=lambda grad, axis: cumulative.running_sum_from_end(grad, axis))
def running_sum(input: V, axis: int) -> V:
    """Sum of the elements up to each one along `axis`."""
    return cumulative.running_sum(input, axis)


@linear(node="FlipBackward0", input=lambda grad, axis: cumulative.running_sum(grad, axis))
def running_sum_from_end(input: V, axis: int) -> V:
    """Sum of the elements from each one on along `axis`."""
    return cumulative.running_sum_from_end(input, axis)


@general(
    node="CumprodBackward0",
    input=lambda grad, input, result, axis: cumulative.running_product_vjp(grad, input, result, axis),
)
def running_product(input: V, axis: int) -> V:
    """Product of the elements up to each one along `axis`."""
    return cumulative.running_product(input, axis)


@general(
    factors=lambda grad, factors, result, axis: (
        cumulative.recurrence_from_end(conj(factors), grad, axis) * conj(delayed(result, axis))
    ),
    terms=lambda grad, factors, axis: cumulative.recurrence_from_end(conj(factors), grad, axis),
)
def recurrence(factors: V, terms: V, axis: int) -> V:
    """``h[j] = terms[j] + factors[j] * h[j-1]`` along `axis`."""
    return cumulative.recurrence(factors, terms, axis)


@general(
    factors=lambda grad, factors, result, axis: (
        delayed(cumulative.recurrence(conj(factors), grad, axis), axis) * conj(result)
    ),
    terms=lambda grad, factors, axis: cumulative.recurrence(conj(factors), grad, axis),
)
def recurrence_from_end(factors: V, terms: V, axis: int) -> V:
    """``h[j] = terms[j] + factors[j+1] * h[j+1]`` along `axis`."""
    return cumulative.recurrence_from_end(factors, terms, axis)


FUNCTIONS: dict[Any, Any] = {
    cumulative.product_vjp: exact_product_vjp,
    cumulative.recurrence: recurrence,
    cumulative.recurrence_from_end: recurrence_from_end,
    cumulative.running_product: running_product,
    cumulative.running_product_vjp: exact_running_product_vjp,
    cumulative.running_sum: running_sum,
    cumulative.running_sum_from_end: running_sum_from_end,
}
"""What stands for each word of `arrays.cumulative` on tensors."""
