"""Scaled dot-product attention: softmax(q kᵀ / √d + mask) v (Vaswani et al., 2017)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, swapaxes
from pullback.graph.operator import general
from pullback.ops.typing import V

_SINGLE = np.dtype(np.float32)


def _wide(array: Any) -> Any:
    return cast(array, _SINGLE) if array.dtype.itemsize == 2 else array


@general(
    node="ScaledDotProductFlashAttentionForCpuBackward0",
    over=("query", "key", "value"),
    keeps=("weights",),
    joint=lambda grad, query, key, value, is_causal, attn_mask, scale, weights, needs: _attention_vjp(
        grad, query, key, value, is_causal, attn_mask, scale, weights, needs
    ),
)
def attention(
    query: V, key: V, value: V, is_causal: bool = False, attn_mask: V | None = None, scale: float | None = None
) -> V:
    """``(*, L, E), (*, S, E), (*, S, V) -> (*, L, V)``. A row whose keys are all masked gives zeros."""
    weights = _weights(_wide(query), _wide(key), is_causal, attn_mask, scale)
    result = np.matmul(weights, _wide(value))
    return (result if query.dtype.itemsize != 2 else cast(result, query.dtype)), weights  # type: ignore[return-value]


def scale_of(query_shape: Any, scale: float | None) -> float:
    """The factor on the scores: 1/√E unless `scale` says otherwise."""
    return 1 / math.sqrt(query_shape[-1]) if scale is None else scale


def _weights(query: Any, key: Any, is_causal: bool, mask: Any, scale: float | None) -> Any:
    """Attention weights ``(*, L, S)``: each row sums to one, or to zero if everything is masked."""
    scores = np.matmul(query * scale_of(query.shape, scale), swapaxes(key, -2, -1))
    if is_causal:
        mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype.kind == "b" else scores + mask
    if scores.shape[-1] == 0:
        return scores
    top = np.maximum.reduce(scores, axis=-1, keepdims=True)
    raised = np.exp(scores - np.where(top == -np.inf, 0, top))
    total = np.add.reduce(raised, axis=-1, keepdims=True)
    return raised / np.where(total == 0, 1, total)


def _attention_vjp(
    grad: Any, query: Any, key: Any, value: Any, is_causal: bool, mask: Any, scale: Any, weights: Any, needs: Any
) -> Any:
    query, key, value, grad = map(_wide, (query, key, value, grad))
    if weights is None:
        weights = _weights(query, key, is_causal, mask, scale)
    of_value = np.matmul(swapaxes(weights, -2, -1), grad) if needs[2] else None
    if not (needs[0] or needs[1]):
        return None, None, of_value
    of_weights = np.matmul(grad, swapaxes(value, -2, -1))
    shared = np.add.reduce(of_weights * weights, axis=-1, keepdims=True)
    of_scores = weights * (of_weights - shared) * scale_of(query.shape, scale)
    return (
        np.matmul(of_scores, key) if needs[0] else None,
        np.matmul(swapaxes(of_scores, -2, -1), query) if needs[1] else None,
        of_value,
    )
