"""Images: resizing, sampling at other places."""

from pullback.ops.neural.interpolation import (
    interpolate as interpolate,
    upsample as upsample,
    upsample_bilinear as upsample_bilinear,
    upsample_nearest as upsample_nearest,
)
from pullback.ops.neural.sampling import affine_grid as affine_grid, grid_sample as grid_sample

__all__ = ["affine_grid", "grid_sample", "interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]
