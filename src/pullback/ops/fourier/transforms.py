"""The three Fourier transforms as operators, and the arguments that all of `torch.fft` takes."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes, fourier
from pullback.arrays.fourier import Axes
from pullback.arrays.promotion import default
from pullback.graph.inplace import spoken
from pullback.graph.operator import linear
from pullback.graph.out import store
from pullback.ops.creation.casts import convert
from pullback.ops.matrix.linalg_checks import check_tensor
from pullback.ops.shape.padding import constant_pad_nd
from pullback.ops.shape.windows import slice_
from pullback.ops.typing import V


@linear(
    node="FftC2CBackward0",
    input=lambda grad, axes, scale, forwards: fourier.c2c(grad, axes, scale, not forwards),
)
def c2c(input: V, axes: Axes, scale: str, forwards: bool) -> V:
    """The transform of a complex array over `axes`, back unless `forwards`."""
    return fourier.c2c(input, axes, scale, forwards)


@linear(
    node="FftR2CBackward0",
    input=lambda grad, axes, scale, onesided, input_shape: fourier.r2c_adjoint(
        grad, axes, scale, onesided, input_shape[axes[-1]]
    ),
)
def r2c(input: V, axes: Axes, scale: str, onesided: bool) -> V:
    """The transform of a real array over `axes`; of the last one half is kept if `onesided`."""
    return fourier.r2c(input, axes, scale, onesided)


@linear(
    node="FftC2RBackward0",
    input=lambda grad, axes, scale, last: fourier.c2r_adjoint(grad, axes, scale, last),
)
def c2r(input: V, axes: Axes, scale: str, last: int) -> V:
    """The real array, `last` long on the last of `axes`, of which a half spectrum is given."""
    return fourier.c2r(input, axes, scale, last)


# --------------------------------------------------------------------------------------------------- arguments

# By what each mode divides the transform forward, and the transform back.
_MODES = {None: ("one", "count"), "backward": ("one", "count"), "ortho": ("root", "root"), "forward": ("count", "one")}


def scale_of(norm: str | None, forward: bool) -> str:
    """The scale of a transform under the normalisation `norm`; ``RuntimeError`` for an unknown one."""
    if norm not in _MODES:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    return _MODES[norm][0 if forward else 1]


def promoted(name: str, input: Any, complexes: bool = False) -> Any:
    """`input` in a floating dtype, or with `complexes` in a complex one; ``RuntimeError`` for half precision."""
    check_tensor(f"fft_{name}", input)
    kind = input._array.dtype
    if kind.kind in "biu":
        kind = default.real
    elif kind.itemsize == 2:
        raise RuntimeError(f"Unsupported dtype {spoken(kind)}")
    if complexes and kind.kind != "c":
        kind = dtypes.complex64.numpy if kind.itemsize == 4 else dtypes.complex128.numpy
    return input if kind == input._array.dtype else convert(input, dtypes.from_numpy(kind))


def check_size(size: int) -> int:
    """A signal's size, or ``RuntimeError`` unless it is positive."""
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    return size


def resized(input: Any, axes: Axes, sizes: tuple[int, ...]) -> Any:
    """`input` cut or filled up with zeros to `sizes` along `axes`."""
    pad = [0] * (2 * input._array.ndim)
    for axis, size in zip(axes, sizes):
        have = input._array.shape[axis]
        if size < have:
            input = slice_(input, axis, 0, size)
        elif size > have:
            pad[-2 * axis - 1] = size - have
    return constant_pad_nd(input, pad) if any(pad) else input


def finished(name: str, result: Any, out: Any) -> Any:
    """`result`, stored in `out` where there is one."""
    if out is None:
        return result
    wanted = "complex" if result._array.dtype.kind == "c" else "floating point"
    kinds = "c" if wanted == "complex" else "fV"
    if hasattr(out, "_array") and out._array.dtype.kind not in kinds:
        raise RuntimeError(f"{name} expects a {wanted} output tensor, but got {spoken(out._array.dtype)}")
    return store(f"fft_{name}", out, result)
