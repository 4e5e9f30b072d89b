"""Modules of quantized training; there are none here."""

from pullback.ao.nn.qat import modules as modules
