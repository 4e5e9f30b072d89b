"""NumPy's matrix products on tensors, and our words for convolutions and windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import correlation, windows
from pullback.ops.matrix.matmul import matmul
from pullback.ops.neural import convolution

UFUNCS: dict[Any, Any] = {np.matmul: matmul}

FUNCTIONS: dict[Any, Any] = {
    correlation.correlate: convolution.plain,
    correlation.correlate_input: convolution.input_gradient,
    correlation.correlate_weight: convolution.weight_gradient,
    windows.pad: convolution.pad_with_zeros,
}
