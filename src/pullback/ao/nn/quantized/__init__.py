"""Quantized modules: only those that are the ordinary ones."""

from pullback.ao.nn.quantized import modules as modules
from pullback.ao.nn.quantized.modules import MaxPool2d as MaxPool2d
