"""Classes of tensors without data. None can be made."""

from __future__ import annotations

from typing import Any

__all__ = ["DynamicOutputShapeException", "FakeTensor", "FakeTensorMode", "UnsupportedFakeTensorException", "is_fake"]


class UnsupportedFakeTensorException(RuntimeError):
    """A tensor without data cannot stand for another."""


class DynamicOutputShapeException(RuntimeError):
    """A shape depends on data."""


class FakeTensor:
    """Raises ``NotImplementedError`` when made, as `FakeTensorMode` does."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__}: pullback has tensors with data only")


class FakeTensorMode(FakeTensor):
    """Raises ``NotImplementedError`` when made."""


def is_fake(x: object) -> bool:
    """False: no tensor is without data."""
    return False


def _is_tensor_constructor(func: Any) -> bool:
    """Whether an operator makes tensors of none."""
    making = "empty zeros ones full eye arange linspace logspace rand randn randint randperm scalar_tensor".split()
    return func.__name__.partition(".")[0] in making
