"""Distances between vectors."""

from pullback.ops.neural.distance import pairwise_distance as pairwise_distance
from pullback.ops.neural.pairs import pdist as pdist

__all__ = ["pairwise_distance", "pdist"]
