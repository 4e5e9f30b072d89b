"""Anomaly mode: find the operator whose backward made a NaN.

The engine looks at every cotangent while the mode is on. A node knows its forward line anyway, so nothing is recorded
more than usual.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from typing import Any

from pullback.graph import anomaly

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class detect_anomaly:
    """Raise at the first operator whose backward gives NaN, naming its forward line, inside a ``with`` block.

    A warning tells where the operator was called.

    >>> import warnings
    >>> import pullback as torch
    >>> x = torch.tensor([0.0], requires_grad=True)
    >>> with warnings.catch_warnings(), torch.autograd.set_detect_anomaly(True):
    ...     warnings.simplefilter("ignore")
    ...     try:
    ...         (x / x).sum().backward()
    ...     except RuntimeError as error:
    ...         print(str(error).split(".")[0])
    Function 'DivBackward0' returned nan values in its 1th output
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self.before = anomaly.state()
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.before = anomaly.state()
        anomaly.set_state(True, self.check_nan, _callers())

    def __exit__(self, *args: object) -> None:
        anomaly.set_state(*self.before)


class set_detect_anomaly:
    """Switch anomaly mode on or off: at once when called, and back at the end of a ``with`` block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = anomaly.state()
        anomaly.set_state(mode, check_nan, _callers())

    def __enter__(self) -> None:
        return None

    def __exit__(self, *args: Any) -> None:
        anomaly.set_state(*self.before)


def _callers() -> Any:
    """The stack of whoever switches the mode."""
    frames = traceback.walk_stack(sys._getframe(2))
    return traceback.StackSummary.extract(frames, lookup_lines=False)[::-1]  # text is read when something is told


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return anomaly.state()[0]


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode, where it is on, looks for NaN."""
    return anomaly.state()[1]
