"""torch.backends.nnpack: not used; NumPy computes. Settings are kept and have no effect."""

from pullback.backends._flags import flags_of, set_flags_of

enabled = True


def is_available() -> bool:
    """False."""
    return False


set_flags = set_flags_of(__name__, "enabled")
flags = flags_of(__name__, enabled=False)
