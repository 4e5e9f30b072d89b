"""Optimizers whose state is shared out among processes."""

from typing import Any

import pullback.distributed as _names

__all__ = ["ZeroRedundancyOptimizer"]


class ZeroRedundancyOptimizer:
    """Optimizers whose state is shared out among processes. There are none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(_names._NONE)
