"""Weights that get a gradient for each example of a batch."""

from pullback.nn.utils._expanded_weights.expanded_weights_impl import ExpandedWeight

__all__ = ["ExpandedWeight"]
