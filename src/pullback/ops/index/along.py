"""Elements along an axis by an index of the same number of axes: `gather`, `scatter` and their kin."""

from __future__ import annotations

import warnings
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.arrays.along import pick_along, reduced_along, replaced_along, spread_along, write_along
from pullback.arrays.scatter import put
from pullback.arrays.vocabulary import reshape
from pullback.graph.inplace import in_place, spoken
from pullback.graph.once import outside
from pullback.graph.operator import general, linear
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.writable import APART, check_history
from pullback.later import later
from pullback.ops.dims import wrap_dim
from pullback.ops.index.kinds import INT64, INTEGERS
from pullback.ops.index.quiet import is_quiet, write_quietly
from pullback.ops.index.rows import check_positions, wrapped
from pullback.ops.numbers import number_of
from pullback.ops.numpy_words import numpy_names
from pullback.ops.outputs import check_out
from pullback.ops.pointwise.calling import no_overload
from pullback.ops.shape.broadcasting import common_shape, expand
from pullback.ops.shape.reshape import reshape as reshaped
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

if TYPE_CHECKING:
    from pullback.arrays.sparse import rows
else:
    (rows,) = later("pullback.arrays.sparse", "rows")

_ZERO = np.zeros((), bool)


def line(value: V) -> V:
    """A 0-d value as one with one element along one axis."""
    return value if value.ndim else value[None]


def corner(source: V, index: V) -> V:
    """The part of `source` that `index` names: its first elements along each axis."""
    if source.shape == index.shape:
        return source
    return line(source)[tuple([slice(0, length) for length in line(index).shape])]


def in_corner(grad: V, shape: tuple[int, ...]) -> V:
    """Zeros of `shape` with `grad` in the corner: the transpose of `corner`."""
    if tuple(grad.shape) == tuple(shape):
        return grad
    if not shape:
        return reshape(grad, ())
    return put(grad, tuple([slice(0, length) for length in line(grad).shape]), shape)


# ------------------------------------------------------------------------------------------------------- gather


@linear(
    node="GatherBackward0",
    input=lambda grad, dim, index, input_shape: _spread(grad, dim, index, input_shape),
)
def _gather(input: V, dim: int, index: V) -> V:
    found = pick_along(line(input), line(index), dim)
    return found if index.ndim else reshape(found, ())


def _spread(grad: V, dim: int, index: V, shape: tuple[int, ...]) -> V:
    found = spread_along(line(grad), line(index), dim, shape or (1,))
    return found if shape else reshape(found, ())


@linear(
    node="GatherBackward0",
    input=lambda grad, dim, index, input_shape: rows.sparse_along(grad, index, dim, input_shape),
)
def _gather_sparsely(input: V, dim: int, index: V) -> V:
    found = pick_along(line(input), line(index), dim)
    return found if index.ndim else reshape(found, ())


def gather_tensor(input: V, index: V, axis: int) -> V:
    """`gather` with the arguments of `numpy.take_along_axis`."""
    return _gather(input, axis, index)


def spread_tensor(input: V, index: V, axis: int, shape: tuple[int, ...]) -> V:
    """The transpose of `gather_tensor`."""
    return _spread_along(input, index, axis, shape)


@linear(node="GatherBackwardBackward0", input=lambda grad, index, axis: pick_along(grad, index, axis))
def _spread_along(input: V, index: V, axis: int, shape: tuple[int, ...]) -> V:
    return spread_along(input, index, axis, shape)


def _axis(input: Any, dim: int, index: Any, name: str) -> int:
    axis = wrap_dim(dim, input._array.ndim)
    if not isinstance(index, TensorBase):
        raise TypeError(f"{name}(): argument 'index' (position 2) must be Tensor, not {type(index).__name__}")
    if index._array.dtype not in INTEGERS:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if index._array.size and max(index._array.ndim, 1) != max(input._array.ndim, 1):
        whose = "input" if name == "gather" else "self"
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {whose} tensor")
    return axis


@asks_for_tensors
def gather(
    input: V, dim: Any = None, index: Any = None, *, axis: Any = None, sparse_grad: bool = False, out: Any = None
) -> V:
    """The elements of `input` that `index` names along `dim`: ``out[i][j] = input[index[i][j]][j]`` for `dim` 0.

    `index` (int64 or int32) has as many axes as `input` and gives the shape of the result; its other axes may be
    shorter. With `sparse_grad` the gradient is sparse. Raises ``RuntimeError`` if the index does not fit.

    >>> import pullback as torch
    >>> torch.tensor([[1, 2], [3, 4]]).gather(1, torch.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    if isinstance(index, TensorBase) and not index._array.size:
        wrap_dim(axis if dim is None else dim, input._array.ndim)
        return _gather_nothing(input, index._array.shape, out=out)
    position = _axis(input, axis if dim is None else dim, index, "gather")
    check_out(out, input, index, dtype=input._array.dtype)
    shape, wanted = input._array.shape, index._array.shape
    for place, (length, limit) in enumerate(zip(wanted, shape) if wanted != shape else ()):
        if place != position and length > limit:
            raise RuntimeError(
                f"Size does not match at dimension {place} expected index {list(wanted)} to be no larger than self "
                f"{list(shape)} apart from dimension {position}"
            )
    check_positions(index, shape[position] if shape else 1, RuntimeError, _out_of_bounds(position))
    return (_gather_sparsely if sparse_grad else _gather)(input, position, index, out=out)


@linear(
    node="GatherBackward0",
    input=lambda grad, input_shape: reshape(put(reshape(grad, (-1,)), slice(0, 0), (prod(input_shape),)), input_shape),
)
def _gather_nothing(input: V, shape: tuple[int, ...]) -> V:
    return reshape(reshape(input, (-1,))[:0], shape)


def _out_of_bounds(axis: int) -> str:
    return f"index {{place}} is out of bounds for dimension {axis} with size {{length}}"


@asks_for_tensors
def take_along_dim(input: V, indices: V, dim: int | None = None, *, axis: int | None = None, out: Any = None) -> V:
    """`gather` with broadcasting: `input` and `indices` are expanded to each other, except along `dim`.

    Without `dim` both are flattened.

    >>> import pullback as torch
    >>> x = torch.tensor([[30, 10, 20]])
    >>> x.take_along_dim(torch.tensor([[1, 2, 0]]), dim=1)
    tensor([[10, 20, 30]])
    """
    dim = axis if dim is None else dim
    if dim is None:
        return gather(reshaped(input, -1), 0, reshaped(indices, -1), out=out)
    if indices._array.dtype != INT64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {spoken(indices._array.dtype)}"
        )
    if input._array.ndim != indices._array.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input._array.ndim} dimensions for input, and {indices._array.ndim} dimensions for indices"
        )
    position = wrap_dim(dim, input._array.ndim)
    shape, wanted = list(input._array.shape), list(indices._array.shape)
    if not shape:
        return gather(input, 0, indices, out=out)
    here, there = shape[position], wanted[position]
    indices = wrapped(indices, here)
    shape[position] = wanted[position] = 1
    common = list(common_shape(tuple(shape), tuple(wanted)))
    common[position] = there
    indices = expand(indices, *common)
    common[position] = here
    return gather(expand(input, *common), position, indices, out=out)


# ------------------------------------------------------------------------------------------------------ scatter


@linear(
    node="ScatterBackward0",
    input=lambda grad, dim, index: replaced_along(line(grad), line(index), dim, _ZERO),
    src=lambda grad, dim, index, src_shape: in_corner(pick_along(line(grad), line(index), dim), src_shape),
)
def _scatter_src(input: V, dim: int, index: V, src: V) -> V:
    found = replaced_along(line(input), line(index), dim, corner(src, index))
    return found if input.ndim else reshape(found, ())


@general(node="ScatterBackward1", input=lambda grad, dim, index: replaced_along(line(grad), line(index), dim, _ZERO))
def _scatter_value(input: V, dim: int, index: V, value: Any) -> V:
    found = replaced_along(line(input), line(index), dim, value)
    return found if input.ndim else reshape(found, ())


def _no_derivative(grad: V) -> V:
    raise RuntimeError("derivative for aten::scatter is not implemented")


@general(node="NotImplemented", input=_no_derivative)
def _scatter_reduced(input: V, dim: int, index: V, src: Any, how: str) -> V:
    values = src if not getattr(src, "ndim", 0) else corner(src, index)
    found = reduced_along(line(input), line(index), dim, values, how)
    return found if input.ndim else reshape(found, ())


@linear(
    node="ScatterAddBackward0",
    input=lambda grad: grad,
    src=lambda grad, dim, index, src_shape: in_corner(pick_along(line(grad), line(index), dim), src_shape),
)
def _scatter_add(input: V, dim: int, index: V, src: V) -> V:
    found = reduced_along(line(input), line(index), dim, line(corner(src, index)), "sum")
    return found if input.ndim else reshape(found, ())


_scatter_src_recorded = in_place(_scatter_src, "scatter_", APART)
_scatter_value_recorded = in_place(_scatter_value, "scatter_")
_scatter_reduced_recorded = in_place(_scatter_reduced, "scatter_", APART)
_scatter_add_recorded = in_place(_scatter_add, "scatter_add_", APART)
_DEPRECATED = (
    "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch "
    "release. Use torch.scatter_reduce instead for more reduction options."
)
_REDUCE = {"add": "sum", "multiply": "prod"}


def check_scatter(input: Any, dim: int, index: Any, src: Any, name: str = "scatter") -> int:
    """The axis of a scatter whose arguments fit; PyTorch's errors where they do not."""
    axis = _axis(input, dim, index, name)
    shape, wanted = input._array.shape, index._array.shape
    if isinstance(src, TensorBase):
        if src._array.dtype != input._array.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        given = src._array.shape
        if index._array.size and max(len(given), 1) != max(len(wanted), 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    else:
        given = wanted
    if not index._array.size:
        return axis
    wide = any(n > m for place, (n, m) in enumerate(zip(wanted, shape)) if place != axis)
    if wide or any(n > m for n, m in zip(wanted, given)):
        text = f"Expected index {list(wanted)} to be no larger than self {list(shape)} apart from dimension {axis}"
        if isinstance(src, TensorBase):
            text += f" and to be no larger size than src {list(given)}"
        raise RuntimeError(text)
    check_positions(index, shape[axis] if shape else 1, RuntimeError, _out_of_bounds(axis))
    return axis


def _scatter_arguments(input: Any, dim: int, index: Any, src: Any, value: Any, reduce: Any) -> tuple[int, Any]:
    what = value if src is None else src
    if what is None:
        raise no_overload("scatter", input, dim, index)
    if reduce is not None and reduce not in _REDUCE:
        raise RuntimeError("reduce argument must be either add or multiply.")
    axis = check_scatter(input, dim, index, what)
    if reduce is not None and isinstance(what, TensorBase):
        warnings.warn(_DEPRECATED, UserWarning, stacklevel=outside())
    return axis, what if isinstance(what, TensorBase) else number_of(what, input._array.dtype)


@numpy_names
def scatter(
    input: V, dim: int, index: V, src: Any = None, *, value: Any = None, reduce: str | None = None, out: Any = None
) -> V:
    """A copy of `input` with `src` (a tensor or a number) at the places that `index` names along `dim`.

    ``out[index[i][j]][j] = src[i][j]`` for `dim` 0. With ``reduce="add"`` or ``"multiply"`` the values are combined
    with what is there; that has no derivative, `scatter_add` and `scatter_reduce` have. Raises ``RuntimeError`` if
    the index does not fit.

    >>> import pullback as torch
    >>> torch.zeros(2, 3).scatter(1, torch.tensor([[2], [0]]), 1.)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    axis, what = _scatter_arguments(input, dim, index, src, value, reduce)
    if not index._array.size:
        index = no_index(input)
        what = what if not isinstance(what, TensorBase) else nothing(what, index)
    if reduce is not None:
        return _scatter_reduced(input, axis, index, _bare(what), _REDUCE[reduce], out=out)
    return (_scatter_src if isinstance(what, TensorBase) else _scatter_value)(input, axis, index, what, out=out)


def _bare(value: Any) -> Any:
    return value._array if isinstance(value, TensorBase) else value


def no_index(input: Any) -> Any:
    """An index without elements that has the axes of `input`."""
    return wrap(np.zeros((0,) * max(input._array.ndim, 1), np.int64))


def nothing(source: V, index: Any) -> V:
    """A source without elements that keeps its place in the graph."""
    return reshaped(reshaped(source, -1)[:0], index._array.shape)


@numpy_names
def scatter_(input: V, dim: int, index: V, src: Any = None, *, value: Any = None, reduce: str | None = None) -> V:
    """`scatter` in place."""
    check_history(input, src)
    axis, what = _scatter_arguments(input, dim, index, src, value, reduce)
    if not index._array.size:
        return input
    if is_quiet(input, what):
        how = None if reduce is None else _REDUCE[reduce]
        places = line(index._array)
        values = corner(what._array, index._array) if isinstance(what, TensorBase) else what
        return write_quietly(
            input, lambda memory: write_along(_flat(memory), places, axis, values, how), index, what, sharing=APART
        )
    if reduce is not None:
        return _scatter_reduced_recorded(input, axis, index, _bare(what), _REDUCE[reduce])
    recorded = _scatter_src_recorded if isinstance(what, TensorBase) else _scatter_value_recorded
    return recorded(input, axis, index, what)


def _flat(memory: np.ndarray) -> np.ndarray:
    return memory if memory.ndim else memory.reshape(1)


def _need_source(src: Any, name: str) -> None:
    if not isinstance(src, TensorBase):
        raise TypeError(f"{name}(): argument 'src' (position 3) must be Tensor, not {type(src).__name__}")


@numpy_names
def scatter_add(input: V, dim: int, index: V, src: V, *, out: Any = None) -> V:
    """A copy of `input` to which `src` is added at the places that `index` names along `dim`.

    A place that is named several times receives the sum.

    >>> import pullback as torch
    >>> torch.zeros(3).scatter_add(0, torch.tensor([1, 1, 2]), torch.tensor([1., 2., 3.]))
    tensor([0., 3., 3.])
    """
    _need_source(src, "scatter_add")
    axis = check_scatter(input, dim, index, src, "scatter")
    if not index._array.size:
        index = no_index(input)
        src = nothing(src, index)
    return _scatter_add(input, axis, index, src, out=out)


@numpy_names
def scatter_add_(input: V, dim: int, index: V, src: V) -> V:
    """`scatter_add` in place."""
    check_history(input, src)
    _need_source(src, "scatter_add_")
    axis = check_scatter(input, dim, index, src, "scatter")
    if not index._array.size:
        return input
    if not is_quiet(input, src):
        return _scatter_add_recorded(input, axis, index, src)
    places, values = line(index._array), corner(src._array, index._array)
    return write_quietly(
        input, lambda memory: write_along(_flat(memory), places, axis, values, "sum"), index, src, sharing=APART
    )
