"""Backends that count what they are given to compile; here nothing ever is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["CompileCounter", "CompileCounterWithBackend"]


class CompileCounter:
    """A backend that counts graphs (`frame_count`) and their operators (`op_count`)."""

    def __init__(self) -> None:
        self.clear()

    def __call__(self, gm: Any, example_inputs: list[Any]) -> Callable[..., Any]:
        self.frame_count += 1
        self.op_count += sum("call" in node.op for node in gm.graph.nodes)
        return gm.forward  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Count from zero."""
        self.frame_count = self.op_count = 0


class CompileCounterWithBackend(CompileCounter):
    """One that is named after another backend and keeps the graphs."""

    def __init__(self, backend: str) -> None:
        super().__init__()
        self.backend, self.graphs = backend, []  # type: ignore[var-annotated]

    def __call__(self, gm: Any, example_inputs: list[Any]) -> Callable[..., Any]:
        self.graphs.append(gm)
        return super().__call__(gm, example_inputs)
