"""Which computations of attention are allowed in this context."""

from __future__ import annotations

from contextvars import ContextVar

allowed: ContextVar[frozenset[str] | None] = ContextVar("allowed_attention", default=None)
"""Names of `SDPBackend` members; ``None`` allows all."""


def one_operator_allowed() -> bool:
    """Whether attention may be computed in one operator, PyTorch's flash attention of the CPU.

    Raises ``RuntimeError`` where neither that nor the computation step by step is allowed.
    """
    names = allowed.get()
    if names is None or "FLASH_ATTENTION" in names:
        return True
    if "MATH" in names:
        return False
    raise RuntimeError(
        "No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both the math "
        "kernel and the fused kernels."
    )
