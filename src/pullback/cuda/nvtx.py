"""torch.cuda.nvtx: marks for NVIDIA's profiler, which has nothing to show here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


def _refuse() -> NoReturn:
    raise RuntimeError("NVTX functions not installed. Are you sure you have a CUDA build?")


def range_push(msg: str) -> int:
    """Raises ``RuntimeError``: there is no device."""
    _refuse()


def range_pop() -> int:
    """Raises ``RuntimeError``: there is no device."""
    _refuse()


def mark(msg: str) -> None:
    """Raises ``RuntimeError``: there is no device."""
    _refuse()


@contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """Raises ``RuntimeError``: there is no device."""
    range_push(msg)
    yield
