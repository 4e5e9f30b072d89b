"""The words that cross the border of a batch, on tensors."""

from __future__ import annotations

from typing import Any

from pullback.arrays.batched import words
from pullback.graph import batching

FUNCTIONS: dict[Any, Any] = {
    words.split: batching.split,
    words.joined: batching.joined,
    words.summed: batching.summed,
    words.entered: batching.entered,
}
