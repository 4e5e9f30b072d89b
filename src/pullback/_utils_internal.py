"""Where PyTorch's own tests put their files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def get_writable_path(path: str) -> str:
    """`path` if files can be written there, or else a new temporary folder."""
    return path if os.access(path, os.W_OK) else tempfile.mkdtemp(suffix=os.path.basename(path))


def get_file_path(*path_components: str) -> str:
    """A path beside this package: PyTorch's own tests look for their files from there."""
    return str(Path(__file__).parents[1].joinpath(*path_components))


def get_file_path_2(*path_components: str) -> str:
    """The path made of the parts."""
    return os.path.join(*path_components)
