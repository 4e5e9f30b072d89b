"""NumPy by hand: the lower bound, as nothing is recorded and nothing derived."""

from __future__ import annotations

from . import numpy_large, numpy_small, of

WORKLOADS = {**of(numpy_small), **of(numpy_large)}
