"""torch.backends.opt_einsum: einsum contracts from left to right. Settings are kept and have no effect."""

from __future__ import annotations

from typing import Any

from pullback.backends._flags import flags_of, set_flags_of

enabled = False
strategy: str | None = None


def is_available() -> bool:
    """False."""
    return False


def get_opt_einsum() -> Any:
    """None: the package is not used."""
    return None


set_flags = set_flags_of(__name__, "enabled", "strategy")
flags = flags_of(__name__, enabled=None, strategy=None)
