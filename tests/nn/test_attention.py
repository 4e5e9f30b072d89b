"""Attention whose scores and masks are functions, blocks of masks, causal masks, and the choice of the computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.nn import functional as F
from pullback.nn.attention import SDPBackend, _cur_sdpa_kernel_backends, sdpa_kernel
from pullback.nn.attention.bias import causal_lower_right, causal_upper_left
from pullback.nn.attention.flex_attention import (
    AuxRequest,
    and_masks,
    create_block_mask,
    flex_attention,
    noop_mask,
    or_masks,
)


def causal(b: Any, h: Any, q: Any, k: Any) -> Any:
    return q >= k


def near(b: Any, h: Any, q: Any, k: Any) -> Any:
    return (q - k).abs() < 2


def inputs(heads: int = 2) -> list[Any]:
    torch.manual_seed(0)
    shapes = [(2, 4, 6, 3), (2, heads, 7, 3), (2, heads, 7, 5)]
    return [torch.randn(*shape, requires_grad=True) for shape in shapes]


def by_hand(q: Any, k: Any, v: Any, change: Any) -> np.ndarray:
    scores = q @ k.swapaxes(-2, -1) / np.sqrt(q.shape[-1])
    scores = change(scores, *np.ogrid[tuple(slice(size) for size in scores.shape)])
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)) @ v


def test_scores_are_changed_by_a_function() -> None:
    q, k, v = inputs(heads=4)
    slopes = torch.tensor([0.5, 0.25, 0.125, 0.0])
    found = flex_attention(q, k, v, score_mod=lambda score, b, h, i, j: score + slopes[h] * (j - i))
    arrays = [each.detach().numpy() for each in (q, k, v)]
    expected = by_hand(*arrays, lambda score, b, h, i, j: score + slopes.numpy()[h] * (j - i))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5, atol=1e-6)


def test_mask_in_blocks_hides_scores_and_gradients_flow() -> None:
    q, k, v = inputs()
    mask = create_block_mask(and_masks(causal, near), None, None, 6, 7)
    found = flex_attention(q, k, v, block_mask=mask, scale=0.3, enable_gqa=True)
    hidden = create_dense(and_masks(causal, near), 6, 7)
    k4, v4 = (each.repeat_interleave(2, dim=1) for each in (k, v))
    expected = F.scaled_dot_product_attention(q, k4, v4, attn_mask=hidden, scale=0.3)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)
    (ours,) = torch.autograd.grad(found.square().sum(), k)
    (theirs,) = torch.autograd.grad(expected.square().sum(), k)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-5)


def create_dense(mask: Any, queries: int, keys: int) -> Any:
    rows, columns = torch.arange(queries).unsqueeze(1), torch.arange(keys)
    return mask(torch.zeros(()), torch.zeros(()), rows, columns).expand(queries, keys)


def test_query_that_sees_nothing_gets_nothing() -> None:
    q, k, v = inputs(heads=4)
    mask = create_block_mask(lambda b, h, i, j: j > i + 3, None, None, 6, 7)
    found = flex_attention(q, k, v, block_mask=mask)
    assert found[:, :, 3:].abs().max().item() == 0.0 and found[:, :, 0].abs().min().item() > 0.0


def test_sums_and_maxima_of_scores_on_request() -> None:
    q, k, v = inputs(heads=4)
    scores = q @ k.transpose(-2, -1) / 3**0.5
    _, lse = flex_attention(q, k, v, return_lse=True)
    _, aux = flex_attention(q, k, v, return_aux=AuxRequest(max_scores=True))
    np.testing.assert_allclose(lse.detach().numpy(), scores.logsumexp(-1).detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(aux.max_scores.detach().numpy(), scores.amax(-1).detach().numpy(), rtol=1e-5, atol=1e-6)
    assert aux.lse is None


def test_masks_combine() -> None:
    assert create_dense(or_masks(causal, near), 2, 3).tolist() == [[True, True, False], [True, True, True]]
    assert create_dense(and_masks(noop_mask, near), 1, 3).tolist() == [[True, True, False]]


def test_blocks_are_seen_whole_in_part_or_not() -> None:
    mask = create_block_mask(causal, None, None, 4, 6, BLOCK_SIZE=2)
    assert mask.to_dense().tolist() == [[[[1, 0, 0], [1, 1, 0]]]]
    assert mask.kv_num_blocks.tolist() == [[[1, 1]]] and mask.full_kv_num_blocks.tolist() == [[[0, 1]]]
    assert mask.kv_indices[0, 0, :, 0].tolist() == [0, 1] and mask.shape == (1, 1, 4, 6)
    assert mask.sparsity() == pytest.approx(50.0) and mask.numel() == 24


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda q, k, v: flex_attention(q[0], k[0], v[0]), NotImplementedError, "must be 4D tensors"),
        (lambda q, k, v: flex_attention(q, k, v), ValueError, "Try setting enable_gqa=True"),
        (
            lambda q, k, v: flex_attention(q, q, q, block_mask=create_block_mask(causal, None, None, 4, 4)),
            ValueError,
            r"block_mask was created for block_mask.shape=\(1, 1, 4, 4\) but got q_len=6 and kv_len=6",
        ),
        (lambda q, k, v: or_masks(3), RuntimeError, "All inputs should be callable mask_mods"),
    ],
)
def test_wrong_arguments_raise(call: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        call(*inputs())


def test_causal_masks_stand_in_a_corner() -> None:
    assert causal_upper_left(2, 3).tolist() == [[True, False, False], [True, True, False]]
    assert causal_lower_right(2, 3).tolist() == [[True, True, False], [True, True, True]]
    q = torch.randn(1, 1, 3, 2)
    masked = F.scaled_dot_product_attention(q, q, q, attn_mask=causal_upper_left(3, 3))
    np.testing.assert_allclose(masked.numpy(), F.scaled_dot_product_attention(q, q, q, is_causal=True).numpy())


def test_computation_can_be_chosen() -> None:
    q = torch.randn(1, 2, 3, 4, requires_grad=True)
    one = F.scaled_dot_product_attention(q, q, q)
    with sdpa_kernel([SDPBackend.MATH]):
        assert _cur_sdpa_kernel_backends() == [SDPBackend.MATH]
        steps = F.scaled_dot_product_attention(q, q, q)
    assert one.grad_fn.name() == "ScaledDotProductFlashAttentionForCpuBackward0"
    assert steps.grad_fn.name() == "UnsafeViewBackward0"
    np.testing.assert_allclose(one.detach().numpy(), steps.detach().numpy(), rtol=1e-5, atol=1e-6)
    with sdpa_kernel(SDPBackend.CUDNN_ATTENTION), pytest.raises(RuntimeError, match="No viable backend for scaled"):
        F.scaled_dot_product_attention(q, q, q)
    assert len(_cur_sdpa_kernel_backends()) == 5


def test_the_ways_that_are_allowed_show_and_count() -> None:
    q = torch.ones(1, 1, 2, 2)
    with sdpa_kernel(SDPBackend.MATH):
        assert not torch.backends.cuda.flash_sdp_enabled() and torch.backends.cuda.math_sdp_enabled()
        assert torch._fused_sdp_choice(q, q, q) == 0
    assert torch._fused_sdp_choice(q, q, q) == 1 and torch._fused_sdp_choice(q, q, q, dropout_p=0.5) == 0
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION), pytest.raises(RuntimeError, match="No available kernel"):
        F.scaled_dot_product_attention(q, q, q, attn_mask=torch.ones(2, 2, requires_grad=True))
    weights = torch._scaled_dot_product_attention_math(q, q, q)[1]
    assert weights.tolist() == [[[[0.5, 0.5], [0.5, 0.5]]]]


def test_a_causal_mask_is_not_combined_with_causal() -> None:
    q = torch.ones(1, 1, 2, 2)
    with pytest.raises(ValueError, match="CausalBias should not be used with causal=True"):
        F.scaled_dot_product_attention(q, q, q, attn_mask=causal_lower_right(2, 2), is_causal=True)
