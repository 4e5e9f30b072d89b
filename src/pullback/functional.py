"""The names of `torch.functional`, which are also `torch`'s own."""

from __future__ import annotations

from typing import Any

import pullback

__all__ = (
    "atleast_1d atleast_2d atleast_3d align_tensors broadcast_shapes broadcast_tensors cartesian_prod block_diag cdist "
    "chain_matmul einsum istft lu norm meshgrid pca_lowrank split stft svd_lowrank tensordot unique unique_consecutive "
    "unravel_index"
).split()


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'torch.functional' has no attribute '{name}'")
    return getattr(pullback, name)
