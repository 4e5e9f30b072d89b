"""Which computations of attention are allowed in this context."""

from __future__ import annotations

from contextvars import ContextVar

allowed: ContextVar[frozenset[str] | None] = ContextVar("allowed_attention", default=None)
"""Names of `SDPBackend` members; ``None`` allows all."""

enabled = {"FLASH_ATTENTION": True, "EFFICIENT_ATTENTION": True, "MATH": True, "CUDNN_ATTENTION": True}
"""What ``torch.backends.cuda`` was told, which holds where no context says otherwise."""


def is_allowed(name: str) -> bool:
    """Whether attention may be computed in this way."""
    names = allowed.get()
    return enabled[name] if names is None else name in names


def one_operator_allowed() -> bool:
    """Whether attention may be computed in one operator, PyTorch's flash attention of the CPU.

    Raises ``RuntimeError`` where neither that nor the computation step by step is allowed.
    """
    if is_allowed("FLASH_ATTENTION"):
        return True
    if is_allowed("MATH"):
        return False
    raise RuntimeError(
        "No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both the math "
        "kernel and the fused kernels."
    )
