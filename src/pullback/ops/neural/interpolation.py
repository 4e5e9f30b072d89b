"""Images resized: every mode is a table of what to read along each axis, see `pullback.arrays.resampling`."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from pullback.arrays import resampling
from pullback.arrays.resampling import Taps, resample, resample_bytes
from pullback.graph.inplace import spoken
from pullback.graph.operator import linear
from pullback.ops.formats import like
from pullback.ops.neural.adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from pullback.ops.typing import V

_MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
_RANKS = {"linear": 1, "bilinear": 2, "bicubic": 2, "lanczos": 2, "trilinear": 3}
_NODES = {
    "nearest": "UpsampleNearest{}D",
    "nearest-exact": "UpsampleNearestExact{}D",
    "linear": "UpsampleLinear{}D",
    "bilinear": "UpsampleBilinear{}D",
    "bicubic": "UpsampleBicubic{}D",
    "trilinear": "UpsampleTrilinear{}D",
    "bilinear smooth": "UpsampleBilinear{}DAa",
    "bicubic smooth": "UpsampleBicubic{}DAa",
    "lanczos smooth": "UpsampleLanczos{}DAa",
}
"""The names of the nodes; all are the same operator."""


def _declare(kind: str, rank: int) -> Any:
    def upsample(input: V, tables: tuple[Taps, ...], align_corners: bool, scales: Any) -> V:
        """The last axes read by one table each."""
        if input.dtype.kind == "u":
            if rank != 2 and not kind.startswith("nearest"):
                raise NotImplementedError("\"compute_indices_weights_linear\" not implemented for 'Byte'")
            return resample_bytes(input, tables)
        return resample(input, tables)

    node = _NODES[kind].format(rank)
    upsample.__name__ = upsample.__qualname__ = "_" + node[0].lower() + node[1:]
    return linear(node=node + "Backward0", input=_pull_back)(upsample)


def _pull_back(grad: V, tables: tuple[Taps, ...]) -> V:
    return resample(grad, tuple([table.transposed() for table in tables]))


_OPERATORS = {
    (kind, rank): _declare(kind, rank)
    for kind in _NODES
    for rank in ((1, 2, 3) if kind.startswith("nearest") else (_RANKS[kind.split()[0]],))
}


@linear(node="ResampleBackward0", input=_pull_back)
def resampled(input: V, tables: tuple[Taps, ...]) -> V:
    """`resample` on tensors: what a backward pass that records runs."""
    return resample(input, tables)


def interpolate(
    input: V,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> V:
    """The spatial axes of ``(N, C, *)`` resized to `size` or by `scale_factor`.

    Args:
        size: new lengths, one number or one for each spatial axis.
        scale_factor: how much longer each axis becomes; the new length is rounded down.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"area"``; ``"linear"`` (3-d input), ``"bilinear"`` and ``"bicubic"``
            (4-d), ``"trilinear"`` (5-d); ``"lanczos"`` (4-d, with `antialias`).
        align_corners: whether the middles of the corner elements keep their place, else the outer edges do.
        recompute_scale_factor: use the ratio of the lengths instead of `scale_factor` to find positions.
        antialias: when shrinking, let every new element weigh all the old ones it covers.

    Raises ``ValueError`` or ``NotImplementedError`` for arguments that do not fit together.

    >>> import pullback as torch
    >>> x = torch.tensor([[[1., 3.]]])
    >>> torch.nn.functional.interpolate(x, size=4, mode="linear")
    tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]])
    """
    _check_corners(mode, align_corners)
    lengths, scales = _lengths(input, size, scale_factor, mode, recompute_scale_factor)
    shape = input._array.shape
    rank = len(shape) - 2
    _check_mode(input, mode, antialias)
    if mode == "area":
        pool = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[rank - 1]
        return pool(input, lengths)
    _check_lengths(shape[2:], lengths)
    if shape[1] == 0:
        raise RuntimeError(f"Non-empty {rank + 2}D data tensor expected but got a tensor with sizes {list(shape)}")
    kind = input._array.dtype
    if kind.kind in "ibc" or (kind.kind == "u" and kind.itemsize > 1):
        op = "upsample_nearest" if mode.startswith("nearest") else f"upsample_{mode}"
        end = f"{rank}d_channels_last" if rank > 1 else "1d"
        raise NotImplementedError(f"\"{op}{end}\" not implemented for '{spoken(kind)}'")
    return resized(input, lengths, scales, mode, bool(align_corners), antialias)


def resized(input: V, lengths: Any, scales: Any, mode: str, align_corners: bool, antialias: bool) -> V:
    """`interpolate` of arguments that fit: `scales`, where they are not `None`, say where elements lie."""
    shape = input._array.shape[2:]
    precision = np.dtype("f8") if input._array.dtype in (np.float64, np.uint8) else np.dtype("f4")
    tables = tuple(
        [
            _table(mode, antialias, old, new, align_corners, scale, precision)
            for old, new, scale in zip(shape, lengths, scales)
        ]
    )
    return like(_OPERATORS[mode + " smooth" * antialias, len(shape)](input, tables, align_corners, scales), input)  # type: ignore[no-any-return]


def _table(
    mode: str, antialias: bool, old: int, new: int, align_corners: bool, scale: float | None, dtype: Any
) -> Taps:
    if mode.startswith("nearest"):
        return resampling.nearest(old, new, scale, mode == "nearest-exact")
    if antialias:
        return resampling.smooth(mode, old, new, align_corners, scale, dtype)
    make = resampling.cubic if mode == "bicubic" else resampling.linear
    return make(old, new, align_corners, scale, dtype)


def _check_corners(mode: str, align_corners: bool | None) -> None:
    if mode in ("nearest", "area", "nearest-exact", "lanczos") and align_corners is not None and mode != "lanczos":
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )


def _lengths(
    input: Any, size: Any, scale_factor: Any, mode: str, recompute: bool | None
) -> tuple[list[int], list[Any]]:
    """The new lengths, and the scales by which positions are found (`None`: the ratio of the lengths)."""
    old = input._array.shape[2:]
    rank = len(old)
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        if not isinstance(size, (list, tuple)):
            size = [size] * rank
        elif len(size) != rank:
            raise ValueError(_count_error("output size", "size", "o", old, size))
        elif not all(isinstance(n, int) or _is_length(n) for n in size):
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
                f"with types {[type(n) for n in size]}"
            )
        if not all(map(_is_length, size)):
            raise _no_kernel(mode, rank, f"{type(size).__name__}, NoneType")
        return [int(n) for n in size], [None] * rank
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if isinstance(scale_factor, (list, tuple)):
        if len(scale_factor) != rank:
            raise ValueError(_count_error("scale_factor", "scale_factor", "s", old, scale_factor))
    else:
        scale_factor = [scale_factor] * rank
    loose = recompute or mode == "area"
    if not all(isinstance(s, (int, float, np.number)) or (loose and hasattr(s, "_array")) for s in scale_factor):
        raise _no_kernel(mode, rank, f"NoneType, {type(scale_factor).__name__}")
    scales = [float(s) for s in scale_factor]
    if not all(map(math.isfinite, scales)):
        raise RuntimeError("value cannot be converted to type int64_t without overflow")
    lengths = [math.floor(n * s) for n, s in zip(old, scales)]
    return lengths, ([None] * rank if loose else scales)


def _is_length(value: Any) -> bool:
    array = getattr(value, "_array", value)
    if array is value:
        return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    return array.ndim == 0 and array.dtype.kind in "iu"


def _no_kernel(mode: str, rank: int, given: str) -> TypeError:
    """The error for lengths or scales that are no numbers."""
    if mode == "area":
        return TypeError(f"adaptive_avg_pool{rank}d(): argument 'output_size' (position 2) must be tuple of ints")
    name = f"{'' if mode == 'nearest' else '_' * mode.endswith('exact')}upsample_{mode.replace('-', '_')}{rank}d"
    return TypeError(
        f"{name}() received an invalid combination of arguments - got (Tensor, {given}), but expected one of:\n"
        " * (Tensor input, tuple of ints output_size, tuple of floats scale_factors)\n"
    )


def _count_error(what: str, name: str, letter: str, old: Any, given: Any) -> str:
    of = "of" if name == "size" else "of shape"
    return (
        f"Input and {name if name == 'scale_factor' else 'output'} must have the same number of spatial dimensions, but "
        f"got input with spatial dimensions of {list(old)} and {what} {of} {given}. Please provide input tensor in "
        f"(N, C, d1, d2, ...,dK) format and {what} in ({letter}1, {letter}2, ...,{letter}K) format."
    )


def _check_mode(input: Any, mode: str, antialias: bool) -> None:
    ndim = input._array.ndim
    rank = _RANKS.get(mode)
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")
    if rank is not None and 3 <= ndim <= 5 and ndim != rank + 2 and mode in ("linear", "bilinear", "trilinear"):
        raise NotImplementedError(f"Got {ndim}D input, but {mode} mode needs {rank + 2}D input")
    if not 3 <= ndim <= 5 or mode not in _MODES.split(" | ") or (rank is not None and ndim != rank + 2):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: {_MODES} (got {mode})"
        )


def _check_lengths(old: Any, new: Any) -> None:
    if min(old) > 0 and min(new) > 0:
        return
    letters = "DHW"[-len(old) :]
    told = [", ".join(f"{letter}: {n}" for letter, n in zip(letters, sizes)) for sizes in (old, new)]
    raise RuntimeError(f"Input and output sizes should be greater than 0, but got input ({told[0]}) output ({told[1]})")


def upsample(
    input: V, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> V:
    """`interpolate` under its former name; warns."""
    _warn_former("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: V, size: Any = None, scale_factor: Any = None) -> V:
    """`interpolate` with ``mode="nearest"`` under its former name; warns."""
    _warn_former("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: V, size: Any = None, scale_factor: Any = None) -> V:
    """`interpolate` with ``mode="bilinear"`` and aligned corners under its former name; warns."""
    _warn_former("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _warn_former(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=3
    )
