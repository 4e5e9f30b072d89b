"""`torch.signal`: window functions."""

from pullback.signal import windows as windows

__all__ = ["windows"]
