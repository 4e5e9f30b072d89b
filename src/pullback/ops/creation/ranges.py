"""Numbers in a row: arange, linspace, logspace."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.arrays.promotion import default
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.options import finish, numpy_dtype


def _plain(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return value._array.item()
    return value.item() if isinstance(value, np.generic) else value


def arange(
    start: Any, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The numbers from `start` (0 if only one bound is given) up to but not including `end`, `step` apart.

    Integers give int64, floats the default floating dtype.

    >>> import pullback as torch
    >>> torch.arange(1, 2.5, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    if end is None:
        start, end = 0, start
    start, end, step = _plain(start), _plain(end), _plain(step)
    whole = all(isinstance(v, int) for v in (start, end, step))
    kind = numpy_dtype(dtype) if dtype is not None else np.dtype(np.int64) if whole else default.real
    if out is not None and dtype is None:
        kind = out._array.dtype
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if any(isinstance(v, float) and not math.isfinite(v) for v in (start, end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if kind.kind in "iu":
        start, end, step = int(start), int(end), int(step)
        if step == 0:
            raise ValueError("step must be nonzero (it is less than 1, and the dtype is an integer)")
        count = max(0, -((start - end) // step)) if step > 0 else max(0, -((end - start) // -step))
        array = (np.arange(count, dtype=np.int64) * step + start).astype(kind)
    else:
        count = max(0, math.ceil((end - start) / step))
        array = (start + np.arange(count, dtype=np.float64) * step).astype(kind)
    return finish(array, device=device, requires_grad=requires_grad, out=out, name="arange")


def range_(start: Any, end: Any = None, step: Any = 1, **options: Any) -> Any:
    """Like `arange` but with `end` included (deprecated in PyTorch)."""
    if end is None:
        start, end = 0, start
    count = int((end - start) / step) + 1
    kind = numpy_dtype(options.pop("dtype", None))
    return finish((start + np.arange(count, dtype=np.float64) * step).astype(kind), **options)


def _spaced(start: Any, end: Any, steps: int, kind: np.dtype[Any]) -> np.ndarray:
    """`steps` values from `start` to `end`, each half counted from its own end as PyTorch counts."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    work = kind if kind.kind in "fc" and kind.itemsize > 2 else np.dtype(np.float32)
    if kind.kind in "iu":
        work = np.dtype(np.float32)
        start, end = int(start), int(end)
    if steps == 1:
        return np.array([start]).astype(kind)
    first, last = work.type(start), work.type(end)
    step = (last - first) / work.type(max(steps - 1, 1))
    index = np.arange(steps)
    wide = np.result_type(work, np.longdouble) if work.itemsize > 4 else np.dtype(np.float64)  # one rounding, as an FMA
    up = wide.type(first) + wide.type(step) * index
    down = wide.type(last) - wide.type(step) * (steps - 1 - index)
    return np.where(index < steps // 2, up, down).astype(work).astype(kind)


def _ends(name: str, start: Any, end: Any, steps: Any) -> tuple[Any, Any]:
    """The two ends as numbers. Raises for ends with axes and a number of steps that is no integer."""
    for each in (start, end):
        if isinstance(each, TensorBase) and each._array.ndim:
            raise RuntimeError(
                f"{name} only supports 0-dimensional start and end tensors, but got {each._array.ndim} axes"
            )
    if isinstance(steps, float):
        kinds = ", ".join(type(each).__name__ for each in (start, end, steps))
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({kinds}); steps must be an integer"
        )
    return _plain(start), _plain(end)


def _space_dtype(dtype: Any, start: Any, end: Any) -> np.dtype[Any]:
    if dtype is not None:
        return numpy_dtype(dtype)
    return default.complex if isinstance(start, complex) or isinstance(end, complex) else default.real


def linspace(
    start: Any, end: Any, steps: Any, *, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`steps` numbers from `start` to `end`, both included, evenly spaced.

    >>> import pullback as torch
    >>> torch.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    start, end = _ends("linspace", start, end, steps)
    array = _spaced(start, end, int(steps), _space_dtype(dtype, start, end))
    return finish(array, device=device, requires_grad=requires_grad, out=out, name="linspace")


def logspace(
    start: Any, end: Any, steps: Any, base: float = 10.0, *, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`steps` numbers from ``base ** start`` to ``base ** end``, evenly spaced on a logarithmic scale."""
    start, end = _ends("logspace", start, end, steps)
    kind = _space_dtype(dtype, start, end)
    work = np.dtype(np.float64) if kind.kind in "iu" else kind
    exponents = _spaced(start, end, int(steps), work)
    array = np.power(work.type(base), exponents).astype(kind)
    return finish(array, device=device, requires_grad=requires_grad, out=out, name="logspace")
