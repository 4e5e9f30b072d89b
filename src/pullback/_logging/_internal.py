"""The registry of PyTorch's logs: empty."""

from __future__ import annotations


class LogRegistry:
    """The logs that there are: none."""

    def get_log_qnames(self) -> set[str]:
        """No names."""
        return set()


log_registry = LogRegistry()
