"""What one entry's run leaves behind: counts for each check and the first reason of a failure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Count:
    """The samples of one check of one entry.

    `agree` of `samples` agree. A sample that PyTorch itself refuses, or that cannot be rebuilt, is in
    neither; `skipped` says why. `messages` counts error messages that begin like PyTorch's.
    """

    samples: int = 0
    agree: int = 0
    messages: int = 0
    reason: str = ""
    skipped: str = ""

    def add(self, position: int, reason: str | None) -> None:
        self.samples += 1
        if reason is None:
            self.agree += 1
        elif not self.reason:
            self.reason = f"sample {position}: {reason}"

    def skip(self, reason: str) -> None:
        self.skipped = self.skipped or reason

    @property
    def state(self) -> str:
        """``pass``, ``fail``, ``skip`` (nothing could be sampled) or ``none`` (the check does not apply)."""
        if self.samples:
            return "pass" if self.agree == self.samples else "fail"
        return "skip" if self.skipped else "none"


@dataclass
class Record:
    """One entry's counts by check; `not_sampled` is the reason why there are none."""

    entry: str
    dtype: str = ""
    not_sampled: str = ""
    seconds: float = 0.0
    checks: dict[str, Count] = field(default_factory=dict)

    @property
    def state(self) -> str:
        states = {count.state for count in self.checks.values()}
        return next((state for state in ("fail", "pass") if state in states), "skip")

    @property
    def why_not(self) -> str:
        """Why nothing was sampled."""
        reasons = (count.skipped for count in self.checks.values() if count.skipped)
        return self.not_sampled or next(reasons, "no samples")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Record:
        checks = {name: Count(**count) for name, count in data["checks"].items()}
        return cls(**{**data, "checks": checks})


def failed(entry: str, checks: tuple[str, ...], reason: str) -> Record:
    """The record of an entry whose run as a whole came to nothing: one failing sample in every check."""
    return Record(entry, checks={name: Count(samples=1, reason=reason) for name in checks})
