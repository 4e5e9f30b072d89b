"""The names of `torch.distributed` where PyTorch defines them."""

from typing import Any

import pullback.distributed as _names


def __getattr__(name: str) -> Any:
    return getattr(_names, name)
