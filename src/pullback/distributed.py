"""torch.distributed, honestly: there are no process groups."""

from __future__ import annotations


def is_available() -> bool:
    """False: programs that ask run in one process."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """False."""
    return False
