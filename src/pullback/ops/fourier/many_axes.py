"""Fourier transforms over several axes: `torch.fft.fftn`, `torch.fft.fft2` and their kin.

All take `s`, the signal's sizes to which the axes are cut or filled up with zeros (-1 leaves one), and the axes `dim`: by
default the last two, or for the functions in n all, or as many of the last as `s` has. `norm` is that of `one_axis`. A
half spectrum is half along the last of the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.graph.inplace import spoken
from pullback.ops.dims import wrap_dim
from pullback.ops.fourier.transforms import c2c, c2r, check_size, finished, promoted, r2c, resized, scale_of
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.complexes import conj, conj_physical
from pullback.ops.typing import V

Ints = Sequence[int]
_LAST_TWO = (-2, -1)


def _plan(input: Any, s: Ints | int | None, dim: Ints | int | None) -> tuple[tuple[int, ...], list[int]]:
    """The axes, counted from the front, and the size of each, -1 where it stays as it is."""
    shape = input._array.shape
    sizes = [s] if isinstance(s, int) else None if s is None else list(s)
    dims = [dim] if isinstance(dim, int) else None if dim is None else list(dim)
    if dims is None and sizes is not None and len(sizes) > len(shape):
        raise RuntimeError(f"Got shape with {len(sizes)} values but input tensor only has {len(shape)} dimensions.")
    if dims is None:
        count = len(shape) if sizes is None else len(sizes)
        dims = list(range(len(shape) - count, len(shape)))
    if sizes is not None and len(sizes) != len(dims):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    if dims and not shape:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    axes = tuple(wrap_dim(each, len(shape)) for each in dims)
    if len(set(axes)) != len(axes):
        raise RuntimeError("FFT dims must be unique")
    return axes, [-1] * len(axes) if sizes is None else sizes


def _fitted(input: Any, axes: tuple[int, ...], sizes: list[int]) -> Any:
    """`input` with `sizes` along `axes`, all of them positive."""
    shape = input._array.shape
    wanted = tuple(check_size(shape[axis] if size == -1 else size) for axis, size in zip(axes, sizes))
    return resized(input, axes, wanted)


def _at_least_one(name: str, axes: tuple[int, ...]) -> None:
    if not axes:
        raise RuntimeError(f"{name} must transform at least one axis")


def _whole(name: str, input: Any, s: Any, dim: Any, norm: str | None, forward: bool) -> Any:
    input = promoted(name, input, complexes=True)
    axes, sizes = _plan(input, s, dim)
    return c2c(_fitted(input, axes, sizes), axes, scale_of(norm, forward), forward)


def _real(name: str, input: Any, what: str) -> Any:
    input = promoted(name, input)
    if input._array.dtype.kind == "c":
        raise RuntimeError(f"{what} {spoken(input._array.dtype)}")
    return input


def _ends(input: Any, axes: tuple[int, ...], sizes: list[int]) -> tuple[Any, int]:
    """`input` with a half spectrum for a signal of some length along the last axis, and that length."""
    have = input._array.shape[axes[-1]]
    last = check_size(2 * (have - 1) if sizes[-1] == -1 else sizes[-1])
    return _fitted(input, axes, [*sizes[:-1], last // 2 + 1]), last


@numpy_names
def fftn(input: V, s: Any = None, dim: Any = None, norm: str | None = None, *, out: V | None = None) -> V:
    """The discrete Fourier transform over several axes; complex.

    >>> import pullback as torch
    >>> torch.fft.fftn(torch.ones(2, 2)).real
    tensor([[4., 0.],
            [0., 0.]])
    """
    return finished("fftn", _whole("fftn", input, s, dim, norm, True), out)


@numpy_names
def ifftn(input: V, s: Any = None, dim: Any = None, norm: str | None = None, *, out: V | None = None) -> V:
    """The inverse of `fftn`; complex."""
    return finished("ifftn", _whole("ifftn", input, s, dim, norm, False), out)


@numpy_names
def rfftn(input: V, s: Any = None, dim: Any = None, norm: str | None = None, *, out: V | None = None) -> V:
    """`fftn` of a real signal, of whose last axis half is kept."""
    input = _real("rfftn", input, "rfftn expects a real-valued input tensor, but got")
    axes, sizes = _plan(input, s, dim)
    _at_least_one("rfftn", axes)
    return finished("rfftn", r2c(_fitted(input, axes, sizes), axes, scale_of(norm, True), True), out)


@numpy_names
def irfftn(input: V, s: Any = None, dim: Any = None, norm: str | None = None, *, out: V | None = None) -> V:
    """The inverse of `rfftn`: a real signal, by default ``2 * (m - 1)`` long for m elements on the last axis."""
    input = promoted("irfftn", input, complexes=True)
    axes, sizes = _plan(input, s, dim)
    _at_least_one("irfftn", axes)
    input, last = _ends(input, axes, sizes)
    return finished("irfftn", c2r(input, axes, scale_of(norm, False), last), out)


@numpy_names
def hfftn(input: V, s: Any = None, dim: Any = None, norm: str | None = None, *, out: V | None = None) -> V:
    """The real transform of a Hermitian signal, half of which is given along the last axis."""
    input = promoted("hfftn", input, complexes=True)
    axes, sizes = _plan(input, s, dim)
    _at_least_one("hfftn", axes)
    input, last = _ends(input, axes, sizes)
    scale = scale_of(norm, True)
    if len(axes) > 1:
        input = c2c(input, axes[:-1], scale, True)
    return finished("hfftn", c2r(conj(input), axes[-1:], scale, last), out)


@numpy_names
def ihfftn(input: V, s: Any = None, dim: Any = None, norm: str | None = None, *, out: V | None = None) -> V:
    """The inverse of `hfftn`, of a real signal."""
    input = _real("ihfftn", input, "Only supports floating-point dtypes, but found:")
    axes, sizes = _plan(input, s, dim)
    _at_least_one("ihfftn", axes)
    scale = scale_of(norm, False)
    found = r2c(_fitted(input, axes, sizes), axes[-1:], scale, True)
    result = c2c(conj_physical(found), axes[:-1], scale, False) if len(axes) > 1 else conj(found)
    return finished("ihfftn", result, out)


@numpy_names
def fft2(input: V, s: Any = None, dim: Any = _LAST_TWO, norm: str | None = None, *, out: V | None = None) -> V:
    """`fftn` over two axes."""
    return fftn(input, s, dim, norm, out=out)


@numpy_names
def ifft2(input: V, s: Any = None, dim: Any = _LAST_TWO, norm: str | None = None, *, out: V | None = None) -> V:
    """`ifftn` over two axes."""
    return ifftn(input, s, dim, norm, out=out)


@numpy_names
def rfft2(input: V, s: Any = None, dim: Any = _LAST_TWO, norm: str | None = None, *, out: V | None = None) -> V:
    """`rfftn` over two axes."""
    return rfftn(input, s, dim, norm, out=out)


@numpy_names
def irfft2(input: V, s: Any = None, dim: Any = _LAST_TWO, norm: str | None = None, *, out: V | None = None) -> V:
    """`irfftn` over two axes."""
    return irfftn(input, s, dim, norm, out=out)


@numpy_names
def hfft2(input: V, s: Any = None, dim: Any = _LAST_TWO, norm: str | None = None, *, out: V | None = None) -> V:
    """`hfftn` over two axes."""
    return hfftn(input, s, dim, norm, out=out)


@numpy_names
def ihfft2(input: V, s: Any = None, dim: Any = _LAST_TWO, norm: str | None = None, *, out: V | None = None) -> V:
    """`ihfftn` over two axes."""
    return ihfftn(input, s, dim, norm, out=out)
