"""Affine and bilinear maps of the last axis, as layers of a network use them."""

from __future__ import annotations

from math import prod
from typing import Any

from pullback.arrays.products import product
from pullback.arrays.strides import is_contiguous
from pullback.arrays.vocabulary import add_reduce, conj, reshape, swapaxes
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase
from pullback.ops.matrix.addition import _addmm_turned, addmm
from pullback.ops.matrix.matmul import is_turned, matmul, store_product
from pullback.ops.pointwise.arithmetic import add
from pullback.ops.shape.axes import t
from pullback.ops.shape.reshape import _view, reshape as view
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def linear(input: V, weight: V, bias: V | None = None, *, out: V | None = None) -> V:
    """Affine map of the last axis: ``input @ weight.T + bias``.

    Shapes: ``(*, in), (out, in), (out) -> (*, out)``; a 1-d weight ``(in)`` gives ``(*)``. All of one dtype, which is
    kept. Raises ``RuntimeError`` where sizes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.nn.functional.linear(torch.tensor([1., 2.]), torch.tensor([[3., 4.]]), torch.tensor([0.5]))
    tensor([11.5000])
    """
    result = _linear(input, weight, bias)
    return result if out is None else store_product("linear", out, result, input, weight)


def _linear(input: Any, weight: Any, bias: Any) -> Any:
    try:
        shape, sizes = input._array.shape, weight._array.shape
    except AttributeError:
        raise _wrong_type(input, weight) from None
    if not shape or not sizes:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {len(shape)}D and {len(sizes)}D"
        )
    turned = t(weight)
    if bias is None:
        return matmul(input, turned)
    if len(shape) == 2:
        return _affine(bias, input, turned)
    if bias._array.ndim == 1 and is_contiguous(input._array):
        flat = _view(input, (prod(shape[:-1]), shape[-1]))
        return _view(_affine(bias, flat, turned), (*shape[:-1], sizes[0]))
    return add(matmul(input, turned), bias)


def _affine(bias: Any, input: Any, turned: Any) -> Any:
    return (_addmm_turned if is_turned(turned._array) else addmm)(bias, input, turned)


def _wrong_type(*values: Any) -> TypeError:
    for position, (name, value) in enumerate(zip(("input", "weight"), values), 1):
        if not isinstance(value, TensorBase):
            return TypeError(
                f"linear(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}"
            )
    raise AssertionError("every operand is a tensor")


def _form(first: Any, weight: Any) -> Any:
    """``first_i weight_oij``, a matrix of ``(o, j)`` for each row of `first`."""
    outputs, n, m = weight.shape
    return reshape(product(first, reshape(swapaxes(weight, 0, 1), (n, outputs * m))), (first.shape[0], outputs, m))


@general(
    i1=lambda grad, i2, i3: product(
        reshape(grad[:, :, None] * conj(i3)[:, None, :], (grad.shape[0], grad.shape[1] * i3.shape[1])),
        conj(reshape(swapaxes(i2, 1, 2), (i2.shape[0] * i2.shape[2], i2.shape[1]))),
    ),
    i2=lambda grad, i1, i3: reshape(
        product(
            swapaxes(
                reshape(grad[:, :, None] * conj(i1)[:, None, :], (grad.shape[0], grad.shape[1] * i1.shape[1])), 0, 1
            ),
            conj(i3),
        ),
        (grad.shape[1], i1.shape[1], i3.shape[1]),
    ),
    i3=lambda grad, i1, i2: add_reduce(grad[:, :, None] * conj(_form(i1, i2)), 1),
)
def _trilinear(i1: V, i2: V, i3: V) -> V:
    """``sum_ij i1[n, i] * i2[o, i, j] * i3[n, j]``, with shape ``(n, o)``."""
    return add_reduce(_form(i1, i2) * i3[:, None, :], 2)


@asks_for_tensors
def bilinear(input1: V, input2: V, weight: V, bias: V | None = None) -> V:
    """Bilinear map of two last axes: ``input1 @ weight[k] @ input2 + bias[k]`` for every output ``k``.

    Shapes: ``(*, n), (*, m), (out, n, m), (out) -> (*, out)``. Raises ``RuntimeError`` where sizes do not fit.
    """
    _check_bilinear(input1, input2, weight, bias)
    rows, outputs = input1._array.shape[:-1], weight._array.shape[0]
    count = prod(rows)
    first = view(input1, (count, input1._array.shape[-1]))
    second = view(input2, (count, input2._array.shape[-1]))
    result = view(_trilinear(first, weight, second), (*rows, outputs))
    return result if bias is None else add(result, bias)


def _check_bilinear(input1: Any, input2: Any, weight: Any, bias: Any) -> None:
    first, second, sizes = input1._array.shape, input2._array.shape, weight._array.shape
    if len(first) != len(second):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(first)} and {len(second)}")
    for axis, (a, b) in enumerate(zip(first[:-1], second[:-1])):
        if a != b:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {axis}: got {a} and {b}")
    for number, (name, size) in enumerate((("input1", first[-1]), ("input2", second[-1])), 1):
        if size != sizes[number]:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {size} but expected {sizes[number]}"
            )
    if bias is not None and bias._array.shape[0] != sizes[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias._array.shape[0]} but expected {sizes[0]}"
        )
