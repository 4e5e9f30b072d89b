"""Text of tensors, under PyTorch's inner names."""

from __future__ import annotations

from typing import Any

from pullback.printing.layout import format_contents
from pullback.printing.options import (
    current as PRINT_OPTS,
    get_printoptions as get_printoptions,
    printoptions as printoptions,
    set_printoptions as set_printoptions,
)

__all__ = ["PRINT_OPTS", "get_printoptions", "printoptions", "set_printoptions"]


def _tensor_str(self: Any, indent: int) -> str:
    """The elements of a tensor, beginning at column `indent` of a line."""
    return format_contents(self.detach().numpy(), indent, PRINT_OPTS)
