"""Distances and likenesses of vectors."""

from pullback.ops.neural.distance import pairwise_distance as pairwise_distance

__all__ = ["pairwise_distance"]
