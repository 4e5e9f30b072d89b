"""``torch.ops.aten``: a few operators under the names of PyTorch's C++ library, where Python has no other name for them.

An operator there has overloads: ``aten.slice.Tensor`` is one of those of ``aten.slice``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.arrays import dtypes
from pullback.ops.creation.casts import convert
from pullback.ops.neural.attention import safe_softmax
from pullback.ops.neural.dropout import native_dropout_backward as _native_dropout_backward
from pullback.ops.neural.interpolation import interpolate, resized
from pullback.ops.neural.native import _batch_norm_with_update as _updated
from pullback.ops.shape.windows import slice_function

__all__ = ["_batch_norm_with_update", "_safe_softmax", "_upsample_bilinear2d_aa", "native_dropout_backward", "slice"]


class Packet:
    """An operator with its overloads as attributes; a call goes to the operator.

    >>> import pullback as torch
    >>> torch.ops.aten.slice.Tensor(torch.arange(4), 0, 1, 3)
    tensor([1, 2])
    """

    def __init__(self, function: Callable[..., Any], *overloads: str) -> None:
        self._function = function
        self.__doc__ = function.__doc__
        for name in overloads:
            setattr(self, name, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)


def _softmax_of(input: Any, dim: int, dtype: dtypes.dtype | None = None) -> Any:
    """`torch.softmax` that gives zeros for a row of -inf."""
    return safe_softmax(input if dtype is None else convert(input, dtype), dim)


def _smooth_bilinear(
    input: Any, output_size: Any, align_corners: bool, scale_factors: Any = None, *,
    scales_h: float | None = None, scales_w: float | None = None,
) -> Any:  # fmt: skip
    """Bilinear `torch.nn.functional.interpolate` with antialiasing; the lengths come with scales, or alone."""
    if output_size is None:
        return interpolate(input, None, list(scale_factors), "bilinear", align_corners, antialias=True)
    return resized(input, tuple(output_size), (scales_h, scales_w), "bilinear", align_corners, True)


_batch_norm_with_update = Packet(_updated, "default")
_safe_softmax = Packet(_softmax_of, "default")
_upsample_bilinear2d_aa = Packet(_smooth_bilinear, "default", "vec")
native_dropout_backward = Packet(_native_dropout_backward, "default")
slice = Packet(slice_function, "Tensor")
