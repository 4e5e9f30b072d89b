"""Samples of distributions whose parameters are tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.streams.whole import INT64
from pullback.graph import out as out_argument
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.creation.options import finish, numpy_dtype, size_of
from pullback.ops.random.checks import (
    COMPLEX,
    CREATION,
    FLOATING,
    check_normal,
    check_tensor,
    check_weights,
    no_such_form,
    real_number,
    unsupported,
    whole_number,
)
from pullback.ops.random.discrete import check_bernoulli, draw_each
from pullback.ops.random.fills import nothing
from pullback.ops.random.generator import stream_of
from pullback.ops.typing import V


def _refusal(name: str) -> Any:
    """A rule that says that PyTorch has none."""

    def refuse(grad: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return refuse


@general(node="BernoulliBackward0", input=nothing)
def _bernoulli(input: V, dtype: Any, generator: Any) -> V:
    packed = np.ascontiguousarray(input) if input.ndim else input
    return draw_each(packed, packed, dtype, stream_of(generator, "bernoulli"))


@general(node="NotImplemented", input=_refusal("bernoulli"))
def _bernoulli_like(input: V, p: float, generator: Any) -> V:
    stream = stream_of(generator, "bernoulli")
    check_bernoulli(input.dtype, p)
    return stream.bernoulli(input.shape, input.dtype, p)


def bernoulli(input: Any, p: Any = None, *, generator: Any = None, out: Any = None) -> Any:
    """1 with the probability that stands at the same place in `input`, else 0.

    With `p`, a number, that is the probability everywhere and `input` only gives shape and dtype. The
    derivative with respect to `input` is zero.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.bernoulli(torch.tensor([0., 0.5, 1.]))
    tensor([0., 0., 1.])
    """
    check_tensor(input, "bernoulli")
    if p is not None:
        return _bernoulli_like(input, real_number(p, "bernoulli", "p", 2), generator)
    if out is None:
        return _bernoulli(input, input._array.dtype, generator)
    check_tensor(out, "bernoulli", "out")
    return out_argument.store("bernoulli", out, _bernoulli(input, out._array.dtype, generator))


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Any:
    """Places in each row of `input` ``(N)`` or ``(M, N)``, drawn with the weights that stand there.

    Returns int64 ``(num_samples)`` or ``(M, num_samples)``. The weights are finite, not negative, and need
    not add up to 1.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.multinomial(torch.tensor([0., 10., 3., 0.]), 2)
    tensor([1, 2])
    """
    check_tensor(input, "multinomial")
    count = whole_number(num_samples, "multinomial", "num_samples", 2)
    weights, stream = input._array, stream_of(generator, "multinomial")
    _check_multinomial(weights, count, replacement, out)
    check_weights(weights, replacement and count > 1)
    drawn = stream.multinomial(np.ascontiguousarray(weights), count, replacement=bool(replacement))
    return finish(np.ascontiguousarray(drawn), out=out, name="multinomial")


def _check_multinomial(weights: Any, count: int, replacement: bool, out: Any) -> None:
    if weights.dtype not in FLOATING:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {spoken(weights.dtype)}")
    if out is not None:
        check_tensor(out, "multinomial", "out")
        if out._array.dtype != INT64:
            raise RuntimeError(f"multinomial expects Long tensor out, got: {spoken(out._array.dtype)}")
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if weights.shape[-1] > 1 << 24:
        raise RuntimeError("number of categories cannot exceed 2^24")


@general(node="PoissonBackward0", input=nothing)
def _poisson(input: V, generator: Any) -> V:
    stream = stream_of(generator, "poisson")
    if input.dtype not in FLOATING:
        raise unsupported("poisson_cpu", input.dtype)
    if not (input >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return stream.poisson(np.asarray(input))


def poisson(input: Any, generator: Any = None) -> Any:
    """How often something happened that happens `input` times on average, in the dtype of `input`.

    The derivative is zero.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.poisson(torch.tensor([0., 2., 50.]))
    tensor([ 0.,  2., 53.])
    """
    check_tensor(input, "poisson")
    return _poisson(input, generator)


@general(node="NotImplemented", count=_refusal("binomial"), prob=_refusal("binomial"))
def _binomial(count: V, prob: V, generator: Any) -> V:
    stream = stream_of(generator, "binomial")
    if count.dtype != prob.dtype:
        raise RuntimeError(f"Found dtype {spoken(prob.dtype)} but expected {spoken(count.dtype)}")
    if count.dtype.itemsize < 4:
        raise unsupported("binomial_cpu", count.dtype)
    shape = _common_shape(count.shape, prob.shape)
    return stream.binomial(np.broadcast_to(count, shape), np.broadcast_to(prob, shape))


def binomial(count: Any, prob: Any, generator: Any = None) -> Any:
    """How many of `count` trials succeed, each with probability `prob`; both float32 or both float64."""
    check_tensor(count, "binomial", "count")
    check_tensor(prob, "binomial", "prob", 2)
    for name, parameter in (("count", count), ("prob", prob)):
        dtype = parameter._array.dtype
        if dtype not in FLOATING:
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: {spoken(dtype)}")
    return _binomial(count, prob, generator)


@general(node="NormalBackward3", mean=nothing, std=nothing)
def _normal_each(mean: V, std: V, dtype: Any, generator: Any) -> V:
    if std.dtype in COMPLEX:
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not (std >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    return _shifted(_drawn(_common_shape(mean.shape, std.shape), dtype, 1.0, generator), std, mean)


@general(node="NormalBackward1", mean=nothing)
def _normal_around(mean: V, std: float, dtype: Any, generator: Any) -> V:
    return _shifted(_drawn(mean.shape, dtype, std, generator), None, mean)


@general(node="NormalBackward2", std=nothing)
def _normal_wide(mean: float, std: V, dtype: Any, generator: Any) -> V:
    if std.dtype in COMPLEX:
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if not (std >= 0).all():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    return _shifted(_drawn(std.shape, dtype, 1.0, generator), std, mean)


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
    return np.asarray(drawn + mean).astype(dtype, copy=False)


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
        result = _normal_around(mean, float(std), kind, generator)
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


def _common_shape(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    for axis in range(1, min(len(first), len(second)) + 1):
        a, b = first[-axis], second[-axis]
        if a != b and 1 not in (a, b):
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) "
                f"at non-singleton dimension {max(len(first), len(second)) - axis}"
            )
    return np.broadcast_shapes(first, second)
