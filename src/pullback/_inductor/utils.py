"""Names that PyTorch's tests import."""

GPU_TYPES = ["cuda", "mps", "xpu", "mtia"]


def get_gpu_type() -> str:
    """What a test for accelerators is to name: there is none."""
    return "cuda"


def is_gpu(device: str | None) -> bool:
    """Whether a device's name is that of an accelerator."""
    return device in GPU_TYPES
