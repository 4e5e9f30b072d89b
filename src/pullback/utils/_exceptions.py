"""Exceptions on their way between threads or processes."""

from __future__ import annotations

import sys
import traceback
from typing import Any


class ExceptionWrapper:
    """An exception with the text of its traceback, by default the one that is handled now."""

    def __init__(self, exc_info: Any = None, where: str = "in background") -> None:
        exc_info = sys.exc_info() if exc_info is None else exc_info
        self.exc_type = exc_info[0] or Exception
        self.exc_msg = "".join(traceback.format_exception(*exc_info))
        self.where = where

    def reraise(self) -> None:
        """Raise the exception again; one that cannot be made of a message as ``RuntimeError``."""
        message = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            raise KeyError(KeyErrorMessage(message))
        if getattr(self.exc_type, "message", None):
            raise self.exc_type(message=message)  # type: ignore[call-arg]
        try:
            error = self.exc_type(message)
        except Exception:
            raise RuntimeError(message) from None
        raise error


class KeyErrorMessage(str):
    """A message that keeps its line breaks where a ``KeyError`` shows it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
