"""torch.backends.mkldnn: not used; NumPy computes. Settings are kept and have no effect."""

from pullback.backends._flags import flags_of

enabled = True
deterministic = False
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


flags = flags_of(__name__, enabled=False, deterministic=False, allow_tf32=True)
