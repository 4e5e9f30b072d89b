"""Boolean masks: fill, select and scatter where they hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import drop, keep
from pullback.arrays.scatter import pick, put, spread
from pullback.arrays.vocabulary import cast, expand, reshape
from pullback.graph.inplace import in_place, spoken
from pullback.graph.levels import example_by_example
from pullback.graph.operator import elementwise, general, linear
from pullback.graph.overlap import check_apart, warn_expanded
from pullback.graph.tensor_base import TensorBase
from pullback.graph.writable import ANYHOW, DISTINCT, check_history
from pullback.ops.index.quiet import is_quiet, write_quietly
from pullback.ops.numbers import number_of
from pullback.ops.outputs import check_out, cpp_name
from pullback.ops.pointwise.calling import no_overload
from pullback.ops.shape.broadcasting import common_shape, expand as expand_tensor
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@elementwise(node="MaskedFillBackward0", promotes=(), input=lambda grad, mask: drop(grad, mask))
def _masked_fill(input: V, mask: V, value: Any) -> V:
    return np.where(mask, value, input)


@elementwise(
    node="MaskedFillBackward1",
    promotes=(),
    input=lambda grad, mask: drop(grad, mask),
    value=lambda grad, mask: keep(grad, mask),
)
def _masked_fill_tensor(input: V, mask: V, value: V) -> V:
    return np.where(mask, cast(value, input.dtype), input)


def _fill_value(input: Any, mask: Any, value: Any) -> Any:
    if not isinstance(mask, TensorBase):
        raise TypeError(f"masked_fill(): argument 'mask' (position 1) must be Tensor, not {type(mask).__name__}")
    kind = mask._array.dtype
    if kind.kind != "b":
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {cpp_name(kind)}")
    if isinstance(value, TensorBase):
        if value._array.ndim:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._array.ndim} dimension(s)."
            )
        if value._array.dtype.kind == "c" and input._array.dtype.kind not in "cW":
            number_of(value._array.item(), input._array.dtype)
        return value
    if value is None:
        raise no_overload("masked_fill", mask, value)
    return number_of(value, input._array.dtype)


@asks_for_tensors
def masked_fill(input: V, mask: V, value: Any) -> V:
    """`value`, a number or a 0-d tensor, where `mask` holds, `input` elsewhere; `mask` and `input` broadcast.

    Raises ``RuntimeError`` if `mask` is not boolean. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.masked_fill_.html.

    >>> import pullback as torch
    >>> x = torch.tensor([1., 2., 3.])
    >>> x.masked_fill(x > 1.5, 0)
    tensor([1., 0., 0.])
    """
    value = _fill_value(input, mask, value)
    common_shape(mask._array.shape, input._array.shape)
    return (_masked_fill_tensor if isinstance(value, TensorBase) else _masked_fill)(input, mask, value)


_masked_fill_recorded = in_place(_masked_fill, "masked_fill_", ANYHOW)
_masked_fill_tensor_recorded = in_place(_masked_fill_tensor, "masked_fill_", ANYHOW)


def masked_fill_(input: V, mask: V, value: Any) -> V:
    """`masked_fill` in place."""
    check_history(input, value)
    value = _fill_value(input, mask, value)
    _check_shape(input, mask)
    warn_expanded(input._array, "masked_fill_")
    check_apart(input._array, (mask._array,))
    if is_quiet(input, value):
        array = value._array if isinstance(value, TensorBase) else value
        where = mask._array
        return write_quietly(
            input, lambda memory: np.copyto(memory, array, where=where, casting="unsafe"), sharing=ANYHOW
        )
    recorded = _masked_fill_tensor_recorded if isinstance(value, TensorBase) else _masked_fill_recorded
    return recorded(input, mask, value)


def _check_shape(input: Any, mask: Any) -> None:
    shape = common_shape(input._array.shape, mask._array.shape)
    if shape != input._array.shape:
        raise RuntimeError(
            f"output with shape {list(input._array.shape)} doesn't match the broadcast shape {list(shape)}"
        )


# ----------------------------------------------------------------------------------------------- masked_select


@linear(
    node="MaskedSelectBackward0",
    input=lambda grad, mask, input_shape: _unselected(grad, mask, common_shape(mask.shape, input_shape)),
)
def _masked_select(input: V, mask: V) -> V:
    shape = common_shape(tuple(mask.shape), tuple(input.shape))
    if not shape:
        return pick(reshape(input, (1,)), [reshape(mask, (1,))], (0,))
    return pick(expand(input, shape), [expand(mask, shape)], (0,))


def _unselected(grad: V, mask: V, shape: tuple[int, ...]) -> V:
    if not shape:
        return reshape(spread(grad, [reshape(mask, (1,))], (0,), (1,)), ())
    return spread(grad, [expand(mask, shape)], (0,), shape)


@asks_for_tensors
def masked_select(input: V, mask: V, *, out: Any = None) -> V:
    """The elements of `input` where `mask` holds, in C order along one axis; both are broadcast.

    Raises ``RuntimeError`` if `mask` is not boolean.

    >>> import pullback as torch
    >>> x = torch.tensor([1., 2., 3.])
    >>> x.masked_select(x > 1.5)
    tensor([2., 3.])
    """
    if mask._array.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    common_shape(mask._array.shape, input._array.shape)
    check_out(out, input, mask)
    return _masked_select(input, mask, out=out)


# ---------------------------------------------------------------------------------------------- masked_scatter


def _source_rule(grad: V, mask: V, source_shape: tuple[int, ...]) -> V:
    size = int(np.prod(source_shape, dtype=int))
    mask = expand(mask, grad.shape)
    taken = pick(grad, [mask], (0,)) if grad.ndim else pick(reshape(grad, (1,)), [reshape(mask, (1,))], (0,))
    return reshape(put(taken, slice(0, taken.shape[0]), (size,)), source_shape)


@general(
    node="MaskedScatterBackward0",
    input=lambda grad, mask: drop(grad, mask),
    source=_source_rule,
    jvp=lambda d_input, d_source, input, mask, source: _scattered_tangent(d_input, d_source, input, mask, source),
)
def _masked_scatter(input: V, mask: V, source: V) -> V:
    shape = common_shape(tuple(mask.shape), tuple(input.shape))
    order = np.cumsum(reshape(expand(mask, shape), (-1,)))  # the n-th place where the mask holds takes the n-th element
    places = reshape(np.maximum(order - 1, 0), shape)
    if not source.size:
        return np.where(mask, input, input)
    return np.where(mask, pick(reshape(source, (-1,)), [np.minimum(places, source.size - 1)], (0,)), input)


def _scattered_tangent(d_input: Any, d_source: Any, input: Any, mask: Any, source: Any) -> Any:
    d_input = np.zeros_like(input) if d_input is None else d_input
    d_source = np.zeros_like(source) if d_source is None else d_source
    return _masked_scatter(d_input, mask, d_source)


def _check_scatter(input: Any, mask: Any, source: Any, shape: tuple[int, ...]) -> None:
    if mask._array.dtype.kind != "b":
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {spoken(mask._array.dtype)}"
        )
    if input._array.dtype != source._array.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{spoken(input._array.dtype)} and {spoken(source._array.dtype)}"
        )
    if np.count_nonzero(np.broadcast_to(mask._array, shape)) > source._array.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")


@example_by_example
@asks_for_tensors
def masked_scatter(input: V, mask: V, source: V) -> V:
    """The elements of `source`, one after the other, where `mask` holds, `input` elsewhere.

    Raises ``RuntimeError`` if `source` has too few elements.

    >>> import pullback as torch
    >>> x = torch.tensor([1., 2., 3.])
    >>> x.masked_scatter(x > 1.5, torch.tensor([7., 8., 9.]))
    tensor([1., 7., 8.])
    """
    _check_scatter(input, mask, source, common_shape(mask._array.shape, input._array.shape))
    return _masked_scatter(input, mask, source)


_masked_scatter_recorded = in_place(_masked_scatter, "masked_scatter_", DISTINCT)


def masked_scatter_(input: V, mask: V, source: V) -> V:
    """`masked_scatter` in place."""
    check_history(input, source)
    expand_tensor(mask, input._array.shape)  # raises where it does not fit
    _check_scatter(input, mask, source, input._array.shape)
    return _masked_scatter_recorded(input, mask, source)
