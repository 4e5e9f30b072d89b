"""torch.utils.cpp_extension: extensions in C++ are written against PyTorch's own library, which is not here."""

from __future__ import annotations

import os
import tempfile

from pullback.absent import absent

CUDA_HOME = ROCM_HOME = None
_ABSENT = absent(
    "BuildExtension CUDAExtension CppExtension SyclExtension include_paths library_paths load load_inline",
    "pullback is plain Python, without a C++ library to build an extension on",
    RuntimeError,
)
globals().update(_ABSENT)
__all__ = [*_ABSENT, "CUDA_HOME", "ROCM_HOME", "get_default_build_root", "is_ninja_available"]


def get_default_build_root() -> str:
    """The folder in which extensions would be built."""
    return os.path.realpath(os.path.join(tempfile.gettempdir(), "torch_extensions"))


def is_ninja_available() -> bool:
    """False: nothing would use it."""
    return False
