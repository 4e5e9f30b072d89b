"""NumPy's words for reading and writing by position, and ours, on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import scatter
from pullback.ops.index import advanced, written

FUNCTIONS: dict[Any, Any] = {
    scatter.pick: advanced._index,
    scatter.spread: written.spread,
    scatter.put: written.put,
    scatter.replaced: written.replaced,
    scatter.replaced_at: written.replaced_at,
}

_ = np
