"""torch.backends.mha: the fast path of attention modules, which is computed in one way here."""

_fastpath = {"enabled": True}


def get_fastpath_enabled() -> bool:
    """What `set_fastpath_enabled` was told."""
    return _fastpath["enabled"]


def set_fastpath_enabled(value: bool) -> None:
    """Kept; there is one path."""
    _fastpath["enabled"] = value
