"""The former name of `torch.distributed.tensor`."""

from pullback.distributed.tensor import DTensor

__all__ = ["DTensor"]
