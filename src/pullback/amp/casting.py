"""Which operators compute in which dtype under autocast on the CPU, and an observer that makes them.

The lists are PyTorch's (https://docs.pytorch.org/docs/2.13/amp.html#cpu-op-specific-behavior): here those of operators,
in `composites` those of functions made of several.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pullback
from pullback.tensor import Tensor

LOWER = frozenset(
    (
        "mm", "mm_turned", "bmm", "matmul", "addmm", "addmm_turned", "addbmm", "baddbmm", "convolution", "conv_tbc", "lstm_layer",
        "rnn_layer",
    )
)  # fmt: skip
"""Compute in the dtype of autocast."""

FULL = frozenset(
    (
        "avg_pool3d", "adaptive_avg_pool3d", "adaptive_max_pool3d", "fractional_max_pool2d", "fractional_max_pool3d",
        "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "smooth_l1_loss", "huber_loss",
        "nll_loss", "nll_loss2d", "soft_margin_loss", "multi_margin_loss", "multilabel_margin_loss", "reflection_pad1d",
        "reflection_pad2d", "replication_pad1d", "replication_pad2d", "replication_pad3d", "prod", "trace", "polar",
        "view_as_complex", "cholesky", "cholesky_solve", "r2c", "c2c", "c2r",
    )
)  # fmt: skip
"""Compute in float32."""

WIDEST = frozenset(("cat", "stack", "index_copy"))
"""Compute in the widest dtype of their operands."""


active: ContextVar[Any] = ContextVar("dtype of autocast on the CPU, None without", default=None)


def observer(operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
    """Run an operator as autocast wants it; an observer of operators (see `pullback.graph.observers`)."""
    name = operator.name.lstrip("_")
    if active.get() is None:
        return run()
    if name in LOWER:
        target = active.get()
    elif name in FULL:
        target = pullback.float32
    elif name in WIDEST:
        target = _widest(values)
    else:
        return run()
    cast = tuple([cast_to(target, value) for value in values])
    if all(one is other for one, other in zip(cast, values)):
        return run()
    positional = [value for p, value in zip(operator.parameters, cast) if not p.keyword_only]
    keywords = {p.name: value for p, value in zip(operator.parameters, cast) if p.keyword_only}
    return operator.function(*positional, **keywords)


def lowered(*values: Any) -> tuple[Any, ...]:
    """Arguments of a function that computes in the dtype of autocast."""
    target = active.get()
    return values if target is None else tuple([cast_to(target, value) for value in values])


def _is_cast(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point() and value.dtype is not pullback.float64


def cast_to(dtype: Any, value: Any) -> Any:
    """`value` in `dtype`, or its tensors if it is a list; what autocast leaves alone stays."""
    if isinstance(value, (list, tuple)) and any(isinstance(each, Tensor) for each in value):
        return type(value)(cast_to(dtype, each) for each in value)
    return value.to(dtype) if _is_cast(value) and value.dtype is not dtype else value


def _widest(values: tuple[Any, ...]) -> Any:
    """float32 if any operand is, else the dtype they have."""
    operands = [each for value in values for each in (value if isinstance(value, (list, tuple)) else (value,))]
    dtypes = [each.dtype for each in operands if _is_cast(each)]
    return pullback.float32 if pullback.float32 in dtypes else dtypes[0] if dtypes else None
