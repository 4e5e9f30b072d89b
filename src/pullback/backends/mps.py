"""torch.backends.mps: there is none."""


def is_built() -> bool:
    """False."""
    return False


def is_available() -> bool:
    """False."""
    return False


def is_macos13_or_newer(minor: int = 0) -> bool:
    """False: there is no device whose features it would tell."""
    return False
