"""`torch.signal.windows`: window functions of M points, symmetric by default, in float32 or float64.

All take `sym` (or periodic: a symmetric window of M + 1 points without its last), `dtype`, `layout`, `device` and
`requires_grad`, and raise ``ValueError`` for a negative M or another dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from pullback.arrays import dtypes, tapers
from pullback.device import strided
from pullback.ops.creation.options import finish, numpy_dtype

__all__ = [
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "general_cosine",
    "general_hamming",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
]


def _made(
    name: str, M: int, sym: bool, taper: Callable[..., Any], *parameters: Any, dtype: Any, layout: Any, device: Any,
    requires_grad: bool,
) -> Any:  # fmt: skip
    if not isinstance(M, int):
        raise TypeError(f"{name}(): argument 'M' must be int, not {type(M).__name__}")
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    kind = numpy_dtype(dtype)
    if kind.kind != "f" or kind.itemsize not in (4, 8):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtypes.from_numpy(kind)!r}")
    array = np.ones(M, kind) if M < 2 else taper(M, sym, kind, *parameters)
    return finish(array, device=device, requires_grad=requires_grad)


def bartlett(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The triangular window ``1 - |2 n / N - 1|``.

    >>> bartlett(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _made(
        "bartlett", M, sym, tapers.bartlett, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )


def blackman(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Blackman's window, three cosines of weights 0.42, 0.5, 0.08."""
    return _made(
        "blackman", M, sym, tapers.cosines, tapers.BLACKMAN,
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def cosine(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Half a wave, ``sin(π (n + 1/2) / M)``."""
    return _made(
        "cosine", M, sym, tapers.cosine, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Any = None,
    layout: Any = strided, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """``exp(-|n - center| / tau)``; `center`, by default the middle, can be given for a periodic window only."""
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    return _made(
        "exponential", M, sym, tapers.exponential, center, tau,
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A bell, ``exp(-(n - middle)² / (2 std²))``."""
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    return _made(
        "gaussian", M, sym, tapers.gaussian, std,
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A sum of cosines, ``sum_k (-1)^k a_k cos(2πk n / N)``.

    >>> general_cosine(3, a=[0.5, 0.5])
    tensor([0., 1., 0.])
    """
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    weights = tuple(a)
    if not weights:
        raise ValueError("Coefficients cannot be empty")
    return _made(
        "general_cosine", M, sym, tapers.cosines, weights,
        dtype=dtype, layout=layout, device=device, requires_grad=requires_grad,
    )  # fmt: skip


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """``alpha - (1 - alpha) cos(2π n / N)``."""
    weights = (alpha, 1 - alpha)
    return general_cosine(M, a=weights, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def hamming(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Hamming's window, `general_hamming` with 0.54."""
    return general_hamming(M, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad)


def hann(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Hann's window, `general_hamming` with 0.5."""
    return general_hamming(
        M, alpha=0.5, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Kaiser's window, ``I0(β √(1 - x²)) / I0(β)`` for x from -1 to 1."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    return _made(
        "kaiser", M, sym, tapers.kaiser, beta, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )


def nuttall(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Nuttall's window, four cosines whose side lobes stay below -93 dB."""
    return general_cosine(
        M, a=tapers.NUTTALL, sym=sym, dtype=dtype, layout=layout, device=device, requires_grad=requires_grad
    )
