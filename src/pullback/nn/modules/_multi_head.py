"""Multi-head attention as a module."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.nn import functional as F
from pullback.nn.init import constant_, xavier_normal_, xavier_uniform_
from pullback.nn.modules.linear import NonDynamicallyQuantizableLinear
from pullback.nn.modules.module import Module
from pullback.nn.parameter import Parameter
from pullback.tensor import Tensor


class MultiheadAttention(Module):
    """Attention of several heads at once (Vaswani et al., 2017).

    Shapes: queries ``(L, N, E)``, keys ``(S, N, kdim)``, values ``(S, N, vdim)``; with `batch_first` the first two
    dimensions are swapped, and for one sample there is no ``N``. The result has the shape of the queries; the weights
    beside it are ``(N, L, S)``.

    Args:
        embed_dim: width ``E`` of queries and results.
        num_heads: number of heads, each of width ``E / num_heads``.
        dropout: probability that a weight is dropped in training.
        bias: whether the projections add one.
        add_bias_kv: learn one more key and value.
        add_zero_attn: let a query look at nothing: one more key and value of zeros.
        kdim: width of keys, `embed_dim` by default.
        vdim: width of values, `embed_dim` by default.
        batch_first: whether the batch comes first.

    >>> import pullback as torch
    >>> attention = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    >>> x = torch.zeros(3, 5, 4)
    >>> [each.shape for each in attention(x, x, x)]
    [torch.Size([3, 5, 4]), torch.Size([3, 5, 5])]
    """

    batch_first: bool
    bias_k: Any
    bias_v: Any

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self._add_projections(bias, add_bias_kv, {"device": device, "dtype": dtype})
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _add_projections(self, bias: bool, add_bias_kv: bool, factory: dict[str, Any]) -> None:
        """Register one weight for queries, keys and values, or three where their widths differ."""
        width = self.embed_dim
        widths = {"q_proj_weight": width, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        if self._qkv_same_embed_dim:
            self.in_proj_weight = Parameter(pullback.empty((3 * width, width), **factory))
            for name in widths:
                self.register_parameter(name, None)
        else:
            for name, size in widths.items():
                self.register_parameter(name, Parameter(pullback.empty((width, size), **factory)))
            self.register_parameter("in_proj_weight", None)
        if bias:
            self.in_proj_bias = Parameter(pullback.empty(3 * width, **factory))
        else:
            self.register_parameter("in_proj_bias", None)
        self.out_proj = NonDynamicallyQuantizableLinear(width, width, bias=bias, **factory)
        self.bias_k = Parameter(pullback.empty((1, 1, width), **factory)) if add_bias_kv else None
        self.bias_v = Parameter(pullback.empty((1, 1, width), **factory)) if add_bias_kv else None

    def _reset_parameters(self) -> None:
        """Draw the weights anew."""
        if self._qkv_same_embed_dim:
            xavier_uniform_(self.in_proj_weight)
        else:
            for weight in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
                xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            constant_(self.in_proj_bias, 0.0)
            constant_(self.out_proj.bias, 0.0)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                xavier_normal_(extra)

    def __setstate__(self, state: dict[str, Any]) -> None:
        state.setdefault("_qkv_same_embed_dim", True)
        super().__setstate__(state)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The attended values and, where `need_weights`, the weights.

        Masks are true where nothing is seen, or numbers that are added: `key_padding_mask` ``(N, S)``, `attn_mask`
        ``(L, S)`` or ``(N * num_heads, L, S)``. `is_causal` promises that `attn_mask` is causal. Without
        `average_attn_weights` the weights are those of each head, ``(N, num_heads, L, S)``.
        """
        padding_type, mask_type = F._none_or_dtype(key_padding_mask), F._none_or_dtype(attn_mask)
        padding = F._canonical_mask(key_padding_mask, "key_padding_mask", mask_type, "attn_mask", query.dtype)
        mask = F._canonical_mask(attn_mask, "attn_mask", padding_type, "", query.dtype, check_other=False)
        swapped = self.batch_first and query.dim() == 3
        if swapped:
            query, key, value = _swapped_together(query, key, value)
        found, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=padding,
            need_weights=need_weights,
            attn_mask=mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (found.transpose(1, 0) if swapped else found), weights

    def merge_masks(
        self, attn_mask: Tensor | None, key_padding_mask: Tensor | None, query: Tensor
    ) -> tuple[Tensor | None, int | None]:
        """Both masks in one, and what kind it is.

        Returns:
            `key_padding_mask` and 1, `attn_mask` and 0, or where there are both (or `attn_mask` has three
            dimensions), their sum ``(N, num_heads, L, L)`` and 2; ``(None, None)`` without masks.
        """
        merged, kind = (None, None) if key_padding_mask is None else (key_padding_mask, 1)
        if attn_mask is None:
            return merged, kind
        samples, length = query.shape[:2]
        if attn_mask.dim() == 3:
            expanded = attn_mask.view(samples, -1, length, length)
        else:
            expanded = attn_mask.view(1, 1, length, length).expand(samples, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            expanded = expanded + key_padding_mask.view(samples, 1, 1, length).expand(-1, self.num_heads, -1, -1)
        return expanded, 2


def _swapped_together(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All three with the first two dimensions swapped; what was one object stays one, as it is projected at once."""
    swapped = {id(each): each.transpose(1, 0) for each in (query, key, value)}
    return swapped[id(query)], swapped[id(key)], swapped[id(value)]
