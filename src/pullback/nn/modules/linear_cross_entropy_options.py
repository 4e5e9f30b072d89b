"""How PyTorch cuts a linear layer and its cross entropy into pieces, to save memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pullback

__all__ = ["LinearCrossEntropyOptions"]

_ACC_POLICIES = ("accurate", "balanced", "compact", "auto")


@dataclass
class LinearCrossEntropyOptions:
    """Settings of the chunked computation.

    They say how much memory is used, not what is computed. `batch_chunk_size` is how many rows of logits are formed at
    once; the other settings are checked and kept, and change nothing.

    Raises:
        ValueError: for a setting that PyTorch does not know.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Any = None

    def __post_init__(self) -> None:
        size, method = self.batch_chunk_size, self.chunking_method
        if size is not None and (not isinstance(size, int) or size <= 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size}")
        if method not in (None, "auto") and not re.fullmatch(r"[a-z_]+:\d+", str(method)):
            raise ValueError(f"invalid chunking_method: {method!r}")
        if self.acc_policy not in _ACC_POLICIES:
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        allowed = [None, pullback.float16, pullback.bfloat16, pullback.float32, pullback.float64]
        if self.acc_dtype not in allowed:
            named = ", ".join(map(str, allowed))
            raise ValueError(
                f"acc_dtype must be one of {{{named}}}, got {self.acc_dtype}. Pass acc_dtype=None to let the op pick "
                "automatically."
            )
