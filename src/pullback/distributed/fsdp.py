"""Modules whose parameters are shared out among processes."""

from typing import Any

import pullback.distributed as _names

__all__ = ["FullyShardedDataParallel"]


class FullyShardedDataParallel:
    """Modules whose parameters are shared out among processes. There are none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(_names._NONE)
