"""torch.utils.dlpack: tensors handed to other libraries and taken from them, in the same memory."""

from enum import IntEnum
from typing import Any

from pullback.ops.creation.shared import from_dlpack as from_dlpack
from pullback.tensor import Tensor

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]


class DLDeviceType(IntEnum):
    """The numbers by which DLPack tells devices apart; tensors here answer 1, the CPU."""

    kDLCPU = 1
    kDLCUDA = 2
    kDLCUDAHost = 3
    kDLOpenCL = 4
    kDLVulkan = 7
    kDLMetal = 8
    kDLVPI = 9
    kDLROCM = 10
    kDLROCMHost = 11
    kDLExtDev = 12
    kDLCUDAManaged = 13
    kDLOneAPI = 14
    kDLWebGPU = 15
    kDLHexagon = 16
    kDLMAIA = 17


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule of the tensor's memory, to be taken once."""
    return tensor.__dlpack__()
