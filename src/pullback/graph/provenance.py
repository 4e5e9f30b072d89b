"""Which forward line made a node: a code object and an instruction offset, turned into text only when asked."""

from __future__ import annotations

import linecache
import os
from types import CodeType, FrameType
from typing import Any

_OURS = (os.path.dirname(os.path.dirname(__file__)) + os.sep, "<operator ", "<asks first>")
"""How the names of this package's files begin, and of the functions it writes."""
_PASSES = tuple(
    os.path.join(os.path.dirname(__file__), name) for name in ("engine.py", "walk.py", "mending.py", "flat.py")
)
"""Where backward passes compute: nodes of a derivative stand there, not at the line that asked for it."""


class _Inside(dict[str, bool]):
    """Whether a file is one of ours, and none where a pass computes: asked by every operator that makes a node."""

    def __missing__(self, filename: str) -> bool:
        found = self[filename] = filename.startswith(_OURS) and not filename.startswith(_PASSES)
        return found


INSIDE = _Inside()


def caller_of(frame: FrameType) -> FrameType:
    """The first frame outside of this package, from `frame` outwards; a backward pass that records is its own caller."""
    while INSIDE[frame.f_code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
    return frame


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
