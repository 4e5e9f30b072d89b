"""One value or another: `where`, interpolation, replacements for what is not finite."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.limits import finfo
from pullback.arrays.masks import choose, drop, keep
from pullback.arrays.vocabulary import zeros_like
from pullback.graph.inplace import spoken
from pullback.graph.once import outside
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.calling import overload_of
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, WHOLE, indirect
from pullback.ops.typing import Scalar, V


@overload_of("where")
@elementwise(
    promotes=("input", "other"),
    input=lambda grad, condition: keep(grad, condition),
    other=lambda grad, condition: drop(grad, condition),
)
def _where(condition: V, input: V | Scalar, other: V | Scalar) -> V:
    if condition.dtype.kind != "b":
        condition = _as_mask(condition)
    return choose(condition, input, other)


def _as_mask(condition: Any) -> Any:
    if condition.dtype != np.uint8:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {spoken(condition.dtype)}"
        )
    warnings.warn(
        "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version "
        "of PyTorch. Use a boolean condition instead.",
        UserWarning,
        stacklevel=outside(),
    )
    return condition != 0


def where(condition: V, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where `condition` holds, `other` elsewhere.

    `input` and `other` are tensors or numbers; shapes broadcast, dtypes promote. Only the chosen one gets a
    gradient. With `condition` alone: the indices where it holds, one tensor for each dimension.

    >>> import pullback as torch
    >>> x = torch.tensor([-1., 2.])
    >>> torch.where(x > 0, x, 0.)
    tensor([0., 2.])
    """
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    return _where(condition, input, other, out=out)


def where_method(self: V, condition: V, other: Any) -> V:
    """``x.where(condition, other)``: `x` where `condition` holds, `other` elsewhere."""
    return _where(condition, self, other)


def _between(start: Any, end: Any, weight: Any) -> Any:
    """Linear interpolation from the nearer end, exact at both ends as PyTorch's."""
    near = np.absolute(weight) < 0.5
    return np.where(near, start + weight * (end - start), end - (end - start) * (1 - weight))


def _check_one_dtype(input: Any, end: Any, weight: Any) -> None:
    for name, each in (("end", end), ("weight", weight)):
        if each is not None and each.dtype != input.dtype:
            raise RuntimeError(
                f"expected dtype {_c_name(input.dtype)} for `{name}` but got dtype {_c_name(each.dtype)}"
            )


def _c_name(dtype: Any) -> str:
    return {"float32": "float", "float64": "double"}.get(dtypes.from_numpy(dtype).name, dtypes.from_numpy(dtype).name)


@overload_of("lerp")
@elementwise(
    node="LerpBackward0",
    promotes=(),
    input=lambda grad, weight: grad * (1 - weight),
    end=lambda grad, weight: grad * weight,
)
def _lerp_number(input: V, end: V, weight: Scalar) -> V:
    _check_one_dtype(input, end, None)
    if input.dtype in INDIRECT:
        return indirect(_lerp_number, "lerp_kernel_scalar", input, end, weight)
    if abs(weight) < 0.5:
        return input + (end - input) * weight
    return end - (end - input) * (1 - weight)


@overload_of("lerp")
@elementwise(
    node="LerpBackward1",
    promotes=(),
    input=lambda grad, weight: grad * (1 - weight),
    end=lambda grad, weight: grad * weight,
    weight=lambda grad, input, end: grad * (end - input),
)
def _lerp_tensor(input: V, end: V, weight: V) -> V:
    _check_one_dtype(input, end, weight)
    if input.dtype in INDIRECT:
        return indirect(_lerp_tensor, "lerp_kernel_tensor", input, end, weight)
    return _between(input, end, weight)


def lerp(input: V, end: V, weight: V | Scalar, *, out: Any = None) -> V:
    """``input + weight * (end - input)``, element by element.

    `weight` is a number or a tensor. Floating and complex dtypes, all the same; shapes broadcast.

    >>> import pullback as torch
    >>> torch.lerp(torch.tensor([0., 10.]), torch.tensor([1., 20.]), 0.5)
    tensor([ 0.5000, 15.0000])
    """
    if isinstance(weight, np.generic):
        weight = weight.item()
    return (_lerp_tensor if hasattr(weight, "ndim") else _lerp_number)(input, end, weight, out=out)


def _replaced(x: Any, nan: Any, posinf: Any, neginf: Any) -> Any:
    dtype = x.dtype
    limits = finfo(dtypes.from_numpy(dtype))
    posinf = limits.max if posinf is None else posinf
    neginf = limits.min if neginf is None else neginf
    for mask, value in ((x != x, nan or 0.0), (x == np.inf, posinf), (x == -np.inf, neginf)):
        x = np.where(mask, np.array(value, dtype), x)
    return x


def _was_finite(grad: Any, input: Any) -> Any:
    if input.dtype.kind == "c":
        return keep(np.real(grad), np.isfinite(np.real(input))) + keep(np.imag(grad), np.isfinite(np.imag(input))) * 1j
    return keep(grad, np.isfinite(input))


@elementwise(holomorphic=False, input=_was_finite)
def nan_to_num(input: V, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> V:
    """`input` with NaN replaced by `nan` (default 0) and infinities by `posinf` and `neginf`.

    `None` stands for the largest and smallest finite numbers of the dtype. Of complex numbers both parts are
    replaced. The derivative is 1 where nothing was replaced, else 0. Integers and booleans are copied.

    >>> import pullback as torch
    >>> torch.nan_to_num(torch.tensor([float("nan"), float("inf"), 2.]), posinf=9.)
    tensor([0., 9., 2.])
    """
    if input.dtype in WHOLE:
        return input | zeros_like(input)
    if input.dtype.kind == "c":
        return (
            _replaced(np.real(input), nan, posinf, neginf)
            + _replaced(np.imag(input), nan, posinf, neginf) * _J[input.dtype]
        )
    return _replaced(input, nan, posinf, neginf)


_J = {dtype: dtype.type(1j) for dtype in COMPLEX}
