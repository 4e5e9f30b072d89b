"""torch.distributed.rpc: calls into other processes, which are not here; each name raises when used."""

from pullback.absent import absent

_ABSENT = absent(
    "TensorPipeRpcBackendOptions get_worker_info init_rpc remote rpc_async rpc_sync shutdown",
    "pullback computes in one process",
    RuntimeError,
)
globals().update(_ABSENT)
__all__ = [*_ABSENT, "is_available"]


def is_available() -> bool:
    """False."""
    return False
