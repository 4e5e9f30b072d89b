"""Anomaly mode: find the operator whose backward made a NaN.

The engine looks at every cotangent while the mode is on. A node knows its forward line anyway, so nothing is recorded
more than usual.
"""

from __future__ import annotations

import warnings
from typing import Any

from pullback.graph import anomaly


class detect_anomaly:
    """Raise at the first operator whose backward gives NaN, naming its forward line, inside a ``with`` block.

    >>> import pullback as torch
    >>> x = torch.tensor([0.0], requires_grad=True)
    >>> with torch.autograd.set_detect_anomaly(True):
    ...     try:
    ...         (x / x).sum().backward()
    ...     except RuntimeError as error:
    ...         print(str(error).split(".")[0])
    Function 'DivBackward0' returned nan values in its 1th output
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.before = anomaly.state()
        anomaly.set_state(True, self.check_nan)

    def __exit__(self, *exception: object) -> None:
        anomaly.set_state(*self.before)


class set_detect_anomaly:
    """Switch anomaly mode on or off: at once when called, and back at the end of a ``with`` block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = anomaly.state()
        anomaly.set_state(mode, check_nan)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: Any) -> None:
        anomaly.set_state(*self.before)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return anomaly.state()[0]
