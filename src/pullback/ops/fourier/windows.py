"""Windows as `torch.hann_window` and its kin make them: periodic by default, in any floating dtype."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from pullback.arrays import tapers
from pullback.device import strided
from pullback.ops.creation.options import finish, numpy_dtype
from pullback.ops.matrix.checks import cpp_name
from pullback.ops.pointwise.kinds import SINGLE, WHOLE


def _made(
    name: str, length: Any, periodic: bool, taper: Callable[..., Any], *parameters: Any, dtype: Any, layout: Any,
    device: Any, requires_grad: bool,
) -> Any:  # fmt: skip
    """The window of `taper` as a leaf; half precision is computed in single."""
    if not hasattr(length, "__index__"):
        raise TypeError(f"{name}(): argument 'window_length' (position 1) must be int, not {type(length).__name__}")
    length = index(length)
    kind = numpy_dtype(dtype)
    if layout not in (None, strided):
        raise RuntimeError(f"{name} is not implemented for sparse types, got: TensorOptions(layout={layout})")
    if kind in WHOLE or kind.kind == "c":
        raise RuntimeError(f"{name} expects floating point dtypes, got: TensorOptions(dtype={cpp_name(kind)})")
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    working = SINGLE if kind.itemsize == 2 else kind
    array = np.ones(length, working) if length < 2 else taper(length, not periodic, working, *parameters)
    return finish(array.astype(kind, copy=False), device=device, requires_grad=requires_grad)


def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The triangular window, ``1 - |2 n / N - 1|`` for n from 0.

    >>> import pullback as torch
    >>> torch.bartlett_window(5, periodic=False)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _made(
        "bartlett_window", window_length, periodic, tapers.bartlett,
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Blackman's window, ``0.42 - 0.5 cos(2π n / N) + 0.08 cos(4π n / N)``."""
    return _made(
        "blackman_window", window_length, periodic, tapers.cosines, tapers.BLACKMAN,
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Hamming's window, ``alpha - beta cos(2π n / N)``."""
    return _made(
        "hamming_window", window_length, periodic, tapers.cosines, (alpha, beta),
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def hann_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Hann's window, ``sin²(π n / N)``.

    >>> import pullback as torch
    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _made(
        "hann_window", window_length, periodic, tapers.cosines, (0.5, 0.5),
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Kaiser's window, ``I0(β √(1 - x²)) / I0(β)`` for x from -1 to 1."""
    return _made(
        "kaiser_window", window_length, periodic, tapers.kaiser, beta,
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip
