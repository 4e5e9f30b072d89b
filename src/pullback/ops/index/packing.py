"""Padded sequences packed time by time; `pullback.nn.utils.rnn` is their public face."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.scatter import pick, spread
from pullback.graph.operator import linear
from pullback.ops.typing import V


@linear(
    node="PackPaddedSequenceBackward0",
    input=lambda grad, places, input_shape: spread(grad, places, (0, 1), input_shape),
)
def _packed(input: V, places: Any) -> V:
    return pick(input, places, (0, 1))


def packed(input: V, counts: list[int]) -> V:
    """Of ``(T, N, *)`` the first ``counts[t]`` rows at every time t, one after the other."""
    times = np.repeat(np.arange(len(counts)), counts)
    rows = np.concatenate([np.arange(count) for count in counts])
    return _packed(input, (times, rows))
