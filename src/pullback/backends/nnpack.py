"""torch.backends.nnpack: not used; NumPy computes."""


def is_available() -> bool:
    """False."""
    return False
