"""Affine and bilinear layers, and products of groups."""

from pullback.ops.matrix.grouped import grouped_mm as grouped_mm
from pullback.ops.matrix.linear import bilinear as bilinear, linear as linear

__all__ = ["bilinear", "grouped_mm", "linear"]
