"""A module whose batches are shared among devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.nn.modules.module import Module

__all__ = ["DataParallel", "data_parallel"]


class DataParallel(Module):
    """A wrapper that hands a batch's parts to the devices; where there are none, it calls `module` itself.

    So programs that wrap their model run as in PyTorch without GPUs: the model is `module`, and its state has the
    prefix ``module.``.

    Args:
        module: what is wrapped.
        device_ids: devices; kept for PyTorch's sake, there are none.
        output_device: where results go; likewise.
        dim: dimension of the batch; likewise.

    >>> import pullback as torch
    >>> model = torch.nn.DataParallel(torch.nn.Linear(2, 1))
    >>> model(torch.zeros(3, 2)).shape, list(model.state_dict())
    (torch.Size([3, 1]), ['module.weight', 'module.bias'])
    """

    def __init__(
        self,
        module: Any,
        device_ids: Sequence[Any] | None = None,
        output_device: Any = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Any,
    inputs: Any,
    device_ids: Sequence[Any] | None = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: Any = None,
) -> Any:
    """Raises ``RuntimeError``: there are no devices to share `inputs` among."""
    raise RuntimeError("device type could not be determined: there are no devices but the CPU; call the module itself")
