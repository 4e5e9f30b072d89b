"""Attention masks: booleans that are true where nothing is seen, or numbers that are added to scores."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pullback


def _none_or_dtype(input: Any) -> Any:
    """The dtype of a tensor, ``None`` of nothing."""
    if input is None:
        return None
    if isinstance(input, pullback.Tensor):
        return input.dtype
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")


def _canonical_mask(
    mask: Any, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Any:
    """A mask as numbers of `target_type`, -inf where a boolean one is true.

    Warns where the dtype of another mask, `other_type`, differs; raises ``AssertionError`` for a mask of integers.
    """
    if mask is None:
        return None
    boolean = mask.dtype is pullback.bool
    if not boolean and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype is not other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if not boolean:
        return mask
    return pullback.zeros_like(mask, dtype=target_type).masked_fill_(mask, -math.inf)
