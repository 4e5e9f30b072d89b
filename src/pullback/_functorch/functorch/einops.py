"""`rearrange`, as PyTorch names it."""

from pullback.func.rearranging import rearrange as rearrange

__all__ = ["rearrange"]
