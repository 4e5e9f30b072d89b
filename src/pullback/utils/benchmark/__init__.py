"""torch.utils.benchmark: how long statements take, with the spread of the measurements."""

from pullback.utils.benchmark.utils.common import (
    Measurement,
    TaskSpec,
    ordered_unique,
    select_unit,
    set_torch_threads,
    trim_sigfig,
    unit_to_english,
)
from pullback.utils.benchmark.utils.timer import Language, Timer, timer

__all__ = [
    "Language", "Measurement", "TaskSpec", "Timer", "ordered_unique", "select_unit", "set_torch_threads", "timer",
    "trim_sigfig", "unit_to_english",
]  # fmt: skip
