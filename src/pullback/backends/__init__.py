"""torch.backends: which libraries compute. Here NumPy does, on the CPU; settings of others are kept and have no effect."""

from collections.abc import Iterator
from contextlib import contextmanager

from pullback.backends import (
    cpu as cpu,
    cuda as cuda,
    cudnn as cudnn,
    cusparselt as cusparselt,
    mha as mha,
    mkl as mkl,
    mkldnn as mkldnn,
    mps as mps,
    nnpack as nnpack,
    openmp as openmp,
    opt_einsum as opt_einsum,
    python_native as python_native,
    quantized as quantized,
    xnnpack as xnnpack,
)

__all__ = [
    "cpu", "cuda", "cudnn", "cusparselt", "mha", "mkl", "mkldnn", "mps", "nnpack", "openmp", "opt_einsum", "quantized",
    "python_native", "xnnpack",
]  # fmt: skip


_frozen = [False]


def disable_global_flags() -> None:
    """Noted for `flags_frozen`: settings have no effect."""
    _frozen[0] = True


def flags_frozen() -> bool:
    """Whether `disable_global_flags` was called."""
    return _frozen[0]


@contextmanager
def __allow_nonbracketed_mutation() -> Iterator[None]:
    """`flags_frozen` says no inside."""
    before, _frozen[0] = _frozen[0], False
    try:
        yield
    finally:
        _frozen[0] = before
