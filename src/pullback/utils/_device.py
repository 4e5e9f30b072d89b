"""Functions that make their tensors on a device that is named once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pullback


def set_device(device: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: within the function, `device` is the default device.

    >>> import pullback as torch
    >>> set_device("cpu")(lambda: torch.zeros(1))().device
    device(type='cpu')
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with pullback.device(device):
                return function(*args, **kwargs)

        return decorated

    return decorate
