"""torch.__config__: what the package is built on."""

from __future__ import annotations

import numpy as np

from pullback import version


def show() -> str:
    """A readable text: versions of this package, of NumPy and of its linear algebra."""
    lapack = np.show_config(mode="dicts")["Build Dependencies"]["lapack"]  # type: ignore[index,call-overload]
    return (
        "PyTorch built with:\n"
        f"  - pullback {version.pullback}, plain Python on NumPy\n"
        f"  - NumPy {np.__version__}\n"
        f"  - LAPACK {lapack.get('name', 'unknown')} {lapack.get('version', '')}\n"
        "  - USE_CUDA=0\n"
    )


def parallel_info() -> str:
    """A readable text: how many threads operators use."""
    from pullback.facts import get_num_interop_threads, get_num_threads

    return (
        "ATen/Parallel:\n"
        f"\tat::get_num_threads() : {get_num_threads()}\n"
        f"\tat::get_num_interop_threads() : {get_num_interop_threads()}\n"
    )
