"""``torch.ops.aten``: operators under the names of PyTorch's C++ library; here stand those that Python has no name for.

An operator there has overloads: ``aten.slice.Tensor`` is one of those of ``aten.slice``.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.ops.creation.casts import convert
from pullback.ops.inner import _warning_operator, _zeros_laid_out
from pullback.ops.neural.attention import safe_softmax
from pullback.ops.neural.convolution import convolution_backward as _convolution_backward
from pullback.ops.neural.dropout import native_dropout_backward as _native_dropout_backward
from pullback.ops.neural.interpolation import interpolate, resized
from pullback.ops.neural.max_pooling import max_pool2d_with_indices_backward as _max_pool2d_backward
from pullback.ops.neural.native import _batch_norm_with_update as _updated
from pullback.ops.overloads import Packet, packet
from pullback.ops.reduction.exponential import (
    _softmax_backward_data as _softmax_backward,
    log_softmax as _log_of,
    softmax as _shares,
)
from pullback.ops.shape.windows import slice_function

__all__ = [
    "_batch_norm_with_update", "_efficient_attention_forward", "_flash_attention_forward", "_local_scalar_dense", "_log_softmax",
    "_new_zeros_with_same_feature_meta", "_pin_memory", "_safe_softmax", "_scaled_mm", "_scaled_mm_v2", "_softmax", "_softmax_backward_data", "_test_warn_in_autograd",
    "_to_copy", "_unsafe_index", "_upsample_bilinear2d_aa", "convolution_backward", "index", "max_pool2d_with_indices_backward", "native_dropout_backward", "slice", "sym_numel", "sym_size",
    "sym_storage_offset", "sym_stride",
]  # fmt: skip


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


def _plain(function: Any) -> Any:
    """``function(input, dim)`` with the flag that other devices take: whether half becomes float."""
    return lambda self, dim, half_to_float=False: function(
        convert(self, dtypes.float32) if half_to_float else self, dim
    )


def _at(self: Any, indices: Any) -> Any:
    """``self[...]`` with an index tensor, or `None`, for each axis."""
    if not len(indices):
        raise IndexError("at least one index must be provided")
    return self[tuple([_FULL if index is None else index for index in indices])]


def _elsewhere(name: str) -> Packet:
    """A kernel for devices that are not here."""

    def refuse(*args: Any, **settings: Any) -> Any:
        raise NotImplementedError(f"aten::{name} is a kernel of other devices, and pullback computes on the CPU")

    return Packet(name, refuse)


_efficient_attention_forward = _elsewhere("_efficient_attention_forward")
_flash_attention_forward = _elsewhere("_flash_attention_forward")
_scaled_mm, _scaled_mm_v2 = _elsewhere("_scaled_mm"), _elsewhere("_scaled_mm_v2")
sym_numel = Packet("sym_numel", lambda self: self.numel())
sym_size = Packet("sym_size", lambda self, dim=None: self.size(dim))
sym_storage_offset = Packet("sym_storage_offset", lambda self: self.storage_offset())
sym_stride = Packet("sym_stride", lambda self, dim=None: self.stride(dim))
_pin_memory = Packet("_pin_memory", lambda self, device=None: self.pin_memory())
_batch_norm_with_update = Packet("_batch_norm_with_update", _updated)
_safe_softmax = Packet("_safe_softmax", _softmax_of)
_softmax_backward_data = Packet("_softmax_backward_data", _softmax_backward)
_upsample_bilinear2d_aa = Packet("_upsample_bilinear2d_aa", _smooth_bilinear)
max_pool2d_with_indices_backward = Packet("max_pool2d_with_indices_backward", _max_pool2d_backward)
native_dropout_backward = Packet("native_dropout_backward", _native_dropout_backward)
index, _unsafe_index = Packet("index", _at), Packet("_unsafe_index", _at)
_local_scalar_dense = Packet("_local_scalar_dense", lambda self: self.item())
_to_copy = Packet("_to_copy", lambda self, **settings: self.to(**settings, copy=True))
_softmax, _log_softmax = Packet("_softmax", _plain(_shares)), Packet("_log_softmax", _plain(_log_of))
_new_zeros_with_same_feature_meta = Packet("_new_zeros_with_same_feature_meta", _zeros_laid_out)
_test_warn_in_autograd = Packet("_test_warn_in_autograd", _warning_operator)
convolution_backward = Packet("convolution_backward", _convolution_backward)
_FULL = slice(None)
slice = Packet("slice", slice_function)


def __getattr__(name: str) -> Packet:
    return packet(name)
