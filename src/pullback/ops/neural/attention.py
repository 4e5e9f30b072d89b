"""Scaled dot-product attention in one operator: softmax(q kᵀ / √E + mask) v (Vaswani et al., 2017)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.arrays import exponential
from pullback.arrays.products import stacked
from pullback.arrays.reductions import widened
from pullback.arrays.vocabulary import cast, reshape, swapaxes
from pullback.graph.operator import general
from pullback.ops.dims import wrap_dim
from pullback.ops.neural.checks import need_broadcast, need_floats
from pullback.ops.typing import V


def scale_of(query_shape: Any, scale: float | None) -> float:
    """The factor on the scores: 1/√E unless `scale` says otherwise."""
    if scale is not None:
        return scale
    return 1 / math.sqrt(query_shape[-1]) if query_shape[-1] else math.inf


def normalized(scores: Any, axis: int = -1) -> Any:
    """Softmax over `axis`; a row of -inf gives zeros."""
    if 0 in scores.shape:
        return scores
    top = np.maximum.reduce(scores, axis=axis, keepdims=True)
    raised = np.exp(scores - np.where(top == -np.inf, 0, top))
    total = np.add.reduce(raised, axis=axis, keepdims=True)
    return raised / np.where(total == 0, 1, total)


@general(
    node="SafeSoftmaxBackward0",
    input=lambda grad, result, dim: exponential.softmax_vjp(grad, result, (wrap_dim(dim, result.ndim),)),
)
def safe_softmax(input: V, dim: int = -1) -> V:
    """`torch.softmax` over `dim`, which gives zeros for a row of -inf."""
    wrap_dim(dim, input.ndim)
    need_floats("softmax_lastdim_kernel_impl", input)
    return cast(normalized(widened(input), dim), input.dtype)


def _stacked(array: Any, heads: int) -> Any:
    """``(N, H, L, E)`` with the heads that share one of `heads` key heads standing below each other."""
    if array.shape[1] == heads:
        return array
    return reshape(array, (array.shape[0], heads, -1, array.shape[3]))


def _weights(query: Any, key: Any, is_causal: bool, mask: Any, scale: float | None) -> Any:
    """Attention weights ``(N, H, L, S)``: each row sums to one, or to zero if everything is masked."""
    length, source, heads = query.shape[2], key.shape[2], key.shape[1]
    scores = stacked(_stacked(query * scale_of(query.shape, scale), heads), swapaxes(key, -2, -1))
    scores = reshape(scores, (*query.shape[:3], source))
    if mask is not None:
        need_broadcast(scores.shape, mask.shape)
        scores = np.where(mask, scores, -np.inf) if mask.dtype.kind == "b" else scores + widened(mask)
    if is_causal:
        seen = np.tri(length, source, dtype=bool)
        if scores.__class__ is np.ndarray:  # our own memory: a third of the time of `numpy.where`
            np.copyto(scores, -np.inf, where=~seen)
        else:
            scores = np.where(seen, scores, -np.inf)
    return exponential.softmax(scores, (3,)) if mask is None else normalized(scores)


def _attention_vjp(
    grad: Any, query: Any, key: Any, value: Any, is_causal: bool, attn_mask: Any, scale: Any, weights: Any, needs: Any
) -> Any:
    query, key, value, grad = map(widened, (query, key, value, grad))
    if weights is None:
        weights = _weights(query, key, is_causal, attn_mask, scale)
    heads = key.shape[1]
    weights, grad = _stacked(weights, heads), _stacked(grad, heads)
    of_value = stacked(swapaxes(weights, -2, -1), grad) if needs[2] else None
    if not (needs[0] or needs[1]):
        return None, None, of_value
    of_scores = exponential.softmax_vjp(stacked(grad, swapaxes(value, -2, -1)), weights, (3,))
    factor = scale_of(query.shape, scale)
    return (
        reshape(stacked(of_scores, key * factor), query.shape) if needs[0] else None,
        stacked(swapaxes(of_scores, -2, -1), _stacked(query * factor, heads)) if needs[1] else None,
        of_value,
    )


@general(
    node="ScaledDotProductFlashAttentionForCpuBackward0",
    over=("query", "key", "value"),
    keeps=("weights",),
    joint=_attention_vjp,
)
def attention(
    query: V, key: V, value: V, is_causal: bool = False, attn_mask: V | None = None, scale: float | None = None
) -> V:
    """``(N, H, L, E), (N, G, S, E), (N, G, S, E) -> (N, H, L, E)``, where ``H / G`` query heads share a key head.

    Where everything is masked the result is zero. Half precision is computed in single.
    """
    weights = _weights(widened(query), widened(key), is_causal, attn_mask, scale)
    result = stacked(_stacked(weights, key.shape[1]), widened(value))
    return cast(reshape(result, (*query.shape[:3], value.shape[3])), query.dtype), weights  # type: ignore[return-value]
