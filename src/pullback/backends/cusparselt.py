"""torch.backends.cusparselt: not used; NumPy computes."""


def is_available() -> bool:
    """False."""
    return False
