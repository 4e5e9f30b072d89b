"""Attention: how it may be computed, causal masks, and attention with scores changed by a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from pullback.nn.functional._backends import allowed

__all__ = ["WARN_FOR_UNFUSED_KERNELS", "SDPBackend", "sdpa_kernel"]

WARN_FOR_UNFUSED_KERNELS = False
"""Accepted for PyTorch's sake."""


class SDPBackend(IntEnum):
    """Ways to compute attention. Two exist on the CPU: ``MATH``, step by step, and ``FLASH_ATTENTION``, in one."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


_BY_PRIORITY = (
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
    SDPBackend.OVERRIDEABLE,
)


def _cur_sdpa_kernel_backends(with_priority: bool = False) -> list[SDPBackend]:
    """The ways that are allowed now."""
    names = allowed.get()
    return [backend for backend in _BY_PRIORITY if names is None or backend.name in names]


@contextmanager
def sdpa_kernel(backends: SDPBackend | Iterable[SDPBackend], set_priority: bool = False) -> Iterator[None]:
    """Allow only these ways to compute `scaled_dot_product_attention` in this context.

    Raises:
        AssertionError: for anything that is no `SDPBackend`.

    >>> import pullback as torch
    >>> q = torch.ones(1, 1, 2, 2, requires_grad=True)
    >>> with sdpa_kernel(SDPBackend.MATH):
    ...     torch.nn.functional.scaled_dot_product_attention(q, q, q).grad_fn.name()
    'UnsafeViewBackward0'
    """
    given = (backends,) if isinstance(backends, SDPBackend) else backends
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise AssertionError("Backend must be an instance of SDPBackend or a list of SDPBackend instances")
    token = allowed.set(frozenset(backend.name for backend in given))
    try:
        yield
    finally:
        allowed.reset(token)
