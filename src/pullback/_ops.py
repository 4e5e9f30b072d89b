"""Classes of what stands in ``torch.ops``."""

from pullback.ops.overloads import Overload as OpOverload, Packet as OpOverloadPacket

__all__ = ["OpOverload", "OpOverloadPacket"]
