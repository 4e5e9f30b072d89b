"""Whole slices by a list of positions: `index_select` and the writes that mirror it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.scatter import distinct, pick, replaced_at, spread, write_at
from pullback.arrays.vocabulary import add_reduce, cast, reshape
from pullback.graph.inplace import in_place, spoken
from pullback.graph.operator import general, linear
from pullback.graph.overlap import check_apart, warn_expanded
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.writable import ANYHOW, APART, check_history
from pullback.ops.dims import wrap_dim
from pullback.ops.index.kinds import INT64, INTEGERS
from pullback.ops.index.quiet import is_quiet, write_quietly
from pullback.ops.numbers import number_of
from pullback.ops.numpy_words import numpy_names
from pullback.ops.outputs import check_out
from pullback.ops.pointwise.calling import no_overload
from pullback.ops.typing import Scalar, V
from pullback.ops.wrong_types import asks_for_tensors

_ZERO = np.zeros((), bool)


def _line(value: V) -> V:
    """A 0-d value as one with one element along one axis."""
    return value if value.ndim else value[None]


def _slices(value: V, shape: Any) -> V:
    """A source of one slice, which may lack the axis that the index stands for, as a source that has it."""
    return value if value.ndim or not shape else reshape(value, (1,) * len(shape))


def check_positions(index: Any, length: int, error: type[Exception], text: str) -> None:
    """Raise `error` if a position is negative or not below `length`; `text` has fields ``place`` and ``length``."""
    wrong = outside(index, 0, length)
    if wrong is not None:
        raise error(text.format(place=wrong, length=length))


def outside(index: Any, low: int, high: int) -> int | None:
    """A position that is not in ``range(low, high)``, if NumPy can see one."""
    array = index._array
    if not isinstance(array, (np.ndarray, np.generic)) or not array.size:
        return None
    signed = low == 0 and array.dtype.kind == "i"  # negative ones are the largest of all when read as unsigned
    if signed and np.maximum.reduce(array.view(f"u{array.itemsize}"), axis=None) < high:
        return None
    wrong = array[(array < low) | (array >= high)] if array.ndim else array[None]
    return int(wrong[0]) if wrong.size and not low <= wrong[0] < high else None


_OUT_OF_BOUNDS = "index {place} is out of bounds for dimension 0 with size {length}"


def _length(input: Any, axis: int) -> int:
    return input._array.shape[axis] if input._array.ndim else 1  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------------------ index_select


@linear(
    node="IndexSelectBackward0",
    input=lambda grad, dim, index, input_shape: (
        spread(_line(grad), [_line(index)], (dim,), input_shape) if input_shape else grad
    ),
)
def _index_select(input: V, dim: int, index: V) -> V:
    if not input.ndim:
        return pick(_line(input), [_line(index)], (0,))[0]
    return pick(input, [_line(index)], (dim,))


@asks_for_tensors
def index_select(input: V, dim: Any = None, index: Any = None, *, axis: Any = None, out: Any = None) -> V:
    """The slices of `input` along `dim` at the positions in `index`, a 1-d tensor of int64 or int32; a copy.

    Raises ``IndexError``, along `dim` 1 ``RuntimeError``, if a position is out of range (negative ones are). Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.index_select.html.

    >>> import pullback as torch
    >>> torch.tensor([[1, 2], [3, 4]]).index_select(1, torch.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    position = wrap_dim(axis if dim is None else dim, input._array.ndim)
    if not isinstance(index, TensorBase):
        raise TypeError(f"index_select(): argument 'index' (position 2) must be Tensor, not {type(index).__name__}")
    if index._array.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index._array.dtype not in INTEGERS:
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not input._array.ndim and index._array.size != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index._array.size} value(s)")
    length = _length(input, position)
    if not length and index._array.size:
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    if position == 1 or not input._array.size:
        check_positions(
            index, length, RuntimeError, "INDICES element is out of DATA bounds, id={place} axis_dim={length}"
        )
    check_positions(index, length, IndexError, "index out of range in self")
    check_out(out, input, index)
    return _index_select(input, position, index, out=out)


# --------------------------------------------------------------------------------------------------- index_add


@linear(
    node="IndexAddBackward0",
    input=lambda grad: grad,
    source=lambda grad, dim, index, alpha, source_shape: reshape(
        _scaled(_index_select_array(grad, dim, index), alpha), source_shape
    ),
)
def _index_add(input: V, dim: int, index: V, source: V, alpha: float) -> V:
    if not input.ndim:
        return input + _scaled(reshape(source, ()), alpha)
    return replaced_at(input, [_line(index)], (dim,), _scaled(_slices(source, input.shape), alpha), True)


def _index_select_array(array: V, dim: int, index: V) -> V:
    return pick(array, [_line(index)], (dim,)) if array.ndim else array


def _scaled(value: V, alpha: Scalar) -> V:
    return value if alpha == 1 else cast(value * alpha, value.dtype)


def _factor(input: Any, alpha: Scalar) -> Scalar:
    """`alpha` as an integer for integers."""
    return int(alpha.real) if input._array.dtype.kind in "biu" else alpha


def _check_add(input: Any, dim: int, index: Any, source: Any) -> int:
    axis = wrap_dim(dim, input._array.ndim)
    where, what = index._array, source._array
    if where.dtype not in INTEGERS:
        raise RuntimeError(f"index_add_(): Expected dtype int32/int64 for index but got: {spoken(where.dtype)}")
    if where.ndim > 1:
        raise IndexError(
            f"index_add_(): Index is supposed to be a vector, but got dim: {where.ndim} with type: "
            f"{spoken(where.dtype)} and size: {list(where.shape)}"
        )
    if what.dtype != input._array.dtype:
        raise RuntimeError(
            f"index_add_(): self ({spoken(input._array.dtype)}) and source ({spoken(what.dtype)}) must have the same "
            "scalar type"
        )
    given = what.shape[axis] if what.ndim > axis else 1
    if where.size != given:
        raise RuntimeError(
            f"index_add_(): Number of indices ({where.size}) should be equal to source.size(dim): ({given}), for dim: "
            f"{axis}"
        )
    if _without(what.shape, axis) != _without(input._array.shape, axis) or (not input._array.ndim and what.size != 1):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(input._array.shape)} source.shape = {list(what.shape)}"
        )
    check_positions(index, _length(input, axis), RuntimeError, _OUT_OF_BOUNDS)
    return axis


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


@numpy_names
def index_add(input: V, dim: int, index: V, source: V, *, alpha: Scalar = 1, out: Any = None) -> V:
    """A copy of `input` to whose slices at the positions `index` along `dim` those of ``alpha * source`` are added.

    A position that is named several times receives the sum. Raises ``RuntimeError`` if shapes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.zeros(3).index_add(0, torch.tensor([1, 1]), torch.tensor([2., 3.]))
    tensor([0., 5., 0.])
    """
    axis = _check_add(input, dim, index, source)
    return _index_add(input, axis, index, source, _factor(input, alpha), out=out)


_index_add_recorded = in_place(_index_add, "index_add_", APART)


@numpy_names
def index_add_(input: V, dim: int, index: V, source: V, *, alpha: Scalar = 1) -> V:
    """`index_add` in place."""
    check_history(input, source)
    axis, alpha = _check_add(input, dim, index, source), _factor(input, alpha)
    if not is_quiet(input, source) or not input._array.ndim:
        return _index_add_recorded(input, axis, index, source, alpha)
    values = _scaled(_slices(source._array, input._array.shape), alpha)
    places = [_line(index._array)]
    return write_quietly(
        input, lambda memory: write_at(memory, places, (axis,), values, True), index, source, sharing=APART
    )


# -------------------------------------------------------------------------------------------------- index_copy


@linear(
    node="IndexCopyBackward0",
    input=lambda grad, dim, index: replaced_at(_line(grad), [_line(index)], (dim,), _ZERO),
    source=lambda grad, dim, index, source_shape: reshape(_index_select_array(grad, dim, index), source_shape),
)
def _index_copy(input: V, dim: int, index: V, source: V) -> V:
    found = replaced_at(_line(input), [_line(index)], (dim,), _slices(source, input.shape))
    return found if input.ndim else reshape(found, ())


def _check_copy(input: Any, dim: int, index: Any, source: Any) -> int:
    axis = wrap_dim(dim, input._array.ndim)
    where, what = index._array, source._array
    if where.dtype != INT64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {spoken(where.dtype)}")
    if where.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {where.ndim})")
    if not what.ndim and where.size != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {where.size})")
    if what.ndim and input._array.ndim and what.ndim != input._array.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({what.ndim}), destination dimensionality ({input._array.ndim})"
        )
    if what.dtype != input._array.dtype:
        raise RuntimeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{spoken(input._array.dtype)} and (source) {spoken(what.dtype)}"
        )
    if _without(what.shape, axis) != _without(input._array.shape, axis):
        have, want = (" ".join(map(str, _without(s, axis))) for s in (what.shape, input._array.shape))
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{want} at dimension {axis} and source slice shape: {have} at dimension {axis}."
        )
    if what.ndim and what.shape[axis] != where.size:
        raise IndexError(
            f"index_copy_(): Number of indices ({where.size}) should be equal to source.size(dim) ({what.shape[axis]})"
        )
    check_positions(index, _length(input, axis), IndexError, "index_copy_(): " + _OUT_OF_BOUNDS)
    return axis


@numpy_names
def index_copy(input: V, dim: int, index: V, source: V, *, out: Any = None) -> V:
    """A copy of `input` in which the slices at the positions `index` along `dim` are those of `source`.

    >>> import pullback as torch
    >>> torch.zeros(3).index_copy(0, torch.tensor([2, 0]), torch.tensor([5., 6.]))
    tensor([6., 0., 5.])
    """
    return _index_copy(input, _check_copy(input, dim, index, source), index, source, out=out)


_index_copy_recorded = in_place(_index_copy, "index_copy_", APART)


@numpy_names
def index_copy_(input: V, dim: int, index: V, source: V) -> V:
    """`index_copy` in place."""
    check_history(input, source)
    axis = _check_copy(input, dim, index, source)
    if not is_quiet(input, source) or not input._array.ndim:
        return _index_copy_recorded(input, axis, index, source)
    values = _slices(source._array, input._array.shape)
    places = [_line(index._array)]
    return write_quietly(
        input, lambda memory: write_at(memory, places, (axis,), values, False), index, source, sharing=APART
    )


# -------------------------------------------------------------------------------------------------- index_fill


def _blank(grad: V, dim: int, index: V) -> V:
    """`grad` with zeros at the positions."""
    found = replaced_at(_line(grad), [_line(index)], (dim,), _ZERO)
    return found if grad.ndim else reshape(found, ())


@general(node="IndexFillBackward0", input=lambda grad, dim, index: _blank(grad, dim, index))
def _index_fill(input: V, dim: int, index: V, value: Any) -> V:
    found = replaced_at(_line(input), [_line(index)], (dim,), value)
    return found if input.ndim else reshape(found, ())


@linear(
    node="IndexFillBackward1",
    input=lambda grad, dim, index: _blank(grad, dim, index),
    value=lambda grad, dim, index: add_reduce(_index_select_array(grad, dim, distinct(_line(index))), None),
)
def _index_fill_tensor(input: V, dim: int, index: V, value: V) -> V:
    found = replaced_at(_line(input), [_line(index)], (dim,), value)
    return found if input.ndim else reshape(found, ())


def _check_fill(input: Any, dim: int, index: Any, value: Any) -> tuple[int, Any, Any]:
    if not isinstance(index, TensorBase) or value is None:
        raise no_overload("index_fill", dim, index, value)
    axis = wrap_dim(dim, input._array.ndim)
    if isinstance(value, TensorBase):
        if value._array.ndim:
            raise RuntimeError(
                "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._array.ndim} dimension(s)."
            )
    else:
        if isinstance(value, complex) and input._array.dtype.kind not in "cW":
            raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
        value = number_of(value, input._array.dtype)
    if index._array.dtype != INT64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index._array.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    length = _length(input, axis)
    wrong = outside(index, -length, length)
    if wrong is not None:
        raise IndexError(f"index {wrong} is out of bounds for dimension {axis} with size {length}")
    return axis, wrapped(index, length), value


def wrapped(index: Any, length: int) -> Any:
    """The positions counted from the front, and round again if they are beyond the end."""
    if isinstance(index._array, (np.ndarray, np.generic)) and outside(index, 0, length) is None:
        return index
    return wrap(index._array % length if length else index._array)


@numpy_names
def index_fill(input: V, dim: int, index: V, value: Any) -> V:
    """A copy of `input` whose slices at the positions `index` along `dim` hold `value`, a number or a 0-d tensor.

    >>> import pullback as torch
    >>> torch.zeros(3).index_fill(0, torch.tensor([0, 2]), 7)
    tensor([7., 0., 7.])
    """
    axis, index, value = _check_fill(input, dim, index, value)
    return (_index_fill_tensor if isinstance(value, TensorBase) else _index_fill)(input, axis, index, value)


_index_fill_recorded = in_place(_index_fill, "index_fill_", ANYHOW)
_index_fill_tensor_recorded = in_place(_index_fill_tensor, "index_fill_", ANYHOW)


@numpy_names
def index_fill_(input: V, dim: int, index: V, value: Any) -> V:
    """`index_fill` in place."""
    check_history(input, value)
    axis, index, value = _check_fill(input, dim, index, value)
    warn_expanded(input._array, "index_fill_")
    check_apart(input._array, (index._array,), fully=True)
    if is_quiet(input, value) and input._array.ndim:
        what = value._array if isinstance(value, TensorBase) else value
        places = [_line(index._array)]
        return write_quietly(input, lambda memory: write_at(memory, places, (axis,), what, False), sharing=ANYHOW)
    recorded = _index_fill_tensor_recorded if isinstance(value, TensorBase) else _index_fill_recorded
    return recorded(input, axis, index, value)
