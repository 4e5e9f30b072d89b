"""Numbers in a row: arange, linspace, logspace."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from pullback.arrays.promotion import default
from pullback.arrays.strides import check_size
from pullback.graph.inplace import spoken
from pullback.graph.levels import example_by_example
from pullback.graph.tensor_base import TensorBase
from pullback.later import later
from pullback.ops.creation.options import finish, numpy_dtype, plain_number
from pullback.ops.numbers import holds

(threads,) = later("pullback.arrays", "threads")

_INT64, _SINGLE, _DOUBLE = np.dtype(np.int64), np.dtype(np.float32), np.dtype(np.float64)


def arange(
    start: Any = None, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The numbers from `start` (0 if only one bound is given) up to but not including `end`, `step` apart.

    Integers give int64, floats the default floating dtype. Raises ``RuntimeError`` for a step of 0 or one that leads
    away from `end`.

    >>> import pullback as torch
    >>> torch.arange(1, 2.5, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    if end is None:
        if start is None:
            raise TypeError('arange() missing 1 required positional arguments: "end"')
        start, end = 0, start
    bounds = tuple(
        plain_number(value, "arange", argument, 1)
        for value, argument in ((0 if start is None else start, "start"), (end, "end"), (step, "step"))
    )
    kind = _range_dtype(bounds, dtype, out)
    if kind.kind in "bc" or (kind.kind == "u" and kind.itemsize > 1):
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{spoken(kind)}'")
    array = _fitting(_ranged(*_checked_bounds(*bounds), kind), out)
    if out is not None and out._array.shape != array.shape and out._array.size:
        warnings.warn(
            f"The number of elements in the out tensor of shape {list(out._array.shape)} is {out._array.size} which does "
            f"not match the computed number of elements {array.size}. Note that this may occur as a result of rounding "
            f"error. The out tensor will be resized to a tensor of shape ({array.size},).",
            UserWarning,
            stacklevel=2,
        )
        out.resize_(array.shape)
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, out=out, name="arange"
    )


def _range_dtype(bounds: tuple[Any, ...], dtype: Any, out: Any) -> np.dtype[Any]:
    if dtype is not None:
        return numpy_dtype(dtype, "arange")
    if out is not None:
        return out._array.dtype
    return _INT64 if all(isinstance(value, int) for value in bounds) else default.real


def _checked_bounds(start: Any, end: Any, step: Any) -> tuple[Any, Any, Any]:
    for value in (start, end, step):
        if isinstance(value, complex):
            raise RuntimeError("value cannot be converted to type double without overflow")
        if isinstance(value, int) and not holds(_INT64, value):
            raise RuntimeError("value cannot be converted to type int64_t without overflow")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    return start, end, step


def _ranged(start: Any, end: Any, step: Any, kind: np.dtype[Any]) -> np.ndarray:
    if kind == _INT64:  # PyTorch cuts off fractions before it counts; for narrower integers, after
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero")
        count = -((start - end) // step)
    else:
        count = math.ceil((end - start) / step)
    check_size((count,), 8)
    index = np.arange(max(0, count))
    if kind.kind in "iu":
        index *= int(step)
        index += int(start)
        return index.astype(kind, copy=False)
    return _fractions(index, float(start), float(step), kind)


_EXACT = {_SINGLE: 1 << 24, _DOUBLE: 1 << 53}
"""Up to where whole numbers are not rounded."""
_GRAIN = 32768
"""Elements of which PyTorch gives each thread at least as many."""


def _fractions(index: np.ndarray, start: float, step: float, kind: np.dtype[Any]) -> np.ndarray:
    """``start + step * index`` with PyTorch's roundings: it fills two registers of 32 bytes at a time, each counted from its
    first element, which has been rounded; what does not fill them is counted from the start.
    """
    count, share = len(index), max(len(index), 1)
    if start.is_integer() and step.is_integer() and abs(start) + abs(step) * count <= _EXACT.get(kind, 0):
        return (index * step + start).astype(kind, copy=False)
    lanes = 32 // kind.itemsize
    if count > _GRAIN:
        share = -(-count // min(threads.get_num_threads(), -(-count // _GRAIN)))
    place = index % share
    first = index - place % lanes
    found = _added(start, first, step).astype(kind).astype(_DOUBLE)
    found = _added(found, index - first, step)
    ends = np.minimum(index - place + share, count)
    alone = place >= (ends - (index - place)) // (2 * lanes) * (2 * lanes)
    return np.where(alone, _added(start, index, step), found).astype(kind, copy=False)


_SPLIT = 2.0**27 + 1


def _added(start: Any, index: np.ndarray, step: float) -> np.ndarray:
    """``start + index * step`` rounded once, as a fused multiply-add does (T. J. Dekker, 1971)."""
    number = index.astype(_DOUBLE)
    product = number * step
    total = product + start
    if not abs(step) < 2.0**900:  # the parts would overflow
        return total
    upper = step * _SPLIT - (step * _SPLIT - step)
    many = number * _SPLIT - (number * _SPLIT - number)
    lost = ((many * upper - product) + many * (step - upper) + (number - many) * upper) + (number - many) * (
        step - upper
    )
    back = total - product
    lost += (product - (total - back)) + (start - back)
    return total + lost


def range_(start: Any, end: Any = None, step: Any = 1, **options: Any) -> Any:
    """Like `arange` but with `end` included (deprecated in PyTorch)."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    if end is None:
        start, end = 0, start
    start, end, step = _checked_bounds(
        *(plain_number(value, "range", "end", place) for place, value in enumerate((start, end, step), 1))
    )
    kind = numpy_dtype(options.pop("dtype", None), "range")
    if kind.kind in "bc" or (kind.kind == "u" and kind.itemsize > 1):
        raise NotImplementedError(f"\"range_cpu\" not implemented for '{spoken(kind)}'")
    count = int((end - start) / step) + 1
    array = (start + np.arange(count, dtype=_DOUBLE) * step).astype(kind)
    return finish(_fitting(array, options.get("out")), **options, name="range")


def _in_steps(first: Any, last: Any, step: Any, steps: int, wide: np.dtype[Any]) -> np.ndarray:
    """``first + step * i``, the second half counted back from `last` as PyTorch counts, worked out in `wide`."""
    index = np.arange(steps)
    up = wide.type(first) + wide.type(step) * index
    down = wide.type(last) - wide.type(step) * (steps - 1 - index)
    return np.where(index < steps // 2, up, down)


def spaced(start: Any, end: Any, steps: int, kind: np.dtype[Any]) -> np.ndarray:
    """`steps` values of dtype `kind` from `start` to `end`."""
    if steps == 1:
        return np.array([int(start) if kind.kind in "iu" else start]).astype(kind)
    if kind.kind in "fc" and kind.itemsize > 2:
        work = kind
    elif kind.kind in "iu":
        work, start, end = _DOUBLE, int(start), int(end)
    else:
        return _spaced_in_half(start, end, steps, kind)
    first, last = work.type(start), work.type(end)
    step = (last - first) / work.type(max(steps - 1, 1))
    wide = np.result_type(work, np.longdouble) if work.itemsize > 4 else _DOUBLE  # one rounding, as an FMA
    return _in_steps(first, last, step, steps, np.dtype(wide)).astype(work).astype(kind)


def _spaced_in_half(start: Any, end: Any, steps: int, kind: np.dtype[Any]) -> np.ndarray:
    """The same in half precision, where PyTorch rounds after every operation."""
    first, last = kind.type(start), kind.type(end)
    step = _SINGLE.type(_half_step(first, last, steps, kind).astype(kind))
    index = np.arange(steps)
    up = _SINGLE.type(first) + (step * index).astype(kind).astype(_SINGLE)
    down = _SINGLE.type(last) - (step * (steps - 1 - index)).astype(kind).astype(_SINGLE)
    return np.where(index < steps // 2, up, down).astype(kind)


def _half_step(first: Any, last: Any, steps: int, kind: np.dtype[Any]) -> Any:
    """The step between numbers of half precision, whose difference is rounded and the step is not."""
    difference = (_SINGLE.type(last) - _SINGLE.type(first)).astype(kind)
    return _SINGLE.type(difference) / _SINGLE.type(max(steps - 1, 1))


def _powers(start: Any, end: Any, steps: int, base: float, kind: np.dtype[Any]) -> np.ndarray:
    if kind.kind in "fc" and kind.itemsize > 2:
        return np.power(kind.type(base), spaced(start, end, steps, kind)).astype(kind)
    if steps == 1:
        return np.power([float(base)], float(int(start) if kind.kind in "iu" else start)).astype(kind)
    if kind.kind in "iu":
        first, last = int(start), int(end)
        step: Any = (last - first) / max(steps - 1, 1)
    else:
        first, last = kind.type(start), kind.type(end)
        step = _half_step(first, last, steps, kind)
    return np.power(float(base), _in_steps(first, last, step, steps, _DOUBLE)).astype(kind)


def _ends(name: str, start: Any, end: Any, steps: Any) -> tuple[Any, Any, int]:
    """The two ends as numbers and the count. Raises for ends with axes and a number of steps that is no integer."""
    axes = [each._array.ndim if isinstance(each, TensorBase) else 0 for each in (start, end)]
    if any(axes):
        ends = zip(("start", "end"), (start, end), axes)
        told = " and ".join(f"{end} with {n} dimension(s)" for end, each, n in ends if isinstance(each, TensorBase))
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {told}.")
    count = steps._array.item() if isinstance(steps, TensorBase) and not steps._array.ndim else steps
    numbers = all(isinstance(each, (int, float, complex, np.generic, TensorBase)) for each in (start, end))
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or not numbers:
        kinds = ", ".join(type(each).__name__ for each in (start, end, steps))
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({kinds}), but expected one of:\n"
            " * (Number start, Number end, int steps)"
        )
    if count < 0:
        raise RuntimeError("number of steps must be non-negative")
    first, last = (each.detach() if isinstance(each, TensorBase) else each for each in (start, end))
    return plain_number(first, name, "start", 1), plain_number(last, name, "end", 2), int(count)


def _fitting(array: np.ndarray, out: Any) -> np.ndarray:
    """`array` in the shape of `out` where that has as many elements, which is then not resized."""
    return array.reshape(out._array.shape) if out is not None and out._array.size == array.size else array


def _space_dtype(name: str, dtype: Any, out: Any, start: Any, end: Any) -> np.dtype[Any]:
    if dtype is None and out is not None:
        return out._array.dtype
    complex_ends = isinstance(start, complex) or isinstance(end, complex)
    if dtype is None and complex_ends:
        return default.complex
    kind = numpy_dtype(dtype, name)
    if complex_ends and kind.kind != "c":
        wide = "double" if default.complex.itemsize == 16 else "float"
        raise RuntimeError(
            f"torch.{name}(): inferred dtype c10::complex<{wide}> can't be safely cast to passed dtype {spoken(kind)}"
        )
    if kind.kind == "b":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    return kind


@example_by_example
def linspace(
    start: Any, end: Any, steps: Any, *, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`steps` numbers from `start` to `end`, both included, evenly spaced.

    >>> import pullback as torch
    >>> torch.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    first, last, count = _ends("linspace", start, end, steps)
    array = _fitting(spaced(first, last, count, _space_dtype("linspace", dtype, out, first, last)), out)
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, out=out,
        name="linspace",
    )  # fmt: skip


@example_by_example
def logspace(
    start: Any, end: Any, steps: Any, base: float = 10.0, *, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`steps` numbers from ``base ** start`` to ``base ** end``, evenly spaced on a logarithmic scale."""
    first, last, count = _ends("logspace", start, end, steps)
    radix = plain_number(base, "logspace", "base", 4)
    if isinstance(radix, complex):
        raise TypeError("logspace(): argument 'base' (position 4) must be float, not complex")
    array = _fitting(_powers(first, last, count, radix, _space_dtype("logspace", dtype, out, first, last)), out)
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, out=out,
        name="logspace",
    )  # fmt: skip
