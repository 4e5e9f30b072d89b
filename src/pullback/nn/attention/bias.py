"""Causal masks for queries and keys of different numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import pullback
from pullback.overrides import DisableTorchFunctionSubclass
from pullback.tensor import Tensor

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """Which corner of the mask the triangle of what is seen stands in."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A causal mask ``(seq_len_q, seq_len_kv)`` of booleans, true where something is seen."""

    __slots__ = ()

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Calls see the mask; attention that is causal by itself takes none."""
        causal = (kwargs or {}).get("is_causal") or (len(args) > 5 and args[5])
        if causal and getattr(func, "__name__", "") == "scaled_dot_product_attention":
            raise ValueError("CausalBias should not be used with causal=True")
        with DisableTorchFunctionSubclass():
            return func(*args, **kwargs or {})

    def __new__(cls, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> Any:
        shift = 0 if variant == CausalVariant.UPPER_LEFT else seq_len_kv - seq_len_q
        mask = pullback.ones(seq_len_q, seq_len_kv, dtype=pullback.bool).tril(diagonal=shift)
        made = Tensor._make_subclass(cls, mask)
        made.variant, made.seq_len_q, made.seq_len_kv = variant, seq_len_q, seq_len_kv
        return made

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> None:
        pass

    def _materialize(self, device: Any = None) -> Tensor:
        """The mask as a plain tensor."""
        return self.detach()

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return repr(self._materialize())


def causal_upper_left(*size: int) -> CausalBias:
    """A query sees the keys up to its own number.

    >>> causal_upper_left(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    return _made(CausalVariant.UPPER_LEFT, size)


def causal_lower_right(*size: int) -> CausalBias:
    """The last query sees all keys, the one before it all but the last, and so on.

    >>> causal_lower_right(2, 3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """
    return _made(CausalVariant.LOWER_RIGHT, size)


def _made(variant: CausalVariant, size: tuple[int, ...]) -> CausalBias:
    if len(size) != 2:
        raise AssertionError(f"causal bias only supports 2D tensors, got {len(size)}")
    return CausalBias(variant, *size)
