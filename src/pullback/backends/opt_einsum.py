"""torch.backends.opt_einsum: einsum contracts from left to right."""

enabled = False
strategy = None


def is_available() -> bool:
    """False."""
    return False
