"""The modules that work on quantized and ordinary tensors alike."""

from pullback.nn.modules import MaxPool2d

__all__ = ["MaxPool2d"]
