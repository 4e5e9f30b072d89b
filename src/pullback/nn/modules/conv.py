"""Convolutions (cross-correlations, as everywhere in deep learning) over one, two and three dimensions.

Each comes with a lazy form, whose ``in_channels`` is that of its first input.
"""

from __future__ import annotations

from collections.abc import Callable as Callable  # for the annotations of the bases, which are looked up here
from typing import Any

from pullback.nn import functional as F
from pullback.nn.common_types import _size_1_t as _size_1_t, _size_2_t as _size_2_t, _size_3_t as _size_3_t
from pullback.nn.modules._conv_base import (
    Sizes,
    _ConvNd as _ConvNd,
    _ConvTransposeNd as _ConvTransposeNd,
    _PlainConvNd,
    _PlainConvTransposeNd,
)
from pullback.nn.modules.lazy import LazyModuleMixin
from pullback.nn.modules.utils import _pair, _single, _triple
from pullback.nn.parameter import UninitializedParameter
from pullback.tensor import Tensor

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]


class Conv1d(_PlainConvNd):
    """Convolution over ``(N, C, L)``."""

    _parse = staticmethod(_single)
    _convolve = staticmethod(F.conv1d)


class Conv2d(_PlainConvNd):
    """Convolution over ``(N, C, H, W)``.

    >>> import pullback as torch
    >>> torch.nn.Conv2d(16, 33, (3, 5), stride=(2, 1), padding=(4, 2))(torch.zeros(20, 16, 50, 100)).shape
    torch.Size([20, 33, 28, 100])
    """

    _parse = staticmethod(_pair)
    _convolve = staticmethod(F.conv2d)


class Conv3d(_PlainConvNd):
    """Convolution over ``(N, C, D, H, W)``."""

    _parse = staticmethod(_triple)
    _convolve = staticmethod(F.conv3d)


class ConvTranspose1d(_PlainConvTransposeNd):
    """Transposed convolution over ``(N, C, L)``."""

    _parse = staticmethod(_single)
    _convolve = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_PlainConvTransposeNd):
    """Transposed convolution over ``(N, C, H, W)``."""

    _parse = staticmethod(_pair)
    _convolve = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_PlainConvTransposeNd):
    """Transposed convolution over ``(N, C, D, H, W)``."""

    _parse = staticmethod(_triple)
    _convolve = staticmethod(F.conv_transpose3d)


class _LazyConvXdMixin(LazyModuleMixin):
    """Weights that are made once the number of input channels is known."""

    groups: int
    transposed: bool
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    weight: Any
    bias: Any

    def _wait(self, bias: bool, out_channels: int, device: Any, dtype: Any) -> None:
        """Put parameters without a shape in the place of those that were made without channels."""
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the weights anew, once there are any."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Take on the channels of `input` and draw the weights."""
        if not self.has_uninitialized_params():
            return
        self.in_channels = self._get_in_channels(input)
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        channels = (self.in_channels, self.out_channels)
        first, second = channels if self.transposed else channels[::-1]
        self.weight.materialize((first, second // self.groups, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()

    def _get_in_channels(self, input: Tensor) -> int:
        count = self._get_num_spatial_dims()
        if input.dim() not in (count + 1, count + 2):
            raise RuntimeError(
                f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to {type(self).__name__}, but got "
                f"input of size: {input.shape}"
            )
        return input.shape[-count - 1]

    def _get_num_spatial_dims(self) -> int:
        return len(self.kernel_size)


class _LazyConvNd(_LazyConvXdMixin):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        # Without channels and bias at first: there is nothing to draw yet.
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self._wait(bias, out_channels, device, dtype)


class LazyConv1d(_LazyConvNd, Conv1d):  # type: ignore[misc]
    """A `Conv1d` whose ``in_channels`` is that of its first input."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConvNd, Conv2d):  # type: ignore[misc]
    """A `Conv2d` whose ``in_channels`` is that of its first input.

    >>> import pullback as torch
    >>> layer = torch.nn.LazyConv2d(4, 3)
    >>> layer(torch.zeros(1, 2, 5, 5)).shape, layer.in_channels
    (torch.Size([1, 4, 3, 3]), 2)
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConvNd, Conv3d):  # type: ignore[misc]
    """A `Conv3d` whose ``in_channels`` is that of its first input."""

    cls_to_become = Conv3d


class _LazyConvTransposeNd(_LazyConvXdMixin):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        settings = (stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype)
        super().__init__(0, 0, kernel_size, *settings)
        self._wait(bias, out_channels, device, dtype)


class LazyConvTranspose1d(_LazyConvTransposeNd, ConvTranspose1d):  # type: ignore[misc]
    """A `ConvTranspose1d` whose ``in_channels`` is that of its first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTransposeNd, ConvTranspose2d):  # type: ignore[misc]
    """A `ConvTranspose2d` whose ``in_channels`` is that of its first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTransposeNd, ConvTranspose3d):  # type: ignore[misc]
    """A `ConvTranspose3d` whose ``in_channels`` is that of its first input."""

    cls_to_become = ConvTranspose3d
