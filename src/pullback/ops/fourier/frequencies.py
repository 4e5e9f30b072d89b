"""The frequencies of a spectrum's elements, and spectra with frequency zero in the middle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.ops.creation.options import finish, numpy_dtype
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape.turning import roll
from pullback.ops.typing import V


def _spaced(name: str, places: Any, n: int, d: float, dtype: Any, **options: Any) -> Any:
    """`places` divided by ``n d``."""
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    out = options.get("out")
    kind = out._array.dtype if dtype is None and out is not None else numpy_dtype(dtype)
    if kind.kind in "biu":
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    span = n * d
    unit = 1 / span if span else math.copysign(math.inf, span)
    return finish((places * np.float64(unit)).astype(kind), name=f"fft_{name}", **options)


def fftfreq(
    n: int, d: float = 1.0, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False,
) -> Any:  # fmt: skip
    """The frequency of each element of `fft`'s result, for n samples with spacing `d`: ``[0, 1, … -2, -1] / (n d)``.

    >>> import pullback as torch
    >>> torch.fft.fftfreq(4)
    tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    places = np.arange(max(n, 0))
    places[(n + 1) // 2 :] -= n
    return _spaced("fftfreq", places, n, d, dtype, out=out, device=device, requires_grad=requires_grad)


def rfftfreq(
    n: int, d: float = 1.0, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False,
) -> Any:  # fmt: skip
    """The frequency of each element of `rfft`'s result: ``[0, 1, … n // 2] / (n d)``.

    >>> import pullback as torch
    >>> torch.fft.rfftfreq(4)
    tensor([0.0000, 0.2500, 0.5000])
    """
    places = np.arange(max(n, 0) // 2 + 1)
    return _spaced("rfftfreq", places, n, d, dtype, out=out, device=device, requires_grad=requires_grad)


def _shifted(input: Any, dim: Any, forward: bool) -> Any:
    ndim = input._array.ndim
    dims = range(ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    axes = [wrap_dim(each, ndim) for each in dims]
    lengths = [input._array.shape[axis] for axis in axes]
    return roll(input, [n // 2 if forward else (n + 1) // 2 for n in lengths], axes)


@numpy_names
def fftshift(input: V, dim: Any = None) -> V:
    """The spectrum with frequency zero moved from the front to the middle, along all axes or those in `dim`.

    >>> import pullback as torch
    >>> torch.fft.fftshift(torch.tensor([0, 1, -2, -1]))
    tensor([-2, -1,  0,  1])
    """
    return _shifted(input, dim, True)


@numpy_names
def ifftshift(input: V, dim: Any = None) -> V:
    """The inverse of `fftshift`."""
    return _shifted(input, dim, False)
