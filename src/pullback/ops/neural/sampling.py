"""Images read at any places: `grid_sample`, and the grid of an affine map.

A value is a weighted sum of the elements around its place; the weights are products of one weight for each axis. What is
the same for every mode stands here once: find the place, find the elements and weights, sum over all combinations.
"""

from __future__ import annotations

import warnings
from itertools import product as cartesian
from operator import index as as_index
from typing import Any

import numpy as np

from pullback.arrays.maxima import pick_places, spread_places
from pullback.arrays.products import product
from pullback.arrays.reductions import widened
from pullback.arrays.vocabulary import add_reduce, cast, expand, reshape, swapaxes
from pullback.arrays.windows import Ints
from pullback.graph.inplace import spoken
from pullback.graph.once import outside
from pullback.graph.operator import general
from pullback.graph.tensor_base import wrap
from pullback.ops.creation.ranges import spaced
from pullback.ops.neural.checks import need_floats
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

_INT = np.dtype("i8")
_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def _reflect(place: Any, twice_low: int, span: int) -> Any:
    """`place` mirrored at both ends until it lies between; in integers and halves of them, which keep bfloat16."""
    if span == 0:
        return place * 0
    gap = np.abs(place * 2 - twice_low) / 2
    rest = np.fmod(gap, span)
    back = np.fmod(np.floor(gap / span), 2) != 0
    return (np.where(back, span - rest, rest) * 2 + twice_low) / 2


def _inside(place: Any, size: int, padding: str, align_corners: bool) -> Any:
    """`place` brought inside by the padding mode; with zeros it stays where it is."""
    if padding == "zeros":
        return place
    if padding == "reflection":
        place = cast(_reflect(place, *((0, size - 1) if align_corners else (-1, size))), place.dtype)
    return cast(np.clip(place, 0, size - 1), place.dtype)


def _cubic(part: Any) -> list[Any]:
    """The weights of four neighbours, Keys' kernel with ``a = -3/4``; written in integers, which keep bfloat16."""

    def near(x: Any) -> Any:
        return (5 * x - 9) * x * x / 4 + 1

    def far(x: Any) -> Any:
        return (((15 - 3 * x) * x - 24) * x + 12) / 4

    return [far(part + 1), near(part), near(1 - part), far(2 - part)]


def _cubic_slopes(part: Any) -> list[Any]:
    """Their derivatives."""
    a = -0.75

    def near(x: Any) -> Any:
        return (3 * (a + 2) * x - 2 * (a + 3)) * x

    def far(x: Any) -> Any:
        return (3 * a * x - 10 * a) * x + 8 * a

    return [far(part + 1), near(part), -near(1 - part), -far(2 - part)]


def _axis(coordinate: Any, size: int, mode: str, padding: str, align_corners: bool) -> list[tuple[Any, Any, Any]]:
    """For one axis the (index, weight, derivative of the weight) of every element that takes part."""
    scale = (size - 1) / 2 if align_corners else size / 2
    place = (coordinate + 1) / 2 * (size - 1) if align_corners else _between_edges(coordinate + 1, size)
    if mode == "bicubic":
        low = np.floor(place)
        part = place - low
        taps = zip(range(-1, 3), _cubic(part), _cubic_slopes(part))
        return [
            (_inside(low + o, size, padding, align_corners), cast(weight, place.dtype), slope * scale)
            for o, weight, slope in taps
        ]
    moved = _inside(place, size, padding, align_corners)
    if mode == "nearest":
        return [(np.rint(moved), np.ones_like(moved), np.zeros_like(moved))]
    slope = _slope(place, size, padding, align_corners) * scale
    low = np.floor(moved)
    part = moved - low
    return [(low, low + 1 - moved, -slope), (low + 1, part, slope)]


def _between_edges(along: Any, size: int) -> Any:
    """``along * size / 2 - 1/2`` rounded once, as by PyTorch's FMA: the grid of the identity lies on the elements."""
    if along.dtype.itemsize < 4:
        return (along * size - 1) / 2
    turned = along * (2**27 + 1 if along.dtype.itemsize == 8 else 2**12 + 1)
    high = turned - (turned - along)  # half of the digits, so both products are exact (Dekker, 1971)
    return (high * size - 1) / 2 + (along - high) * size / 2


def _slope(place: Any, size: int, padding: str, align_corners: bool) -> Any:
    """How fast the place inside moves with the place asked for: 1, -1 where mirrored, 0 where clipped."""
    if padding == "zeros":
        return np.ones_like(place)
    slope: Any = np.ones_like(place)
    if padding == "reflection":
        low, high = (0, size - 1) if align_corners else (-0.5, size - 0.5)
        if low == high:
            return np.zeros_like(place)
        flips = np.floor(np.abs(place - low) / (high - low))
        slope = np.where(np.remainder(flips, 2) == 0, slope, -slope) * np.where(place < low, -slope, slope)
        place = _reflect(place, int(2 * low), int(high - low))
    return np.where((place > 0) & (place < size - 1), slope, 0)


def _combinations(axes: list[Any], sizes: Ints) -> Any:
    """For every combination of elements: its places, whether each is inside, and its (weight, slope) for each axis."""
    for taps in cartesian(*axes):
        inside: Any = True
        flat: Any = 0
        for (index, _, _), size in zip(taps, sizes):
            inside = (index >= 0) & (index <= size - 1) & inside
            flat = flat * size + cast(np.clip(np.where(index == index, index, -1), 0, size - 1), _INT)
        yield (
            flat[:, None],
            inside[:, None],
            [(weight[:, None], slope[:, None]) for _, weight, slope in taps],
        )


def _taps(grid: Any, sizes: Ints, mode: str, padding: str, align_corners: bool) -> list[Any]:
    """`_axis` for each spatial axis; the last coordinate of a grid belongs to the first axis."""
    rank = len(sizes)
    return [_axis(grid[..., rank - 1 - i], size, mode, padding, align_corners) for i, size in enumerate(sizes)]


def _sample(input: Any, grid: Any, mode: str, padding: str, align_corners: bool) -> Any:
    """The weighted sum; half precision is rounded at every step, as PyTorch does here."""
    sizes = input.shape[2:]
    total: Any = None
    for places, inside, factors in _combinations(_taps(grid, sizes, mode, padding, align_corners), sizes):
        weight = factors[0][0]
        for each, _ in factors[1:]:
            weight = weight * each
        value = pick_places(input, places, len(sizes)) * np.where(inside, weight, weight * 0)
        total = value if total is None else total + value
    return total


def _rule(
    grad: V, input: V, grid: V, mode: str, padding_mode: str, align_corners: bool, needs: Any
) -> tuple[V | None, V | None]:
    grad, input, grid = widened(grad), widened(input), widened(grid)
    sizes = input.shape[2:]
    rank = len(sizes)
    on_input: Any = None
    on_grid: list[Any] = [None] * rank
    for places, inside, factors in _combinations(_taps(grid, sizes, mode, padding_mode, align_corners), sizes):
        if needs[0]:
            weight = factors[0][0]
            for each, _ in factors[1:]:
                weight = weight * each
            each = spread_places(grad * np.where(inside, weight, weight * 0), expand(places, grad.shape), sizes)
            on_input = each if on_input is None else on_input + each
        if needs[1]:
            value = add_reduce(grad * pick_places(input, places, rank), 1, True) * inside
            for axis in range(rank):
                share = value
                for number, (weight, slope) in enumerate(factors):
                    share = share * (slope if number == axis else weight)
                on_grid[axis] = share if on_grid[axis] is None else on_grid[axis] + share
    together = np.stack([each[:, 0] for each in reversed(on_grid)], -1) if needs[1] else None
    return on_input, together


@general(node="GridSampler2DBackward0", joint=_rule, over=("input", "grid"))
def _grid_sampler_2d(input: V, grid: V, mode: str, padding_mode: str, align_corners: bool) -> V:
    return _sample(input, grid, mode, padding_mode, align_corners)


@general(node="GridSampler3DBackward0", joint=_rule, over=("input", "grid"))
def _grid_sampler_3d(input: V, grid: V, mode: str, padding_mode: str, align_corners: bool) -> V:
    return _sample(input, grid, mode, padding_mode, align_corners)


@asks_for_tensors
def grid_sample(
    input: V, grid: V, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> V:
    """The image `input` read at the places of `grid`.

    Args:
        input: ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        grid: ``(N, H', W', 2)`` or ``(N, D', H', W', 3)``: x, y (and z) of every place, -1 and 1 being the edges.
        mode: ``"bilinear"`` (in three axes trilinear), ``"nearest"``, or ``"bicubic"`` (two axes only).
        padding_mode: what lies outside: ``"zeros"``, ``"border"`` (the nearest element) or ``"reflection"``.
        align_corners: whether the edges are the middles of the outer elements, else their outer sides.

    Returns ``(N, C, H', W')`` or ``(N, C, D', H', W')``. Raises ``ValueError`` for other modes, ``RuntimeError`` where shapes
    or dtypes do not fit.
    """
    if mode not in _MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in _PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        _warn_corners()
    return _sampled(input, grid, mode, padding_mode, bool(align_corners))


def _sampled(input: Any, grid: Any, mode: str, padding_mode: str, align_corners: bool) -> Any:
    _check(input._array, grid._array, mode)
    run = _grid_sampler_3d if input._array.ndim == 5 else _grid_sampler_2d
    return run(input, grid, mode, padding_mode, align_corners)


def grid_sampler(input: V, grid: V, interpolation_mode: int, padding_mode: int, align_corners: bool) -> V:
    """`grid_sample` whose modes are numbers: 0, 1, 2 for bilinear, nearest, bicubic and for zeros, border, reflection."""
    return _sampled(input, grid, _MODES[interpolation_mode], _PADDINGS[padding_mode], align_corners)


@asks_for_tensors
def grid_sampler_2d(input: V, grid: V, interpolation_mode: int, padding_mode: int, align_corners: bool) -> V:
    """`grid_sampler` over two axes."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


@asks_for_tensors
def grid_sampler_3d(input: V, grid: V, interpolation_mode: int, padding_mode: int, align_corners: bool) -> V:
    """`grid_sampler` over three axes."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def _check(image: Any, grid: Any, mode: str) -> None:
    shape, places = list(image.shape), list(grid.shape)
    if not shape or not places:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    if shape[0] != places[0]:
        raise RuntimeError(
            f"grid_sampler(): expected grid and input to have same batch size, but got input with sizes {shape} and grid "
            f"with sizes {places}"
        )
    if places[-1] != len(shape) - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {len(shape) - 2} in last dimension, but got grid with sizes {places}"
        )
    for axis in range(2, len(shape)):
        if shape[axis] == 0:
            raise RuntimeError(
                f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {shape} with "
                f"dimension {axis} being empty"
            )
    if len(shape) not in (4, 5) or len(shape) != len(places):
        raise RuntimeError(
            f"grid_sampler(): expected {4 if len(shape) == 4 else 5}D input and grid with same number of dimensions, but "
            f"got input with sizes {shape} and grid with sizes {places}"
        )
    if mode == "bicubic" and len(shape) == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    need_floats("grid_sampler_2d_cpu_kernel_impl" if len(shape) == 4 else "grid_sampler3d_cpu", image)
    if image.dtype != grid.dtype:
        raise RuntimeError(f"expected scalar type {spoken(image.dtype)} but found {spoken(grid.dtype)}")


def _warn_corners() -> None:
    warnings.warn(
        "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
        "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details.",
        UserWarning,
        stacklevel=outside(),
    )


@general(
    node="AffineGridGeneratorBackward0",
    theta=lambda grad, base: swapaxes(
        product(swapaxes(base, -1, -2), reshape(grad, (grad.shape[0], -1, grad.shape[-1]))), -1, -2
    ),
)
def _affine_points(theta: V, base: V, sizes: Ints) -> V:
    return reshape(product(base, swapaxes(theta, -1, -2)), (theta.shape[0], *sizes, len(sizes)))


def affine_grid(theta: V, size: Any, align_corners: bool | None = None) -> V:
    """The grid for `grid_sample` that an affine map makes of the regular one.

    Args:
        theta: ``(N, 2, 3)`` for two axes or ``(N, 3, 4)`` for three: a matrix and a shift.
        size: of the image to be made, ``(N, C, H, W)`` or ``(N, C, D, H, W)``.
        align_corners: as in `grid_sample`.

    Returns ``(N, H, W, 2)`` or ``(N, D, H, W, 3)``. Raises ``ValueError`` or ``NotImplementedError`` where they do not fit.
    """
    array, size = theta._array, tuple(map(as_index, size))
    if array.dtype.kind not in "fV":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    rank = len(size) - 2
    if rank not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{size}."
        )
    if array.ndim != 3 or array.shape[-2:] != (rank, rank + 1):
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size {size}. Got "
            f"{theta.shape}."
        )
    if align_corners is None:
        _warn_corners()
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return affine_grid_generator(theta, size, bool(align_corners))


def affine_grid_generator(theta: V, size: Any, align_corners: bool) -> V:
    """`affine_grid` of arguments that fit."""
    array, rank = theta._array, len(size) - 2
    axes = [_evenly(n, bool(align_corners), array.dtype) for n in size[2:]]
    mesh = np.meshgrid(*axes, indexing="ij")[::-1]
    base = np.stack([*mesh, np.ones_like(mesh[0])], -1).reshape(1, -1, rank + 1)
    return _affine_points(theta, wrap(np.broadcast_to(base, (size[0], *base.shape[1:]))), size[2:])


def _evenly(count: int, align_corners: bool, dtype: Any) -> np.ndarray:
    """The regular places along one axis."""
    if count == 1:
        return np.zeros(1, dtype)
    places = spaced(-1, 1, count, dtype)
    return places if align_corners else (places * dtype.type(count - 1) / dtype.type(count)).astype(dtype)
