"""torch.backends.mkldnn: not used; NumPy computes. Settings are kept and have no effect."""

from __future__ import annotations

from contextlib import nullcontext

from pullback.backends._flags import flags_of, set_flags_of

enabled = True
deterministic = False
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


set_flags = set_flags_of(__name__, "enabled", "deterministic", "allow_tf32", "fp32_precision")
flags = flags_of(__name__, enabled=False, deterministic=False, allow_tf32=True)


VERBOSE_OFF, VERBOSE_ON = 0, 1


class verbose(nullcontext[None]):
    """Accepted: there is nothing to report on."""

    def __init__(self, enable: int) -> None:
        super().__init__()
        self.enable = enable
