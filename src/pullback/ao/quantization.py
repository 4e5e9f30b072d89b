"""torch.ao.quantization: there are no quantized tensors here. Stubs are what they are in a float model, the identity;
what would quantize raises ``NotImplementedError``."""

from __future__ import annotations

from typing import Any

from pullback.absent import absent
from pullback.nn import Identity, Module

_ABSENT = absent(
    "FakeQuantize HistogramObserver MinMaxObserver MovingAverageMinMaxObserver PerChannelMinMaxObserver QConfig "
    "QConfigMapping convert fuse_modules fuse_modules_qat get_default_qat_qconfig get_default_qat_qconfig_mapping "
    "get_default_qconfig get_default_qconfig_mapping prepare prepare_qat propagate_qconfig_ quantize quantize_dynamic "
    "quantize_qat swap_module",
    "pullback has no quantized tensors; keep the model in float, or in bfloat16",
)
globals().update(_ABSENT)
__all__ = [*_ABSENT, "DeQuantStub", "QuantStub", "QuantWrapper"]


class QuantStub(Identity):
    """Marks where a model's input would be quantized: the identity."""

    def __init__(self, qconfig: Any = None) -> None:
        super().__init__()
        if qconfig:
            self.qconfig = qconfig


class DeQuantStub(QuantStub):
    """Marks where a model's output would be made float again: the identity."""


class QuantWrapper(Module):
    """A module between the two stubs."""

    def __init__(self, module: Module) -> None:
        super().__init__()
        self.quant, self.dequant, self.module = QuantStub(), DeQuantStub(), module

    def forward(self, X: Any) -> Any:
        return self.dequant(self.module(self.quant(X)))
