"""The warning of names that were before torch.amp."""

from __future__ import annotations

import warnings


def deprecated(device: str, name: str) -> None:
    """Warn that ``torch.<device>.amp.<name>`` has become ``torch.amp.<name>("<device>")``."""
    new = f"torch.amp.{name}('{device}', args...)"
    if name.startswith("custom"):
        new = f"torch.amp.{name}(args..., device_type='{device}')"
    warnings.warn(
        f"`torch.{device}.amp.{name}(args...)` is deprecated. Please use `{new}` instead.",
        FutureWarning,
        stacklevel=3,
    )
