"""Convolutions and transposed convolutions."""

from pullback.ops.neural.convolution import conv1d as conv1d, conv2d as conv2d, conv3d as conv3d
from pullback.ops.neural.time_convolution import conv_tbc as conv_tbc
from pullback.ops.neural.transposed_convolution import (
    conv_transpose1d as conv_transpose1d,
    conv_transpose2d as conv_transpose2d,
    conv_transpose3d as conv_transpose3d,
)

__all__ = ["conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]
