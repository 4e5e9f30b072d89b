"""Max pooling by a fraction: windows begin at random steps that add up to the input's length (Graham, 2014)."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.maxima import max_starting, spread_places
from pullback.arrays.windows import Ints
from pullback.graph.operator import general
from pullback.ops.neural.pooling_arguments import check_input, check_kind, int_tuple
from pullback.ops.random.creation import rand
from pullback.ops.typing import V


def _spread(grad: V, results: Any, kernel: Ints, input_shape: Ints) -> V:
    return spread_places(grad, results[1], input_shape[len(input_shape) - len(kernel) :])


@general(node="FractionalMaxPool2DBackward0", outputs=2, input=_spread, uses=(1,))
def _fractional_max_pool2d(input: V, starts: Any, kernel: Ints) -> V:
    return max_starting(input, starts, kernel)


@general(node="FractionalMaxPool3DBackward0", outputs=2, input=_spread, uses=(1,))
def _fractional_max_pool3d(input: V, starts: Any, kernel: Ints) -> V:
    return max_starting(input, starts, kernel)


def _starts(size: int, count: int, kernel: int, sample: np.ndarray) -> np.ndarray:
    """Where the windows begin along one axis, given a random number between 0 and 1 for each plane."""
    last = np.full((*sample.shape, 1), size - kernel)
    if count == 1:
        return last
    dtype = sample.dtype.type
    step = dtype(size - kernel) / dtype(count - 1)
    number = np.arange(count - 1, dtype=sample.dtype)
    begins = ((number + sample[..., None]) * step).astype(np.int64) - (sample[..., None] * step).astype(np.int64)
    return np.concatenate([begins, last], -1)


def _pool(rank: int, input: Any, kernel: Any, output_size: Any, output_ratio: Any, samples: Any) -> Any:
    name = f"fractional_max_pool{rank}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    array = input._array
    check_input(array.shape, rank)
    check_kind(name, array, "fV")
    size = int_tuple(name, "kernel_size", kernel, rank)
    lengths = array.shape[-rank:]
    if output_size is None:
        if rank == 2 and not isinstance(output_ratio, (tuple, list)):
            raise TypeError(f"object of type '{type(output_ratio).__name__}' has no len()")
        ratio = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * rank
        counts = tuple([int(n * r) for n, r in zip(lengths, ratio)])
    else:
        counts = int_tuple(name, "output_size", output_size, rank)
    if samples is None:
        batch = 1 if array.ndim == rank + 1 else array.shape[0]
        samples = rand(batch, array.shape[-rank - 1], rank, dtype=input.dtype)
    for word, n, count, k in zip(("time", "height", "width")[-rank:], lengths, counts, size):
        if count + k - (rank == 2) > n:  # PyTorch wants one place more for volumes
            out = "_out" if rank == 3 else ""
            raise RuntimeError(f"{name}{out}(): pool {word} {k} too large relative to input {word} {n}")
    if samples.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {samples.ndim}")
    used = samples._array if array.ndim == rank + 2 else samples._array[0]
    drawn = used[: array.shape[0], ..., :].reshape(*array.shape[:-rank], rank)
    order = range(rank) if rank == 3 else range(rank - 1, -1, -1)  # PyTorch draws for width before height
    starts = tuple([_starts(n, count, k, drawn[..., i]) for n, count, k, i in zip(lengths, counts, size, order)])
    return (_fractional_max_pool3d if rank == 3 else _fractional_max_pool2d)(input, starts, size)


def fractional_max_pool2d_with_indices(
    input: V,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: V | None = None,
) -> Any:
    """`fractional_max_pool2d` and the position of each largest element in its flattened plane."""
    return _pool(2, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool3d_with_indices(
    input: V,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: V | None = None,
) -> Any:
    """`fractional_max_pool3d` and the position of each largest element in its flattened volume."""
    return _pool(3, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool2d(
    input: V,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: V | None = None,
) -> Any:
    """The largest element of windows that begin at random steps, in ``(N, C, H, W)`` or ``(C, H, W)``.

    Args:
        kernel_size: size of a window.
        output_size: how many windows along each axis; or
        output_ratio: their number as a part of the input's lengths.
        return_indices: return a pair of the values and their positions instead.

    Raises ``ValueError`` if neither is given, ``RuntimeError`` for sizes that do not fit.
    """
    values, indices = _pool(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return (values, indices) if return_indices else values


def fractional_max_pool3d(
    input: V,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: V | None = None,
) -> Any:
    """The same over the last three axes of ``(N, C, D, H, W)`` or ``(C, D, H, W)``; see `fractional_max_pool2d`."""
    values, indices = _pool(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return (values, indices) if return_indices else values
