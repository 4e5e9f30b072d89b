"""Affine and bilinear layers."""

from pullback.ops.matrix.linear import bilinear as bilinear, linear as linear

__all__ = ["bilinear", "linear"]
