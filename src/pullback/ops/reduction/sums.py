"""Sums and means, plain and without the NaNs."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.reductions import add_over, count_over, narrow_reduce, spread, widened
from pullback.arrays.vocabulary import cast
from pullback.graph.operator import general, linear
from pullback.ops.dims import reduced_dims
from pullback.ops.reduction.facts import ALL, check_real_result, to_numpy
from pullback.ops.reduction.names import renamed
from pullback.ops.typing import Dim, V


@linear(node="SumBackward0", input=lambda grad: grad)
def _sum_all(input: V, dtype: Any = None) -> V:
    return add_over(input, None, False, dtype)


@linear(
    node="SumBackward1",
    input=lambda grad, input_shape, dim, keepdim: spread(
        grad, input_shape, reduced_dims(dim, len(input_shape)), keepdim
    ),
)
def _sum_dim(input: V, dim: Dim, keepdim: bool = False, dtype: Any = None) -> V:
    return add_over(input, reduced_dims(dim, input.ndim), keepdim, dtype)
