"""torch.utils.cpp_extension: extensions in C++ are written against PyTorch's own library, which is not here."""

from __future__ import annotations

import os
import tempfile
from typing import Any, NoReturn

CUDA_HOME = ROCM_HOME = None


def get_default_build_root() -> str:
    """The folder in which extensions would be built."""
    return os.path.realpath(os.path.join(tempfile.gettempdir(), "torch_extensions"))


def load(name: str, *args: Any, **settings: Any) -> NoReturn:
    """Raises ``RuntimeError``: no extension can be built."""
    raise RuntimeError(f"cannot build the extension {name!r}: pullback is plain Python, and has no C++ library")


load_inline = load
