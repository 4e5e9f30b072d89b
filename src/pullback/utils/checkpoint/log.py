"""Which operators ran, and where they were called: what ``debug=True`` shows when two runs differ."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pullback.graph.observers import observing


class Log:
    """The operators of both runs of a checkpointed function, newest run of each kind only."""

    def __init__(self) -> None:
        self.runs: dict[str, list[str]] = {}

    @staticmethod
    @contextmanager
    def recording(log: Log | None, kind: str) -> Iterator[None]:
        """Note the operators that run inside the block as those of the run called `kind`; nothing without a log."""
        if log is None:
            yield
            return
        lines = log.runs[kind] = []

        def note(operator: Any, values: tuple[Any, ...], call: Callable[[], Any]) -> Any:
            result = call()
            lines.append(f"{operator.name}({', '.join(map(_short, values))}) -> {_short(result)}   at {_caller()}")
            return result

        with observing(note):
            yield

    def text(self) -> str:
        """Both runs, an operator a line."""
        return "\n\n".join(
            f"Operators that ran in the {kind}:\n"
            + "\n".join(f"  ({n} of {len(lines)}) {line}" for n, line in enumerate(lines, 1))
            for kind, lines in self.runs.items()
        )


def _short(value: Any) -> str:
    if hasattr(value, "_array"):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(_short, value)) + ")"
    return repr(value)


def _caller() -> str:
    """The line outside the package that runs."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("pullback."):
        frame = frame.f_back  # type: ignore[assignment]
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
