"""Images: resizing, sampling at other places."""

from pullback.ops.neural.interpolation import (
    interpolate as interpolate,
    upsample as upsample,
    upsample_bilinear as upsample_bilinear,
    upsample_nearest as upsample_nearest,
)

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]
