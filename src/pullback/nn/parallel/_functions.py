"""The copies that modules on several devices make, under PyTorch's names. There is one device here: they refuse."""

from __future__ import annotations

from typing import Any

from pullback.autograd import Function


class _BetweenDevices(Function):
    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """``AssertionError``, as PyTorch's for tensors of the CPU."""
        raise AssertionError(f"{cls.__name__} function not implemented for CPU tensors")


class Broadcast(_BetweenDevices):
    """Copies of tensors on several accelerators."""


class ReduceAddCoalesced(_BetweenDevices):
    """Sums over several accelerators."""


class Gather(_BetweenDevices):
    """Parts on several accelerators, joined on one."""


class Scatter(_BetweenDevices):
    """Parts of a tensor, one for each accelerator."""
