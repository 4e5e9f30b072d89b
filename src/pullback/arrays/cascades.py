"""Sums in half precision in the order of PyTorch's kernels of losses, which round after every addition.

There are eight accumulators. A term is added to the first; after each sixteenth term what the first holds moves to the
second, after each sixteenth of these to the third, and so on. So no accumulator takes many terms, and little is lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_LEVELS = 8


def _rolling(terms: Any) -> Any:
    """The sum along the last axis, rounded at each step; 0 of nothing."""
    if not terms.shape[-1]:
        return np.zeros(terms.shape[:-1], terms.dtype)
    return np.add.accumulate(terms, axis=-1, dtype=terms.dtype)[..., -1]


def cascade_sum(terms: np.ndarray) -> Any:
    """The sum of a 1-d array in its own dtype.

    >>> float(cascade_sum(np.array([2048, 1, -2048], np.float16))), float(cascade_sum(np.ones(4096, np.float16)))
    (1.0, 4096.0)
    """
    step = 1 << max(4, (len(terms) - 1).bit_length() // _LEVELS)
    total = np.zeros((), terms.dtype)
    for _ in range(_LEVELS - 1):
        count = max(len(terms) - 1, 0) // step  # the first term moves on by itself
        end = 1 + count * step
        total = total + _rolling(terms[end:])
        terms = np.concatenate([terms[:1], _rolling(terms[1:end].reshape(count, step))])
    return total + _rolling(terms)
