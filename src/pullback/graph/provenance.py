"""Which forward line made a node: a code object and an instruction offset, turned into text only when asked."""

from __future__ import annotations

import linecache
from types import CodeType
from typing import Any


def line_of(code: CodeType, offset: int) -> tuple[str, int]:
    """File name and line number of an instruction."""
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return code.co_filename, line
    return code.co_filename, code.co_firstlineno


def forward_line(node: Any) -> str:
    """Where the forward call of `node` stands, as text, or an empty string if that is not known.

    Reads like ``train.py:12: loss = model(x).sum()``.
    """
    code = getattr(node, "_code", None)
    if code is None:
        return ""
    filename, line = line_of(code, node._offset)
    source = linecache.getline(filename, line).strip()
    return f"{filename}:{line}" + (f": {source}" if source else "")
