"""What a custom function's ``vmap`` is told."""

from pullback.autograd.batched_function import VmapInfo as VmapInfo

__all__ = ["VmapInfo"]
