"""Which blocks of queries and keys see each other: not at all, in part, or all of both."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.tensor import Tensor


class BlockMask:
    """A mask in blocks, for `flex_attention`.

    Of every row of blocks it knows how many are seen in part (``kv_num_blocks``) and which (``kv_indices``), the same
    of blocks seen whole (``full_kv_…``), and both column by column (``q_…``, ``full_q_…``).
    """

    def __init__(
        self,
        seq_lengths: tuple[int, int],
        partial: Tensor,
        full: Tensor | None,
        BLOCK_SIZE: tuple[int, int],
        mask_mod: Any,
    ) -> None:
        self.seq_lengths = seq_lengths
        self.BLOCK_SIZE = BLOCK_SIZE
        self.mask_mod = mask_mod
        self._seen = partial if full is None else partial | full
        self.kv_num_blocks, self.kv_indices = _ordered(partial)
        self.q_num_blocks, self.q_indices = _ordered(partial.transpose(-2, -1))
        self.full_kv_num_blocks: Tensor | None = None
        self.full_kv_indices: Tensor | None = None
        self.full_q_num_blocks: Tensor | None = None
        self.full_q_indices: Tensor | None = None
        if full is not None:
            self.full_kv_num_blocks, self.full_kv_indices = _ordered(full)
            self.full_q_num_blocks, self.full_q_indices = _ordered(full.transpose(-2, -1))

    @property
    def shape(self) -> tuple[int, ...]:
        """``(B, H, Q_LEN, KV_LEN)``."""
        return (*self._seen.shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """Number of elements that the mask stands for."""
        count = 1
        for size in self.shape:
            count *= size
        return count

    def sparsity(self) -> float:
        """How much of the scores need not be computed, in percent; blocks beyond the end count as computed."""
        computed = int(self._seen.sum()) * self.BLOCK_SIZE[0] * self.BLOCK_SIZE[1]
        return 100 * (1 - computed / self.numel())

    def to_dense(self) -> Tensor:
        """1 for every block that is seen in part or whole, int32."""
        return self._seen.to(pullback.int32)

    def to(self, device: Any) -> BlockMask:
        """The mask on `device`."""
        pullback.device(device)
        return self

    def __repr__(self) -> str:
        lines = [
            f"{name}={None if value is None else value.shape}"
            for side in ("kv", "q")
            for kind in ("", "full_")
            for name in (f"{kind}{side}_num_blocks", f"{kind}{side}_indices")
            for value in [getattr(self, name)]
        ]
        lines.append(f"BLOCK_SIZE={self.BLOCK_SIZE}")
        lines.append(f"shape={self.shape}")
        lines.append(f"sparsity={self.sparsity():.2f}%")
        lines.append(f"mask_mod={getattr(self.mask_mod, '__name__', self.mask_mod)}")
        listed = ",\n    ".join(lines)
        return f"BlockMask(\n    {listed}\n)"


def _ordered(blocks: Tensor) -> tuple[Tensor, Tensor]:
    """How many blocks of each row are true, and the numbers of all, the true ones first."""
    numbers = blocks.to(pullback.int32)
    order = pullback.argsort(numbers, dim=-1, descending=True, stable=True)
    return numbers.sum(dim=-1).to(pullback.int32), order.to(pullback.int32)
