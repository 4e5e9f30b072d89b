"""Casts, zeros and copies by NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes, vocabulary
from pullback.graph.tensor_base import wrap
from pullback.ops.creation.casts import convert
from pullback.ops.creation.complexes import complex


def _cast(array: Any, dtype: Any) -> Any:
    return convert(array, dtype if isinstance(dtype, dtypes.dtype) else dtypes.from_numpy(np.dtype(dtype)))


def _zeros_like(array: Any, shape: Any = None, dtype: Any = None) -> Any:
    kind = array._array.dtype if dtype is None else dtype
    return wrap(np.zeros(array._array.shape if shape is None else shape, kind))


def _ones_like(array: Any, dtype: Any = None, shape: Any = None) -> Any:
    return wrap(np.ones(array._array.shape if shape is None else shape, array._array.dtype if dtype is None else dtype))


FUNCTIONS = {
    vocabulary.join: complex,
    vocabulary.cast: _cast,
    vocabulary.zeros_like: _zeros_like,
    np.zeros_like: lambda a, dtype=None, shape=None: _zeros_like(a, shape, dtype),
    np.ones_like: _ones_like,
    np.copy: lambda a: a.clone(),
    np.shape: lambda a: tuple(a._array.shape),
    np.ndim: lambda a: a._array.ndim,
    np.size: lambda a: a._array.size,
}
