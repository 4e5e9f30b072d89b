"""Pooling to a chosen size: windows that cover each axis as evenly as they can."""

from __future__ import annotations

from typing import Any

from pullback.arrays.maxima import max_segments, spread_places
from pullback.arrays.resampling import Taps, averages, even_windows, resample
from pullback.arrays.windows import Ints
from pullback.graph.operator import general, linear
from pullback.ops.formats import like
from pullback.ops.matrix.checks import spoken
from pullback.ops.neural.pooling_arguments import check_kind
from pullback.ops.reduction.sums import mean
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def _pull_back(grad: V, tables: tuple[Taps, ...]) -> V:
    return resample(grad, tuple([table.transposed() for table in tables]))


@linear(node="AdaptiveAvgPool2DBackward0", input=_pull_back)
def _adaptive_avg_pool2d(input: V, tables: tuple[Taps, ...]) -> V:
    return resample(input, tables)


@linear(node="AdaptiveAvgPool3DBackward0", input=_pull_back)
def _adaptive_avg_pool3d(input: V, tables: tuple[Taps, ...]) -> V:
    return resample(input, tables)


def _sizes(name: str, size: Any, shape: Ints, rank: int) -> Ints:
    """The wanted sizes; `None` keeps the input's."""
    if isinstance(size, (tuple, list)):
        if rank == 1 and len(size) != 1:
            raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(size)})")
        if rank > 1 and len(shape) <= len(size):
            raise ValueError(f"Input dimension should be at least {len(size) + 1}")
        if len(size) != rank:
            how = "(): internal error: output_size.size()" if "max" in name else ": output_size"
            raise RuntimeError(f"{name}{how} must be {rank}")
        if rank == 1 and size[0] is None:
            raise TypeError(
                f"{name}(): argument 'output_size' (position 2) must be tuple of ints, but found element of type NoneType "
                "at pos 0"
            )
        wanted = list(size)
    else:
        wanted = [size] * rank
    return tuple([old if new is None else int(new) for old, new in zip(shape[len(shape) - rank :], wanted)])


def _check(name: str, shape: Ints, rank: int, sizes: Ints, error: str) -> None:
    if len(shape) not in (rank + 1, rank + 2):
        got = f"{':' * ('max' in name)} {list(shape)}"
        raise RuntimeError(f"{name}(): Expected {rank + 1}D or {rank + 2}D tensor, but got{got}")
    for axis in range(len(shape) - rank if name == "adaptive_avg_pool2d" else 1, len(shape)):
        if shape[axis] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(shape)} with dimension {axis} being empty"
            )
    if min(sizes) < 0:
        raise RuntimeError(error.format(name=name, sizes=", ".join(map(str, sizes))))


def _average(name: str, rank: int, input: Any, size: Any) -> Any:
    shape = input._array.shape
    sizes = _sizes(name, size, shape, rank)
    if sizes == (1,) * rank and 0 not in shape:  # PyTorch takes the mean of any tensor then
        return mean(input, tuple(range(-1, -rank - 1, -1)), True)
    _check(
        name,
        shape,
        rank,
        sizes,
        "{name}: elements of output_size must be greater than or equal to 0 but received {{{sizes}}}",
    )
    if sizes == (1,) * rank:
        return mean(input, tuple(range(-1, -rank - 1, -1)), True)
    check_kind(name, input._array, "fV")
    tables = tuple([averages(old, new) for old, new in zip(shape[len(shape) - rank :], sizes)])
    return like((_adaptive_avg_pool3d if rank == 3 else _adaptive_avg_pool2d)(input, tables), input)


@asks_for_tensors
def adaptive_avg_pool1d(input: V, output_size: Any) -> V:
    """The last axis of ``(N, C, L)`` or ``(C, L)`` averaged down to `output_size` windows.

    Window i covers the elements from ``floor(i L / output_size)`` to ``ceil((i + 1) L / output_size)``.

    >>> import pullback as torch
    >>> torch.nn.functional.adaptive_avg_pool1d(torch.arange(5.).reshape(1, 5), 2)
    tensor([[1., 3.]])
    """
    shape = input._array.shape
    if len(shape) not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while checking "
            "arguments for adaptive_avg_pool1d)"
        )
    (length,) = _sizes("adaptive_avg_pool1d", output_size, shape, 1)
    return squeeze(_average("adaptive_avg_pool2d", 2, unsqueeze(input, -2), (1, length)), -2)


def adaptive_avg_pool2d(input: V, output_size: Any) -> V:
    """The last two axes of ``(N, C, H, W)`` or ``(C, H, W)`` averaged down to `output_size` windows.

    One number or one for each axis, `None` keeping it; windows as in `adaptive_avg_pool1d`.
    """
    return _average("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_avg_pool3d(input: V, output_size: Any) -> V:
    """The last three axes of ``(N, C, D, H, W)`` or ``(C, D, H, W)`` averaged down; see `adaptive_avg_pool2d`."""
    return _average("adaptive_avg_pool3d", 3, input, output_size)


# ---------------------------------------------------------------------------------------------------- maxima


def _spread(grad: V, results: Any, sizes: Ints, input_shape: Ints) -> V:
    return spread_places(grad, results[1], input_shape[len(input_shape) - len(sizes) :])


def _largest(input: Any, sizes: Ints) -> Any:
    lengths = input.shape[input.ndim - len(sizes) :]
    return max_segments(input, tuple([even_windows(old, new)[0] for old, new in zip(lengths, sizes)]))


@general(node="AdaptiveMaxPool2DBackward0", outputs=2, input=_spread, uses=(1,))
def _adaptive_max_pool2d(input: V, sizes: Ints) -> V:
    return _largest(input, sizes)


@general(node="AdaptiveMaxPool3DBackward0", outputs=2, input=_spread, uses=(1,))
def _adaptive_max_pool3d(input: V, sizes: Ints) -> V:
    return _largest(input, sizes)


def _maximum(name: str, rank: int, input: Any, size: Any) -> Any:
    shape = input._array.shape
    sizes = _sizes(name, size, shape, rank)
    _check(
        name,
        shape,
        rank,
        sizes,
        f"Trying to create tensor with negative dimension {min(sizes)}: {[*shape[: len(shape) - rank], *sizes]}",
    )
    if input._array.dtype.kind not in "fV":
        raise NotImplementedError(f"\"{name}\" not implemented for '{spoken(input._array.dtype)}'")
    return like((_adaptive_max_pool3d if rank == 3 else _adaptive_max_pool2d)(input, sizes), input)


def adaptive_max_pool1d_with_indices(input: V, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool1d` and the index of each largest element."""
    shape = input._array.shape
    if len(shape) not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while checking "
            "arguments for adaptive_max_pool1d)"
        )
    (length,) = _sizes("adaptive_max_pool1d", output_size, shape, 1)
    for axis in range(1, len(shape)):
        if shape[axis] == 0:
            raise RuntimeError(
                "adaptive_max_pool1d(): Expected input to have non-zero size for non-batch dimensions, but input has "
                f"sizes {list(shape)} with dimension {axis} being empty"
            )
    values, indices = _maximum("adaptive_max_pool2d", 2, unsqueeze(input, -2), (1, length))
    return squeeze(values, -2), squeeze(indices, -2)


def adaptive_max_pool2d_with_indices(input: V, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool2d` and the position of each largest element in its flattened plane."""
    return _maximum("adaptive_max_pool2d", 2, input, output_size)


def adaptive_max_pool3d_with_indices(input: V, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool3d` and the position of each largest element in its flattened volume."""
    return _maximum("adaptive_max_pool3d", 3, input, output_size)


@asks_for_tensors
def adaptive_max_pool1d(input: V, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` windows of the last axis; windows as in `adaptive_avg_pool1d`.

    With `return_indices` a pair of the values and their indices.
    """
    values, indices = adaptive_max_pool1d_with_indices(input, output_size)
    return (values, indices) if return_indices else values


def adaptive_max_pool2d(input: V, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` windows of the last two axes.

    With `return_indices` a pair of the values and their positions in the flattened plane.
    """
    values, indices = adaptive_max_pool2d_with_indices(input, output_size)
    return (values, indices) if return_indices else values


def adaptive_max_pool3d(input: V, output_size: Any, return_indices: bool = False) -> Any:
    """The largest element of each of `output_size` windows of the last three axes.

    With `return_indices` a pair of the values and their positions in the flattened volume.
    """
    values, indices = adaptive_max_pool3d_with_indices(input, output_size)
    return (values, indices) if return_indices else values
