"""torch.backends.mkl: not used; NumPy computes."""

from __future__ import annotations

from contextlib import nullcontext


def is_available() -> bool:
    """False."""
    return False


VERBOSE_OFF, VERBOSE_ON = 0, 1


class verbose(nullcontext[None]):
    """Accepted: there is nothing to report on."""

    def __init__(self, enable: int) -> None:
        super().__init__()
        self.enable = enable
