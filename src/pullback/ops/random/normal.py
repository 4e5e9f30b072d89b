"""torch.normal: normal numbers whose mean and standard deviation are tensors or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.graph import out as out_argument
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.creation.options import finish, numpy_dtype, size_of
from pullback.ops.random.checks import (
    COMPLEX,
    CREATION,
    check_normal,
    check_tensor,
    common_shape,
    no_such_form,
)
from pullback.ops.random.fills import nothing
from pullback.ops.random.generator import stream_of
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@general(node="NormalBackward3", mean=nothing, std=nothing)
def _normal_each(mean: V, std: V, dtype: Any, generator: Any) -> V:
    _check_std(std)
    return _shifted(_drawn(common_shape(mean.shape, std.shape), dtype, 1.0, generator), std, mean)


@general(node="NormalBackward1", mean=nothing)
def _normal_around(mean: V, std: float, dtype: Any, generator: Any, beside: Any = ()) -> V:
    return _shifted(_drawn(common_shape(mean.shape, beside), dtype, std, generator), None, mean)


@general(node="NormalBackward2", std=nothing)
def _normal_wide(mean: float, std: V, dtype: Any, generator: Any) -> V:
    _check_std(std)
    return _shifted(_drawn(std.shape, dtype, 1.0, generator), std, mean)


def _check_std(std: Any) -> None:
    if std.dtype in COMPLEX:
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not (std >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")


def _drawn(shape: tuple[int, ...], dtype: Any, std: float, generator: Any) -> Any:
    check_normal(dtype, std)
    return stream_of(generator, "normal").normal(shape, dtype, 0.0, std)


def _shifted(drawn: Any, std: Any, mean: Any) -> Any:
    """``drawn * std + mean``, rounded after each step to the dtype of `drawn`."""
    dtype = drawn.dtype
    if std is not None:
        drawn = (drawn * std).astype(dtype, copy=False)
    if isinstance(mean, float):
        mean = dtype.type(mean)
    return (drawn + mean).astype(dtype, copy=False)


@asks_for_tensors
def normal(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, out: Any = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Normal numbers. `mean` and `std` are tensors that broadcast, or a tensor and a number; or both are
    numbers and `size` is given. The dtype is that of `mean`, or of `std` where `mean` is a number.
    Derivatives are zero.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.normal(torch.tensor([0., 100.]), torch.tensor([1., 0.]))
    tensor([  1.5410, 100.0000])
    """
    tensors = isinstance(mean, TensorBase), isinstance(std, TensorBase)
    if any(tensors) is (size is not None) or not all(map(_is_parameter, (mean, std))) or not _is_size(size):
        given = (mean, std) if size is None else (mean, std, size)
        raise no_such_form("normal", given, {}, _NORMAL_FORMS)
    if size is not None:
        return _normal_of_size(mean, std, size, generator, out, dtype, device, requires_grad)
    if out is not None:
        check_tensor(out, "normal", "out")
    kind = (out if out is not None else mean if tensors[0] else std)._array.dtype
    if all(tensors):
        result = _normal_each(mean, std, kind, generator)
    elif tensors[0]:
        beside = () if out is None else out._array.shape  # as in PyTorch, which draws in `out` and adds the mean
        result = _normal_around(mean, float(std), kind, generator, beside)
    else:
        result = _normal_wide(float(mean), std, kind, generator)
    return result if out is None else out_argument.store("normal", out, result)


def _normal_of_size(
    mean: float, std: float, size: Any, generator: Any, out: Any, dtype: Any, device: Any, requires_grad: bool
) -> Any:
    kind = out._array.dtype if out is not None and dtype is None else numpy_dtype(dtype)
    check_normal(kind, std)
    drawn = stream_of(generator, "normal").normal(size_of((), size, "normal"), kind, float(mean), float(std))
    if out is not None:
        check_tensor(out, "normal", "out")
        if out._array.shape != drawn.shape:
            out_argument.resize_memory(out, drawn.shape, warns=False)
        return out_argument.store("normal", out, wrap(drawn))
    return finish(drawn, device=device, requires_grad=requires_grad)


def _is_parameter(value: Any) -> bool:
    return isinstance(value, (TensorBase, int, float, np.integer, np.floating))


def _is_size(value: Any) -> bool:
    return value is None or isinstance(value, (tuple, list))


_NORMAL_FORMS = (
    "Tensor mean, Tensor std, *, torch.Generator generator = None, Tensor out = None",
    "Tensor mean, float std = 1, *, torch.Generator generator = None, Tensor out = None",
    "float mean, Tensor std, *, torch.Generator generator = None, Tensor out = None",
    f"float mean, float std, tuple of ints size, *, {CREATION}",
)
