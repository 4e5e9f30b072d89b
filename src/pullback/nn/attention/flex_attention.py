"""Attention whose scores a function changes, and whose mask a function says.

A ``score_mod(score, b, h, q_idx, kv_idx)`` and a ``mask_mod(b, h, q_idx, kv_idx)`` are called once, with tensors that
broadcast to ``(B, H, Q, KV)`` for the numbers of sample, head, query and key. So what they do must be done element by
element: arithmetic, comparisons, `torch.where`, and look-ups such as ``slopes[h]``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

import pullback
from pullback.nn.attention._block_mask import BlockMask
from pullback.tensor import Tensor

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "FlexKernelOptions",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]

Modification = Callable[..., Tensor]
_SCORE_PARAMETERS = 5
_DEFAULT_SPARSE_BLOCK_SIZE = 128  # libraries import it


class FlexKernelOptions(TypedDict, total=False):
    """Settings of compiled kernels; there are none here."""


class AuxRequest(NamedTuple):
    """What to return beside the attention."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What was asked for by `AuxRequest`, each ``(B, H, Q)``."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


def noop_mask(batch: Tensor, head: Tensor, token_q: Tensor, token_kv: Tensor) -> Tensor:
    """The mask that hides nothing."""
    return batch.new_ones(size=(), dtype=pullback.bool, device=batch.device)


def and_masks(*mask_mods: Modification) -> Modification:
    """What all of the masks let through."""
    return _combined(mask_mods, lambda a, b: a & b, True)


def or_masks(*mask_mods: Modification) -> Modification:
    """What one of the masks lets through."""
    return _combined(mask_mods, lambda a, b: a | b, False)


def _combined(mask_mods: tuple[Modification, ...], join: Callable[[Any, Any], Any], start: bool) -> Modification:
    if not all(callable(mask_mod) for mask_mod in mask_mods):
        raise RuntimeError(f"All inputs should be callable mask_mods: {mask_mods}")

    def combined(b: Any, h: Any, q_idx: Any, kv_idx: Any) -> Any:
        first = b.new_full((), start, dtype=pullback.bool)
        return functools.reduce(join, [mask_mod(b, h, q_idx, kv_idx) for mask_mod in mask_mods], first)

    return combined


def _numbers(*sizes: int) -> list[Tensor]:
    """The numbers along each dimension, to broadcast against the others."""
    return [
        pullback.arange(size).view([-1 if axis == other else 1 for other in range(len(sizes))])
        for axis, size in enumerate(sizes)
    ]


def create_mask(
    mod_fn: Modification, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None
) -> Tensor:
    """The mask as a tensor ``(B, H, Q_LEN, KV_LEN)``; a score modification hides what it makes -inf of.

    >>> create_mask(lambda b, h, q, k: q >= k, None, None, 2, 2)
    tensor([[[[ True, False],
              [ True,  True]]]])
    """
    sizes = (B or 1, H or 1, Q_LEN, KV_LEN)
    places = _numbers(*sizes)
    if mod_fn.__code__.co_argcount == _SCORE_PARAMETERS:
        found: Any = mod_fn(pullback.zeros(sizes), *places) != -math.inf
    else:
        found = mod_fn(*places)
    return found.expand(sizes).clone()


def create_block_mask(
    mask_mod: Modification,
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: int | tuple[int, int] = 128,
    _compile: bool = False,
    separate_full_blocks: bool = True,
    **others: Any,
) -> BlockMask:
    """A mask in blocks, out of the function that says it.

    Args:
        mask_mod: the function.
        B: number of samples, ``None`` where the mask is the same for all.
        H: number of heads, likewise.
        Q_LEN: number of queries.
        KV_LEN: number of keys.
        device: the CPU.
        BLOCK_SIZE: queries and keys in a block.
        separate_full_blocks: list blocks that are seen whole apart.
        others: settings of PyTorch's kernels.
    """
    rows, columns = BLOCK_SIZE if isinstance(BLOCK_SIZE, tuple) else (BLOCK_SIZE, BLOCK_SIZE)
    mask: Any = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    mask = pullback.nn.functional.pad(mask, (0, -KV_LEN % columns, 0, -Q_LEN % rows))
    samples, heads, queries, keys = mask.shape
    blocks = mask.view(samples, heads, queries // rows, rows, keys // columns, columns).permute(0, 1, 2, 4, 3, 5)
    count = blocks.sum(dim=(-2, -1))
    full = count == rows * columns
    partial = (count > 0) & ~full if separate_full_blocks else count > 0
    return BlockMask((Q_LEN, KV_LEN), partial, full if separate_full_blocks else None, (rows, columns), mask_mod)


def flex_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    score_mod: Modification | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: FlexKernelOptions | None = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """``softmax(score_mod(query keyᵀ * scale))`` of what `block_mask` lets through, times `value`.

    Shapes: ``(B, H, Q, E), (B, Hkv, KV, E), (B, Hkv, KV, V) -> (B, H, Q, V)``; `scale` is ``1/√E`` unless given.

    Args:
        enable_gqa: whether several query heads share a key head.
        return_lse: also return the logarithm of the sum of the exponentials, ``(B, H, Q)``.
        return_aux: also return what it asks for.

    >>> import pullback as torch
    >>> q = torch.zeros(1, 1, 2, 4)
    >>> causal = create_block_mask(lambda b, h, q, k: q >= k, None, None, 2, 2)
    >>> flex_attention(q, q, torch.eye(2)[None, None], block_mask=causal)
    tensor([[[[1.0000, 0.0000],
              [0.5000, 0.5000]]]])
    """
    _check(query, key, value, block_mask, enable_gqa)
    dtype = query.dtype
    wide = pullback.float64 if dtype == pullback.float64 else pullback.float32
    if enable_gqa:
        shared = query.size(1) // key.size(1)
        key, value = (each.repeat_interleave(shared, dim=1) for each in (key, value))
    factor = 1.0 / math.sqrt(query.size(-1)) if scale is None else scale
    scores: Any = (query @ key.transpose(-2, -1)).to(wide) * factor
    places = _numbers(*scores.shape)
    if score_mod is not None:
        scores = score_mod(scores, *places)
    if block_mask is not None:
        scores = pullback.where(block_mask.mask_mod(*places), scores, -math.inf)
    weights = pullback.nan_to_num(scores.softmax(dim=-1), nan=0.0)  # a query that sees nothing gets nothing
    found = (weights.to(dtype) @ value).to(dtype)
    if return_aux is not None:
        lse = pullback.logsumexp(scores, dim=-1) if return_aux.lse else None
        return found, AuxOutput(lse, scores.amax(dim=-1) if return_aux.max_scores else None)
    return (found, pullback.logsumexp(scores, dim=-1)) if return_lse else found


def _check(query: Tensor, key: Tensor, value: Tensor, block_mask: BlockMask | None, enable_gqa: bool) -> None:
    if not query.dim() == key.dim() == value.dim() == 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    if enable_gqa and query.size(1) % key.size(1):
        raise ValueError(
            "Expect number of query heads to be a multiple of kv heads for GQA but got "
            f"Hq={query.size(1)} and Hkv={key.size(1)}."
        )
    if not enable_gqa and query.size(1) != key.size(1):
        raise ValueError(
            "Expect query and key/value to have the same number of heads but got "
            f"Hq={query.size(1)} and Hkv={key.size(1)}. Try setting enable_gqa=True for GQA."
        )
    if block_mask is not None:
        lengths = (query.size(-2), key.size(-2))
        if lengths[0] > block_mask.seq_lengths[0] or lengths[1] > block_mask.seq_lengths[1]:
            raise ValueError(
                f"block_mask was created for block_mask.shape={block_mask.shape} but got q_len={lengths[0]} and "
                f"kv_len={lengths[1]}. As the block mask was created for a smaller length than you're using it for, "
                "you likely need to create a new block mask."
            )
