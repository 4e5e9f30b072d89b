"""Root mean square normalisation: layer normalisation without the mean."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.arrays.limits import finfo
from pullback.ops.formats import like
from pullback.ops.neural.normalization import check_like_shape, check_normalized_shape, sizes
from pullback.ops.neural.scalars import add_number
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.typing import Shape, V


def rms_norm(input: V, normalized_shape: Shape, weight: V | None = None, eps: float | None = None) -> V:
    """``x / sqrt(mean(x²) + eps) * weight``, the mean over the trailing axes (Zhang and Sennrich, 2019).

    Shapes: ``(*, S) -> (*, S)``; `weight` has shape ``S``. `eps` is the machine epsilon unless given. Floating and
    complex dtypes; half precision is computed in single. Raises ``RuntimeError`` where shapes do not fit.

    >>> import pullback as torch
    >>> torch.rms_norm(torch.tensor([3., 4.]), (2,))
    tensor([0.8485, 1.1314])
    """
    shape = sizes("rms_norm", normalized_shape)
    check_normalized_shape(input, shape, "*")
    check_like_shape("weight", weight, shape)
    if input.dtype.kind in "biu":
        raise unsupported("rms_norm", input._array.dtype)
    x: Any = input.to(dtypes.float32) if input.dtype.itemsize == 2 else input
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    mean = x.pow(2).mean(axes, keepdim=True)
    x = x * add_number(mean, finfo(x.dtype.to_real()).eps if eps is None else eps).rsqrt()
    if weight is not None:
        x = x * weight
    return like(x if x.dtype is input.dtype else x.to(input.dtype), input)  # type: ignore[no-any-return]
