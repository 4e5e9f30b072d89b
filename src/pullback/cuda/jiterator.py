"""torch.cuda.jiterator: elementwise operators from C++ text, compiled for a device that is not here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.cuda import init


def _create_jit_fn(code_string: str, **kwargs: Any) -> Callable[..., Any]:
    """A function that raises PyTorch's error for a build without CUDA."""

    def function(*tensors: Any, **settings: Any) -> Any:
        init()

    function.__name__ = code_string.partition("(")[0].split()[-1]
    return function


def _create_multi_output_jit_fn(code_string: str, num_outputs: int, **kwargs: Any) -> Callable[..., Any]:
    """A function that raises PyTorch's error for a build without CUDA."""
    return _create_jit_fn(code_string, **kwargs)
