"""Names that PyTorch's tests import."""

GPU_TYPES = ["cuda", "mps", "xpu", "mtia"]
