"""Mixing the channels of groups."""

from __future__ import annotations

from pullback.nn import functional as F
from pullback.nn.modules.module import Module
from pullback.tensor import Tensor

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Module):
    """``(N, C, *)`` with the channels of `groups` groups dealt out in turn (Zhang et al., 2018).

    >>> import pullback as torch
    >>> torch.nn.ChannelShuffle(2)(torch.arange(4.0).view(1, 4, 1, 1)).flatten()
    tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
