"""Multi-head attention: projections, attention of each head, projection of what the heads say (Vaswani et al., 2017).

Letters in shapes: L queries, S keys, N samples, E the width of queries, H heads, D = E / H the width of a head.
"""

from __future__ import annotations

import math
from typing import Any

import pullback
from pullback.nn.functional._masks import _canonical_mask, _none_or_dtype
from pullback.nn.functional.attention import scaled_dot_product_attention
from pullback.nn.functional.dropout import dropout
from pullback.nn.functional.linear import linear
from pullback.nn.functional.padding import pad
from pullback.nn.functional.probability import softmax
from pullback.ops.typing import V

__all__ = ["multi_head_attention_forward"]


def multi_head_attention_forward(
    query: V,
    key: V,
    value: V,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: V | None,
    in_proj_bias: V | None,
    bias_k: V | None,
    bias_v: V | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: V,
    out_proj_bias: V | None,
    training: bool = True,
    key_padding_mask: V | None = None,
    need_weights: bool = True,
    attn_mask: V | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: V | None = None,
    k_proj_weight: V | None = None,
    v_proj_weight: V | None = None,
    static_k: V | None = None,
    static_v: V | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[V, V | None]:
    """Attention of several heads, and its weights where `need_weights`.

    Shapes: `query` ``(L, N, E)``, `key` and `value` ``(S, N, *)``, all without ``N`` for one sample. The result has
    the query's; weights are ``(N, L, S)``, or ``(N, H, L, S)`` unless `average_attn_weights`. `in_proj_weight` is
    ``(3E, E)``, or with `use_separate_proj_weight` there are three. `key_padding_mask` ``(N, S)`` and `attn_mask`
    ``(L, S)`` or ``(N H, L, S)`` are true where nothing is seen, or numbers that are added. `bias_k` and `bias_v`
    ``(1, 1, E)`` are one more key and value, `add_zero_attn` adds another of zeros, `static_k` and `static_v`
    ``(N H, S, D)`` replace the projections. `is_causal` promises that `attn_mask` is causal. Raises
    ``AssertionError`` or ``RuntimeError`` where shapes do not fit.
    """
    batched = _mha_shape_check(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = (each.unsqueeze(1) for each in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    _check_widths(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    padding, mask, is_causal = _masks(query, key_padding_mask, attn_mask, is_causal, need_weights)
    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = _projected_apart(query, key, value, weights, in_proj_bias)
    else:
        q, k, v = _in_projection_packed(query, key, value, in_proj_weight, in_proj_bias)
    mask = _shaped_mask(mask, query.size(0), key.size(0), query.size(1) * num_heads)
    if bias_k is not None or bias_v is not None:
        k, v = _with_bias(k, v, bias_k, bias_v, static_k, static_v)
        mask, padding = _one_more(mask), _one_more(padding)
    q = _by_head(q, num_heads)
    k = _static("static_k", static_k, q) if static_k is not None else _by_head(k, num_heads)
    v = _static("static_v", static_v, q) if static_v is not None else _by_head(v, num_heads)
    if add_zero_attn:
        k, v = (pullback.cat([each, each.new_zeros(each.size(0), 1, each.size(2))], dim=1) for each in (k, v))
        mask, padding = _one_more(mask), _one_more(padding)
    mask = _merged(mask, padding, query.size(1), num_heads, k.size(1))
    p = dropout_p if training else 0.0
    attend = _attend_openly if need_weights else _attend
    found, scores = attend(q, k, v, mask, p, is_causal, query.size(1))
    result = linear(found, out_proj_weight, out_proj_bias).view(query.size(0), query.size(1), -1)
    if scores is not None:
        scores = scores.mean(dim=1) if average_attn_weights else scores
        scores = scores if batched else scores.squeeze(0)
    return (result if batched else result.squeeze(1)), scores


# --------------------------------------------------------------------------------------------------- checks


def _mha_shape_check(query: Any, key: Any, value: Any, padding: Any, mask: Any, heads: int) -> bool:
    """Whether there is a batch axis; ``AssertionError`` where the numbers of axes do not agree."""
    ndim = query.dim()
    if ndim not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {ndim}-D query tensor")
    word = "batched" if ndim == 3 else "unbatched"
    start = f"For {word} ({ndim}-D) `query`, expected "
    if key.dim() != ndim or value.dim() != ndim:
        raise AssertionError(
            f"{start}`key` and `value` to be {ndim}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if padding is not None and padding.dim() != ndim - 1:
        raise AssertionError(
            f"{start}`key_padding_mask` to be `None` or {ndim - 1}-D but found {padding.dim()}-D tensor instead"
        )
    if mask is not None:
        if mask.dim() not in (2, 3):
            raise AssertionError(f"{start}`attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor instead")
        wanted = (heads, query.shape[0], key.shape[0])
        if ndim == 2 and mask.dim() == 3 and tuple(mask.shape) != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {mask.shape}")
    return ndim == 3


def _check_widths(query: Any, key: Any, value: Any, width: int, heads: int, separate: bool) -> None:
    found = query.size(2)
    if found != width:
        raise AssertionError(f"was expecting embedding dimension of {width}, but got {found}")
    if found % heads:
        raise AssertionError(f"embed_dim {found} not divisible by num_heads {heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


# ---------------------------------------------------------------------------------------------------- masks


def _masks(query: Any, padding: Any, mask: Any, is_causal: bool, need_weights: bool) -> tuple[Any, Any, bool]:
    """Both masks as numbers, and whether the attention mask can be left out because it is causal."""
    padding = _canonical_mask(padding, "key_padding_mask", _none_or_dtype(mask), "attn_mask", query.dtype)
    if is_causal and mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        return padding, None, True
    mask = _canonical_mask(mask, "attn_mask", None, "", query.dtype, check_other=False)
    return padding, mask, is_causal and padding is None


def _shaped_mask(mask: Any, length: int, source: int, rows: int) -> Any:
    """The attention mask ``(1, L, S)`` or ``(N H, L, S)``."""
    if mask is None:
        return None
    wanted = (length, source) if mask.dim() == 2 else (rows, length, source)
    if tuple(mask.shape) != wanted:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {wanted}.")
    return mask.unsqueeze(0) if mask.dim() == 2 else mask


def _one_more(mask: Any) -> Any:
    """The mask with one more key, which is seen."""
    return None if mask is None else pad(mask, (0, 1))


def _merged(mask: Any, padding: Any, samples: int, heads: int, source: int) -> Any:
    """Both masks in one, ``(1 or N H, 1 or L, S)``."""
    if padding is None:
        return mask
    if tuple(padding.shape) != (samples, source):
        axis = 0 if padding.shape[0] != samples else 1
        wanted = (samples, source)[axis]
        raise AssertionError(f"Expected key_padded_mask.shape[{axis}] to be {wanted}, but got {padding.shape[axis]}")
    padding = padding.view(samples, 1, 1, source).expand(-1, heads, -1, -1).reshape(samples * heads, 1, source)
    return padding if mask is None else mask + padding


# ---------------------------------------------------------------------------------------------- projections


def _in_projection_packed(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    """Queries, keys and values by one weight ``(3E, E)``, in as few products as the arguments allow."""
    if weight is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    width = query.size(-1)
    if key is value and query is key:
        q, k, v = _split(linear(query, weight, bias), 3, width)
        return q, k, v
    if key is value:
        w_q, w_kv = weight.split([width, width * 2])
        b_q, b_kv = (None, None) if bias is None else bias.split([width, width * 2])
        k, v = _split(linear(key, w_kv, b_kv), 2, width)
        return linear(query, w_q, b_q), k, v
    return _projected_apart(query, key, value, weight.chunk(3), bias)


def _split(projected: Any, count: int, width: int) -> Any:
    """``(L, N, count E)`` as `count` pieces, each in one run of memory."""
    pieces = projected.unflatten(-1, (count, width)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
    return [pieces[number] for number in range(count)]


def _projected_apart(query: Any, key: Any, value: Any, weights: Any, bias: Any) -> tuple[Any, Any, Any]:
    for name, weight in zip("qkv", weights):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return _in_projection(query, key, value, *weights, *biases)


def _in_projection(
    q: Any, k: Any, v: Any, w_q: Any, w_k: Any, w_v: Any, b_q: Any = None, b_k: Any = None, b_v: Any = None
) -> tuple[Any, Any, Any]:
    """Queries, keys and values by weights of their own."""
    return linear(q, w_q, b_q), linear(k, w_k, b_k), linear(v, w_v, b_v)


def _with_bias(k: Any, v: Any, bias_k: Any, bias_v: Any, static_k: Any, static_v: Any) -> tuple[Any, Any]:
    """Keys and values with one more of each, the same for all samples."""
    if bias_k is None or bias_v is None:
        given, missing = ("bias_k", "bias_v") if bias_v is None else ("bias_v", "bias_k")
        raise AssertionError(f"{given} is set but {missing} is None")
    if static_k is not None:
        raise AssertionError("bias cannot be added to static key.")
    if static_v is not None:
        raise AssertionError("bias cannot be added to static value.")
    samples = k.size(1)
    return pullback.cat([k, bias_k.repeat(1, samples, 1)]), pullback.cat([v, bias_v.repeat(1, samples, 1)])


def _by_head(x: Any, heads: int) -> Any:
    """``(L, N, E)`` as ``(N H, L, D)``."""
    length, samples, width = x.shape
    return x.view(length, samples * heads, width // heads).transpose(0, 1)


def _static(name: str, given: Any, q: Any) -> Any:
    for axis in (0, 2):
        if given.size(axis) != q.size(axis):
            raise AssertionError(f"expecting {name}.size({axis}) of {q.size(axis)}, but got {given.size(axis)}")
    return given


# ------------------------------------------------------------------------------------------------ attention


def _attend_openly(q: Any, k: Any, v: Any, mask: Any, p: float, is_causal: bool, samples: int) -> tuple[Any, Any]:
    """What the heads say ``(L N, E)``, and the weights ``(N, H, L, S)``."""
    rows, length, width = q.shape
    scaled = q * math.sqrt(1.0 / width)
    keys = k.transpose(-2, -1)
    scores = pullback.bmm(scaled, keys) if mask is None else pullback.baddbmm(mask, scaled, keys)
    weights = softmax(scores, dim=-1)
    if p > 0:
        weights = dropout(weights, p)
    found = pullback.bmm(weights, v).transpose(0, 1).contiguous().view(length * samples, rows // samples * width)
    return found, weights.view(samples, rows // samples, length, k.size(1))


def _attend(q: Any, k: Any, v: Any, mask: Any, p: float, is_causal: bool, samples: int) -> tuple[Any, None]:
    """What the heads say ``(L N, E)``, without forming the weights."""
    rows, length, width = q.shape
    heads, source = rows // samples, k.size(1)
    if mask is not None:
        mask = mask.unsqueeze(0) if mask.size(0) == 1 else mask.view(samples, heads, -1, source)
    q = q.view(samples, heads, length, width)
    k, v = (each.view(samples, heads, source, width) for each in (k, v))
    found = scaled_dot_product_attention(q, k, v, mask, p, is_causal)
    return found.permute(2, 0, 1, 3).contiguous().view(length * samples, heads * width), None
