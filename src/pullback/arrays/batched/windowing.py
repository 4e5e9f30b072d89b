"""Windows over the last axes: pooling and resampling take the batch as a leading axis, convolution folds it away.

A convolution has axes for samples and for channels. Examples that share the weight are more samples; examples that
share the input are more output channels; where both differ, every example is a group of channels of its own. ::

    x (B, N, C), w shared       →   x (B N, C)
    x shared, w (B, O, C)       →   w (B O, C)
    x (B, N, C), w (B, O, C)    →   x (N, B C), w (B O, C), B times as many groups
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pullback.arrays import maxima, resampling, windows
from pullback.arrays.batched.array import BatchedArray, payload_at
from pullback.arrays.batched.rules import alone, together
from pullback.arrays.correlation import Geometry, correlate, correlate_input, correlate_weight


def _samples(array: Any) -> Any:
    """The examples as more samples: ``(B, N, *) -> (B N, *)``."""
    shape = array.shape
    return np.reshape(array, (shape[0] * shape[1], *shape[2:]))


def _apart(array: Any, size: int) -> Any:
    """``(B N, *) -> (B, N, *)``."""
    return np.reshape(array, (size, array.shape[0] // size, *array.shape[1:]))


def _as_channels(array: Any, groups: int = 1) -> Any:
    """The examples as more channels of each group: ``(B, N, g c, *) -> (N, g B c, *)``."""
    size, n, channels, *rest = array.shape
    split = np.reshape(array, (size, n, groups, channels // groups, *rest))
    return np.reshape(np.moveaxis(split, 0, 2), (n, size * channels, *rest))


def _from_channels(array: Any, size: int, groups: int = 1) -> Any:
    """``(N, g B c, *) -> (B, N, g c, *)``."""
    n, channels, *rest = array.shape
    split = np.reshape(array, (n, groups, size, channels // (groups * size), *rest))
    return np.reshape(np.moveaxis(split, 2, 0), (size, n, channels // size, *rest))


def _as_outputs(w: Any, groups: int) -> Any:
    """Kernels of all examples as more outputs of each group: ``(B, g o, *) -> (g B o, *)``."""
    return _as_channels(w[:, None], groups)[0]


def _from_outputs(w: Any, size: int, groups: int) -> Any:
    """``(g B o, *) -> (B, g o, *)``."""
    return _from_channels(w[None], size, groups)[:, 0]


def _in_groups(geometry: Geometry, size: int) -> Geometry:
    return replace(geometry, groups=geometry.groups * size)


def _correlate(level: int, x: Any, w: Any, counts: Any, geometry: Geometry) -> Any:
    inputs, kernels = payload_at(x, level), payload_at(w, level)
    if kernels is None:
        found = _apart(correlate(_samples(inputs), w, counts, geometry), inputs.shape[0])
    elif inputs is None:
        size = kernels.shape[0]
        found = correlate(x, _as_outputs(kernels, geometry.groups), counts, geometry)
        found = _from_channels(found, size, geometry.groups)
    else:
        size = kernels.shape[0]
        found = correlate(_as_channels(inputs), _samples(kernels), counts, _in_groups(geometry, size))
        found = _from_channels(found, size)
    return BatchedArray(found, level)


def _correlate_input(level: int, y: Any, w: Any, sizes: Any, geometry: Geometry) -> Any:
    outputs, kernels = payload_at(y, level), payload_at(w, level)
    if kernels is None:
        found = _apart(correlate_input(_samples(outputs), w, sizes, geometry), outputs.shape[0])
    elif outputs is None:
        size = kernels.shape[0]
        found = correlate_input(y, _as_channels(kernels), sizes, geometry)
        found = _from_channels(found, size, geometry.groups)
    else:
        size = kernels.shape[0]
        found = correlate_input(_as_channels(outputs), _samples(kernels), sizes, _in_groups(geometry, size))
        found = _from_channels(found, size)
    return BatchedArray(found, level)


def _correlate_weight(level: int, y: Any, x: Any, kernel: Any, geometry: Geometry) -> Any:
    outputs, inputs = payload_at(y, level), payload_at(x, level)
    if inputs is None:
        found = correlate_weight(_as_channels(outputs, geometry.groups), x, kernel, geometry)
        found = _from_outputs(found, outputs.shape[0], geometry.groups)
    elif outputs is None:
        size = inputs.shape[0]
        found = correlate_weight(y, _as_channels(inputs, geometry.groups), kernel, geometry)
        found = _from_channels(found, size)
    else:
        size = inputs.shape[0]
        found = correlate_weight(_as_channels(outputs), _as_channels(inputs), kernel, _in_groups(geometry, size))
        found = _apart(found, size)
    return BatchedArray(found, level)


RULES: dict[Any, Any] = {
    correlate: _correlate,
    correlate_input: _correlate_input,
    correlate_weight: _correlate_weight,
    windows.pad: alone(windows.pad),
    windows.sum_windows: alone(windows.sum_windows),
    windows.spread_windows: alone(windows.spread_windows),
    resampling.resample: alone(resampling.resample),
    maxima.max_windows: alone(maxima.max_windows),
    maxima.max_segments: alone(maxima.max_segments),
    maxima.pick_places: together(maxima.pick_places, 2),
    maxima.spread_places: together(maxima.spread_places, 2),
    maxima.put_places: together(maxima.put_places, 2),
}
