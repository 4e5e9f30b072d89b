"""The largest and smallest elements, and where they stand.

NaN counts as the largest and as the smallest. Where several elements are equal, `amax` (and `max` of
everything) shares the cotangent among them; ``max(dim)`` gives it to the one whose index it returns, the
first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.along import pick_along
from pullback.arrays.reductions import Axes, add_over, extreme_over, kept, matches
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dim
from pullback.ops.pointwise.calling import no_overload
from pullback.ops.pointwise.extrema import maximum, minimum
from pullback.ops.reduction.names import MISSING, axes_of, refuse, said, settle
from pullback.ops.reduction.selection import SELECTION
from pullback.ops.typing import Dim, V
from pullback.return_types import return_type

MAX, MAX_OUT = return_type("max", "values", "indices"), return_type("max_out", "values", "indices")
MIN, MIN_OUT = return_type("min", "values", "indices"), return_type("min_out", "values", "indices")
AMINMAX, AMINMAX_OUT = return_type("aminmax", "min", "max"), return_type("aminmax_out", "min", "max")


def check_real(array: Any, name: str, kernel: str = "") -> None:
    """Raise for complex numbers, which have no order; the error is PyTorch's, which may name a kernel."""
    if array.dtype.kind == "c":
        if kernel:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{spoken(array.dtype)}'")
        raise RuntimeError(f"{name}(): does not support complex input")


def check_not_empty(array: Any, axes: Axes, name: str) -> None:
    """Raise where nothing meets in an element of the result, so that it has no largest or smallest."""
    shape = array.shape
    if 0 not in shape:
        return
    if axes is None:
        raise RuntimeError(
            f"{name}: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction "
            "dim with the 'dim' argument."
        )
    for axis in axes:
        if shape[axis] == 0:
            raise IndexError(f"{name}: Expected reduction dim {axis} to have non-zero size.")


def _reduce(ufunc: Any, array: Any, dim: Dim, keepdim: bool, name: str) -> Any:
    axes = axes_of(dim, array.ndim, name)
    check_real(array, name, "max_values_cpu" if ufunc is np.maximum else "min_values_cpu")
    if 0 in array.shape:  # the message names an axis as it was given
        check_not_empty(array, dim if axes and isinstance(dim, (tuple, list)) else axes and (dim,), f"{name}()")
    return extreme_over(ufunc, array, axes, keepdim)


def share(grad: Any, input: Any, result: Any, axes: Axes, keepdim: bool) -> Any:
    """A cotangent shared equally among the elements that equal the result."""
    grad, result = kept(grad, input.shape, axes, keepdim), kept(result, input.shape, axes, keepdim)
    mask = input == result
    return grad * mask / cast(add_over(mask, axes, True), grad.dtype)


def share_all(grad: Any, input: Any, result: Any) -> Any:
    """The same for the reduction of everything; here a NaN equals a NaN."""
    mask = matches(input, result)
    return mask * (grad / cast(add_over(mask, None), grad.dtype))


@general(
    node="AmaxBackward0",
    input=lambda grad, input, result, dim, keepdim: share(grad, input, result, axes_of(dim, input.ndim), keepdim),
)
def _amax(input: V, dim: Dim = None, keepdim: bool = False) -> V:
    return _reduce(np.maximum, input, dim, keepdim, "amax")


@general(
    node="AminBackward0",
    input=lambda grad, input, result, dim, keepdim: share(grad, input, result, axes_of(dim, input.ndim), keepdim),
)
def _amin(input: V, dim: Dim = None, keepdim: bool = False) -> V:
    return _reduce(np.minimum, input, dim, keepdim, "amin")


def _check_out(input: Any, out: Any) -> None:
    if out.dtype is not input.dtype:
        raise RuntimeError(
            f"Expected the dtype for input and out to match, but got {spoken(input._array.dtype)} for input's dtype "
            f"and {spoken(out._array.dtype)} for out's dtype."
        )


def amax(input: V, dim: Dim = None, keepdim: bool = False, *, out: Any = None, **names: Any) -> V:
    """The largest element, of everything or over `dim`; equal ones share the cotangent.

    Shapes: ``(*) -> ()``; with `dim` those axes go, or stay at length 1 with `keepdim`. Real dtypes, kept.
    Raises ``IndexError`` or ``RuntimeError`` where there is no element.

    >>> import pullback as torch
    >>> torch.tensor([[1., 5.], [3., 2.]]).amax(1)
    tensor([5., 3.])
    """
    if names:
        dim, keepdim = settle("amax", names, dim, keepdim)
    if out is not None:
        _check_out(input, out)
    return _amax(input, dim, keepdim, out=out)


def amin(input: V, dim: Dim = None, keepdim: bool = False, *, out: Any = None, **names: Any) -> V:
    """The smallest element, as `amax`.

    >>> import pullback as torch
    >>> torch.tensor([[1., 5.], [3., 2.]]).amin()
    tensor(1.)
    """
    if names:
        dim, keepdim = settle("amin", names, dim, keepdim)
    if out is not None:
        _check_out(input, out)
    return _amin(input, dim, keepdim, out=out)


@general(node="MaxBackward1", input=share_all)
@said("max")
def _max_all(input: V) -> V:
    check_real(input, "max", "max_all")
    check_not_empty(input, None, "max()")
    return np.maximum.reduce(input, axis=None)


@general(node="MinBackward1", input=share_all)
@said("min")
def _min_all(input: V) -> V:
    check_real(input, "min", "min_all")
    check_not_empty(input, None, "min()")
    return np.minimum.reduce(input, axis=None)


def _extreme_dim(array: Any, dim: int, keepdim: bool, name: str, where: Any) -> tuple[Any, Any]:
    axis = wrap_dim(dim, array.ndim)
    check_real(array, name)
    if array.ndim == 0:
        return array[()], np.int64(0)
    check_not_empty(array, (axis,), f"{name}()")
    index = where(array, axis=axis, keepdims=True)
    values = pick_along(array, index, axis)
    if keepdim:
        return values, index
    at = (slice(None),) * axis + (0,)
    return values[at], index[at]


@general(node="MaxBackward0", outputs=2, **SELECTION)
@said("max")
def _max_dim(input: V, dim: int, keepdim: bool = False) -> tuple[V, V]:
    return _extreme_dim(input, dim, keepdim, "max", np.argmax)


@general(node="MinBackward0", outputs=2, **SELECTION)
@said("min")
def _min_dim(input: V, dim: int, keepdim: bool = False) -> tuple[V, V]:
    return _extreme_dim(input, dim, keepdim, "min", np.argmin)


def max(
    input: V, dim: Any = MISSING, keepdim: bool = False, *, other: Any = None, out: Any = None, **names: Any
) -> Any:
    """The largest element of all; over one `dim` with its index; or of two tensors, element by element.

    Forms: ``max(input)``; ``max(input, dim, keepdim=False)``, a named tuple ``(values, indices)``;
    ``max(input, other)``, which is `maximum`. Real dtypes, kept; indices are int64. NaN counts as the
    largest. Raises ``IndexError`` for an axis out of range or of length 0, ``RuntimeError`` if there is no
    element.

    >>> import pullback as torch
    >>> torch.tensor([[1., 5.], [3., 2.]]).max(1).indices
    tensor([1, 0])
    """
    if names:
        dim, keepdim = settle("max", names, dim, keepdim)
    if dim is MISSING and other is None:
        if keepdim:
            raise refuse("max", keepdim=keepdim)
        return _max_all(input, out=out)
    if other is not None or isinstance(dim, TensorBase):
        if not isinstance(input, TensorBase):
            raise no_overload("max", input, dim if other is None else other)
        return maximum(input, dim if other is None else other, out=out)
    if not hasattr(dim, "__index__"):
        raise refuse("max", input=input, dim=dim)
    if out is not None:
        return MAX_OUT(*_max_dim(input, dim, keepdim, out=out))
    return MAX(*_max_dim(input, dim, keepdim))


def min(
    input: V, dim: Any = MISSING, keepdim: bool = False, *, other: Any = None, out: Any = None, **names: Any
) -> Any:
    """The smallest element of all; over one `dim` with its index; or of two tensors: as `max`.

    >>> import pullback as torch
    >>> torch.tensor([3., 1., 2.]).min()
    tensor(1.)
    """
    if names:
        dim, keepdim = settle("min", names, dim, keepdim)
    if dim is MISSING and other is None:
        if keepdim:
            raise refuse("min", keepdim=keepdim)
        return _min_all(input, out=out)
    if other is not None or isinstance(dim, TensorBase):
        if not isinstance(input, TensorBase):
            raise no_overload("min", input, dim if other is None else other)
        return minimum(input, dim if other is None else other, out=out)
    if not hasattr(dim, "__index__"):
        raise refuse("min", input=input, dim=dim)
    if out is not None:
        return MIN_OUT(*_min_dim(input, dim, keepdim, out=out))
    return MIN(*_min_dim(input, dim, keepdim))


@general(
    node="AminmaxBackward0",
    outputs=2,
    input=lambda grads, input, results, dim, keepdim: (
        share(grads[0], input, results[0], _one_or_all(dim, input.ndim), keepdim)
        + share(grads[1], input, results[1], _one_or_all(dim, input.ndim), keepdim)
    ),
)
def _aminmax(input: V, dim: int | None, keepdim: bool) -> tuple[V, V]:
    axes = _one_or_all(dim, input.ndim)
    check_real(input, "aminmax", "aminmax_cpu")
    if axes is None and 0 in input.shape:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    if axes:
        check_not_empty(input, axes, "aminmax")
    return (
        extreme_over(np.minimum, input, axes, keepdim),
        extreme_over(np.maximum, input, axes, keepdim),
    )


def _one_or_all(dim: int | None, ndim: int) -> Axes:
    return axes_of(None if dim is None else (dim,), ndim)


def aminmax(input: V, *, dim: int | None = None, keepdim: bool = False, out: Any = None, **names: Any) -> Any:
    """The smallest and the largest element, of everything or along `dim`: a named tuple ``(min, max)``.

    >>> import pullback as torch
    >>> torch.tensor([3., 1., 2.]).aminmax().max
    tensor(3.)
    """
    if names:
        dim, keepdim = settle("aminmax", names, dim, keepdim)
    if out is not None:
        for each in out:
            if each.dtype is not input.dtype:
                raise RuntimeError(
                    f"Expected out tensor to have dtype {spoken(input._array.dtype).lower()}, but got "
                    f"{spoken(each._array.dtype).lower()} instead"
                )
        return AMINMAX_OUT(*_aminmax(input, dim, keepdim, out=out))
    return AMINMAX(*_aminmax(input, dim, keepdim))
