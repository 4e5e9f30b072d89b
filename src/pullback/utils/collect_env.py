"""torch.utils.collect_env: what this process runs on."""

from __future__ import annotations

import platform
import sys

import numpy as np

from pullback.torch_version import __version__


def get_pretty_env_info() -> str:
    """The versions of Python, NumPy and the interface, and the machine, as lines of text."""
    return (
        f"PyTorch version: {__version__}\nIs CUDA available: False\nOS: {platform.platform()}\n"
        f"Python version: {sys.version}\nnumpy: {np.__version__}"
    )


def main() -> None:
    """Print it."""
    print("Collecting environment information...")
    print(get_pretty_env_info())


if __name__ == "__main__":
    main()
