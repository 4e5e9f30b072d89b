"""Borders, patches and the shuffling of channels and pixels."""

from pullback.ops.shape.padding import pad as pad
from pullback.ops.shape.patches import fold as fold, unfold as unfold
from pullback.ops.shape.pixels import (
    channel_shuffle as channel_shuffle,
    pixel_shuffle as pixel_shuffle,
    pixel_unshuffle as pixel_unshuffle,
)

native_channel_shuffle = channel_shuffle
