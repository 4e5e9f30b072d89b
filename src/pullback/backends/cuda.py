"""torch.backends.cuda: there is none. Settings are kept and have no effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pullback.nn.functional._backends import enabled as _enabled, is_allowed
from pullback.switches import get_float32_matmul_precision, set_float32_matmul_precision


def is_built() -> bool:
    """False."""
    return False


class cuBLASModule:
    """Settings of matrix products on accelerators."""

    @property
    def allow_tf32(self) -> bool:
        """Whether `torch.set_float32_matmul_precision` allows fewer bits than "highest"."""
        return get_float32_matmul_precision() != "highest"

    @allow_tf32.setter
    def allow_tf32(self, allow: bool) -> None:
        set_float32_matmul_precision("high" if allow else "highest")

    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True
    allow_fp16_accumulation = False
    fp32_precision = "none"


class cuFFTPlanCache:
    """A cache that stays empty."""

    size = 0
    max_size = 0

    def clear(self) -> None:
        """Nothing to forget."""


matmul = cuBLASModule()
cufft_plan_cache = cuFFTPlanCache()


def flash_sdp_enabled() -> bool:
    """Whether attention may be computed in this way."""
    return is_allowed("FLASH_ATTENTION")


def enable_flash_sdp(enabled: bool) -> None:
    """Whether attention may be computed in this way, where `sdpa_kernel` says nothing."""
    _enabled["FLASH_ATTENTION"] = bool(enabled)


def mem_efficient_sdp_enabled() -> bool:
    """Whether attention may be computed in this way."""
    return is_allowed("EFFICIENT_ATTENTION")


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Whether attention may be computed in this way, where `sdpa_kernel` says nothing."""
    _enabled["EFFICIENT_ATTENTION"] = bool(enabled)


def math_sdp_enabled() -> bool:
    """Whether attention may be computed in this way."""
    return is_allowed("MATH")


def enable_math_sdp(enabled: bool) -> None:
    """Whether attention may be computed in this way, where `sdpa_kernel` says nothing."""
    _enabled["MATH"] = bool(enabled)


def cudnn_sdp_enabled() -> bool:
    """Whether attention may be computed in this way."""
    return is_allowed("CUDNN_ATTENTION")


def enable_cudnn_sdp(enabled: bool) -> None:
    """Whether attention may be computed in this way, where `sdpa_kernel` says nothing."""
    _enabled["CUDNN_ATTENTION"] = bool(enabled)


def is_flash_attention_available() -> bool:
    """False."""
    return False


def preferred_linalg_library(backend: Any = None) -> Any:
    """Accepted."""
    return backend


def preferred_blas_library(backend: Any = None) -> Any:
    """Accepted."""
    return backend


@contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[None]:
    """Set how attention may be computed."""
    before = dict(_enabled)
    _enabled.update(zip(_enabled, (enable_flash, enable_mem_efficient, enable_math, enable_cudnn)))
    try:
        yield
    finally:
        _enabled.update(before)


class SDPAParams:
    """The arguments of an attention, for the questions below."""

    def __init__(
        self, query: Any, key: Any, value: Any, attn_mask: Any, dropout: float, is_causal: bool, enable_gqa: bool
    ) -> None:
        self.query, self.key, self.value, self.attn_mask = query, key, value, attn_mask
        self.dropout, self.is_causal, self.enable_gqa = dropout, is_causal, enable_gqa


def _can_use(params: SDPAParams, debug: bool = False) -> bool:
    """False: that is a way of accelerators."""
    return False


can_use_flash_attention = can_use_efficient_attention = can_use_cudnn_attention = _can_use
