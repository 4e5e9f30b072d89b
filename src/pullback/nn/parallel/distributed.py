"""A module trained by several processes."""

from __future__ import annotations

from typing import Any

from pullback.nn.modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """Raises ``ValueError`` when it is made: there are no process groups."""

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0, **kwargs: Any):
        super().__init__()
        raise ValueError(
            "Default process group has not been initialized, please make sure to call init_process_group. "
            "There are no process groups here; train the module itself, in one process."
        )
