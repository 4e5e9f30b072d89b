"""A module trained by several processes, of which there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pullback
from pullback.nn.modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """`module` in a group of one process: it computes as it is, under the name ``module``.

    Raises ``ValueError`` without a process group, ``RuntimeError`` where no parameter requires a gradient.
    """

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0, **settings: Any):
        super().__init__()
        pullback.distributed.get_rank(settings.get("process_group"))
        if not any(each.requires_grad for each in module.parameters()):
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameters that require a gradient."
            )
        self.module = module
        self.device, self.device_ids = next(iter(module.parameters())).device, device_ids
        self.require_backward_grad_sync = True

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Gradients are not sent to others in the block."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before
