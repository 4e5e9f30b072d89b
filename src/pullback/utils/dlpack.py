"""torch.utils.dlpack: tensors handed to other libraries and taken from them, in the same memory."""

from typing import Any

from pullback.ops.creation.shared import from_dlpack as from_dlpack
from pullback.tensor import Tensor

__all__ = ["from_dlpack", "to_dlpack"]


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule of the tensor's memory, to be taken once."""
    return tensor.__dlpack__()
