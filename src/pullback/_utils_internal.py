"""Where PyTorch's own tests put their files."""

from __future__ import annotations

import os
import tempfile


def get_writable_path(path: str) -> str:
    """`path` if files can be written there, or else a new temporary folder."""
    return path if os.access(path, os.W_OK) else tempfile.mkdtemp(suffix=os.path.basename(path))
