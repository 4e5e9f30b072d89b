"""torch.backends.cudnn: there is none. Settings are kept and have no effect: algorithms here are deterministic."""

from __future__ import annotations

from typing import Any

from pullback.backends._flags import flags_of, set_flags_of

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """False."""
    return False


def version() -> int | None:
    """None."""
    return None


def is_acceptable(tensor: Any) -> bool:
    """False."""
    return False


class _Precision:
    """Settings of one kind of operator."""

    fp32_precision = "tf32"


conv, rnn = _Precision(), _Precision()
set_flags = set_flags_of(
    __name__, "enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32", "fp32_precision"
)
flags = flags_of(__name__, enabled=False, benchmark=False, benchmark_limit=10, deterministic=False, allow_tf32=True)
