"""Scaled dot-product attention: in one operator where PyTorch has one, else step by step."""

from __future__ import annotations

import sys
from math import sqrt
from typing import Any

import pullback
from pullback.nn.functional._backends import is_allowed, one_operator_allowed
from pullback.ops.dims import wrap_dim
from pullback.ops.matrix.checks import cpp_name
from pullback.ops.neural import attention as operators
from pullback.ops.neural.checks import need_inexact, need_tensors
from pullback.ops.neural.dropout import dropout
from pullback.ops.neural.scalars import mul_number
from pullback.ops.typing import V

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: V,
    key: V,
    value: V,
    attn_mask: V | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> V:
    """``softmax(query keyᵀ * scale + mask) value`` (Vaswani et al., 2017).

    Shapes: ``(*, L, E), (*, S, E), (*, S, V) -> (*, L, V)``. `scale` is ``1/√E`` unless given. `attn_mask` broadcasts
    to ``(*, L, S)``: booleans say what takes part, numbers are added. With `is_causal` a query sees the keys up to its
    own place. With `enable_gqa` several query heads (axis -3) share a key head. Where everything is masked the result
    is zero. Dropout acts on the weights whenever `dropout_p` is not 0.

    >>> import pullback as torch
    >>> q = torch.zeros(1, 2, 2)
    >>> torch.nn.functional.scaled_dot_product_attention(q, q, torch.eye(2)[None])
    tensor([[[0.5000, 0.5000],
             [0.5000, 0.5000]]])
    """
    need_tensors("scaled_dot_product_attention", query=query, key=key, value=value)
    if (amp := sys.modules.get("pullback.amp.casting")) is not None:  # loaded where somebody uses autocast
        query, key, value, attn_mask = amp.lowered(query, key, value, attn_mask)
    _check(query, key, value, attn_mask, dropout_p)
    if one_operator_allowed() and _in_one(query, key, value, attn_mask, dropout_p, enable_gqa):
        return operators.attention(query, key, value, is_causal, attn_mask, scale)
    if not is_allowed("MATH"):
        raise RuntimeError("No available kernel. Aborting execution.")
    dtype = query.dtype
    if dtype.itemsize == 2:
        query, key, value = query.float(), key.float(), value.float()
    found, _ = _step_by_step(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    return found.to(dtype) if found.dtype is not dtype else found  # type: ignore[no-any-return]


def _check(query: Any, key: Any, value: Any, mask: Any, dropout_p: float) -> None:
    dtypes = [cpp_name(each._array.dtype) for each in (query, key, value)]
    if len(set(dtypes)) > 1:
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {dtypes[0]} key.dtype: "
            f"{dtypes[1]} and value.dtype: {dtypes[2]} instead."
        )
    if min(query.dim(), key.dim(), value.dim()) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{query.dim()} key.dim: {key.dim()} and value.dim: {value.dim()} instead."
        )
    if mask is not None and mask.dtype not in (pullback.bool, pullback.float32, query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{cpp_name(mask._array.dtype)} and  query.dtype: {dtypes[0]} instead."
        )
    if mask is not None:
        wrap_dim(-2, mask.dim())
    need_inexact(query)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")


def _in_one(query: Any, key: Any, value: Any, mask: Any, dropout_p: float, enable_gqa: bool) -> bool:
    """Whether PyTorch's one operator takes these: four axes that agree, rows in one piece, a mask without gradient."""
    if not query.dim() == key.dim() == value.dim() == 4 or dropout_p != 0 or not query.is_floating_point():
        return False
    if mask is not None and (mask.dim() not in (2, 4) or (mask.requires_grad and pullback.is_grad_enabled())):
        return False
    if mask is not None and pullback.autograd.forward_ad._current_level >= 0:  # it may have a tangent
        return False
    if not (query.numel() and key.numel()) or any(each.stride(-1) != 1 for each in (query, key, value)):
        return False
    batch, heads, _, width = query.shape
    shared, source = key.shape[1:3]
    if heads % shared if enable_gqa else heads != shared:
        return False
    return tuple(key.shape) == tuple(value.shape) == (batch, shared, source, width)


def _shared_heads(query: Any, key: Any, value: Any) -> tuple[Any, Any]:
    """Keys and values repeated for the query heads that share them."""
    heads = query.size(-3)
    if heads % key.size(-3) or heads % value.size(-3):
        raise RuntimeError("Number of heads in key and value must divide the number of heads in query")
    return tuple(each.repeat_interleave(heads // each.size(-3), -3) for each in (key, value))  # type: ignore[return-value]


def _as_numbers(mask: Any, dtype: Any) -> Any:
    """A mask of booleans as numbers to add: 0 for what takes part, -inf for what does not."""
    if mask.dtype is not pullback.bool:
        return mask
    return pullback.zeros(mask.shape, dtype=dtype).masked_fill(~mask, -float("inf"))


def _step_by_step(
    query: Any,
    key: Any,
    value: Any,
    mask: Any,
    dropout_p: float,
    is_causal: bool,
    scale: float | None,
    enable_gqa: bool,
) -> tuple[Any, Any]:
    if is_causal:
        if mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        mask = pullback.ones(query.size(-2), key.size(-2), dtype=pullback.bool).tril()
    factor = operators.scale_of(query.shape, scale)
    root = sqrt(abs(factor))  # on both sides, so that products of large numbers stay in range
    if enable_gqa:
        key, value = _shared_heads(query, key, value)
    scores = mul_number(query, -root if factor < 0 else root).matmul(mul_number(key.transpose(-2, -1), root))
    if mask is not None:
        scores = scores + _as_numbers(mask, query.dtype)
    weights = operators.safe_softmax(scores)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p, True)
    return weights.matmul(value), weights


def _scaled_dot_product_attention_math(
    query: V,
    key: V,
    value: V,
    attn_mask: V | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    dropout_mask: V | None = None,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> tuple[V, V]:
    """Attention step by step, and its weights."""
    return _step_by_step(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)  # type: ignore[return-value]


def _fused_sdp_choice(
    query: V,
    key: V,
    value: V,
    attn_mask: V | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> int:
    """Which `SDPBackend` computes this attention: 1 in one operator, 0 step by step, -1 none."""
    if is_allowed("FLASH_ATTENTION") and _in_one(query, key, value, attn_mask, dropout_p, enable_gqa):
        return 1
    return 0 if is_allowed("MATH") else -1
