"""Arrangements of processes."""

from typing import Any

import pullback.distributed as _names

__all__ = ["DeviceMesh"]


class DeviceMesh:
    """Arrangements of processes. There are none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(_names._NONE)
