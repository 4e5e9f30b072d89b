"""Convolutions (cross-correlations, as everywhere in deep learning) over one, two and three dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pullback
from pullback.nn import functional as F, init
from pullback.nn.modules.module import Module
from pullback.nn.modules.utils import _ntuple, _reverse_repeat_tuple
from pullback.nn.parameter import Parameter
from pullback.tensor import Tensor

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

Sizes = int | Sequence[int]
_PADDING_NAMES = {"same", "valid"}
_PADDING_MODES = {"zeros", "reflect", "replicate", "circular"}


class _ConvNd(Module):
    """What all convolutions share: checked settings, weights and their initial values.

    Shapes: ``(N, in_channels, *sizes) -> (N, out_channels, *sizes')``, the batch dimension optional. `weight` is
    ``(out_channels, in_channels / groups, *kernel_size)``, its first two sizes swapped for a transposed
    convolution; `bias` is ``(out_channels,)``. Both start uniform in ±1/√fan_in.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: size of the kernel, one number or one a dimension; as the three below.
        stride: step between two places of the kernel.
        padding: elements added at both ends, ``"valid"`` for none or ``"same"`` to keep the size.
        dilation: step between two elements of the kernel.
        groups: number of groups of channels that do not see each other.
        bias: whether something is added to every output channel.
        padding_mode: what is padded with: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.

    Raises:
        ValueError: for channels that do not divide into groups, or an unknown padding.
    """

    _dimensions: int
    _transposed: bool = False

    def __init__(
        self,
        in_channels: int,
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
        *,
        _output_padding: Sizes = 0,
    ) -> None:
        super().__init__()
        _check_settings(in_channels, out_channels, groups, padding, stride, padding_mode)
        as_tuple = _ntuple(self._dimensions)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = as_tuple(kernel_size)
        self.stride = as_tuple(stride)
        self.padding = padding if isinstance(padding, str) else as_tuple(padding)
        self.dilation = as_tuple(dilation)
        self.transposed = self._transposed
        self.output_padding = as_tuple(_output_padding)
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._padding_at_both_ends()
        channels = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        size = (channels[0], channels[1] // groups, *self.kernel_size)
        self.weight = Parameter(pullback.empty(size, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(pullback.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _padding_at_both_ends(self) -> Sequence[int]:
        """What ``F.pad`` adds before and after each dimension, the last dimension first."""
        if not isinstance(self.padding, str):
            return _reverse_repeat_tuple(self.padding, 2)
        ends: list[int] = []
        for step, size in zip(reversed(self.dilation), reversed(self.kernel_size)):
            total = step * (size - 1) if self.padding == "same" else 0
            ends += [total // 2, total - total // 2]
        return ends

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        # With a = √5 the bound of Kaiming's uniform initialisation is 1/√fan_in.
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def _padded(self, input: Tensor) -> tuple[Tensor, Any]:
        """The input, padded where the convolution cannot do it itself, and the padding left for it to do."""
        if self.padding_mode == "zeros":
            return input, self.padding
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return padded, (0,) * self._dimensions

    def extra_repr(self) -> str:
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        plain = {
            "padding": (0,) * len(self.kernel_size),
            "dilation": (1,) * len(self.kernel_size),
            "output_padding": (0,) * len(self.kernel_size),
            "groups": 1,
        }
        shown += [f"{name}={getattr(self, name)}" for name, value in plain.items() if getattr(self, name) != value]
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("padding_mode", "zeros")


def _check_settings(
    in_channels: int, out_channels: int, groups: int, padding: Any, stride: Any, padding_mode: str
) -> None:
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    if in_channels % groups != 0:
        raise ValueError("in_channels must be divisible by groups")
    if out_channels % groups != 0:
        raise ValueError("out_channels must be divisible by groups")
    if isinstance(padding, str):
        if padding not in _PADDING_NAMES:
            raise ValueError(f"Invalid padding string {padding!r}, should be one of {_PADDING_NAMES}")
        if padding == "same" and any(step != 1 for step in (stride if isinstance(stride, Sequence) else [stride])):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if padding_mode not in _PADDING_MODES:
        raise ValueError(f"padding_mode must be one of {_PADDING_MODES}, but got padding_mode={padding_mode!r}")


class Conv1d(_ConvNd):
    """Convolution over ``(N, C, L)``."""

    _dimensions = 1

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._padded(input)
        return F.conv1d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv2d(_ConvNd):
    """Convolution over ``(N, C, H, W)``.

    >>> import pullback as torch
    >>> torch.nn.Conv2d(16, 33, (3, 5), stride=(2, 1), padding=(4, 2))(torch.zeros(20, 16, 50, 100)).shape
    torch.Size([20, 33, 28, 100])
    """

    _dimensions = 2

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._padded(input)
        return F.conv2d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Conv3d(_ConvNd):
    """Convolution over ``(N, C, D, H, W)``."""

    _dimensions = 3

    def forward(self, input: Tensor) -> Tensor:
        input, padding = self._padded(input)
        return F.conv3d(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class _ConvTransposeNd(_ConvNd):
    """The gradient of a convolution with respect to its input, as a layer: it spreads instead of gathering.

    Args:
        output_padding: elements added at one end of the output, to tell apart the sizes that a stride maps to one.
    """

    _transposed = True

    def __init__(
        self,
        in_channels: int,
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
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            dilation,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
            _output_padding=output_padding,
        )

    def _output_padding(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """What to add at the end for the output to have `output_size`, or the layer's own setting."""
        if output_size is None:
            return self.output_padding
        count = self._dimensions
        plain = count + 2 if input.dim() == count + 2 else count + 1
        if len(output_size) == plain:
            output_size = output_size[plain - count :]
        if len(output_size) != count:
            raise ValueError(
                f"ConvTranspose{count}D: for {input.dim()}D input, output_size must have {count} or {plain} "
                f"elements (got {len(output_size)})"
            )
        smallest = [
            (size - 1) * step - 2 * pad + spread * (kernel - 1) + 1
            for size, step, pad, spread, kernel in zip(
                input.shape[-count:], self.stride, self.padding, self.dilation, self.kernel_size
            )
        ]
        largest = [size + step - 1 for size, step in zip(smallest, self.stride)]
        if not all(low <= size <= high for low, size, high in zip(smallest, output_size, largest)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {smallest} to {largest} "
                f"(for an input of {input.size()[-count:]})"
            )
        return tuple(size - low for size, low in zip(output_size, smallest))


class ConvTranspose1d(_ConvTransposeNd):
    """Transposed convolution over ``(N, C, L)``."""

    _dimensions = 1

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self._output_padding(input, output_size)
        return F.conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )


class ConvTranspose2d(_ConvTransposeNd):
    """Transposed convolution over ``(N, C, H, W)``."""

    _dimensions = 2

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self._output_padding(input, output_size)
        return F.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )


class ConvTranspose3d(_ConvTransposeNd):
    """Transposed convolution over ``(N, C, D, H, W)``."""

    _dimensions = 3

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self._output_padding(input, output_size)
        return F.conv_transpose3d(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )
