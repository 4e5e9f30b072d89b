"""Modules of quantized training; there are none here."""

from pullback.ao.nn.quantizable import modules as modules
