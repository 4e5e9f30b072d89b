"""A formula applied to large arrays block by block: intermediate results stay in cache, blocks go to all cores.

``in_blocks(lambda x, y: np.exp(x) * y, x, y)`` is what the lambda says, for formulas that work element by element.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.threads import each, get_num_threads
from pullback.later import later

(compiled,) = later("pullback.arrays", "compiled")

ndarray = np.ndarray

BLOCK = 1 << 19
"""Bytes of one array in a block. A GELU of 2^22 float32 takes 24 ms in blocks of 2^17, 25 of 2^18, 21 of 2^19, 28 of 2^20 on
one thread, and 32, 18, 14, 16 on two: each call of NumPy gives the interpreter's lock away and asks for it again, so small
blocks make threads wait for one another."""
SHARE = 1 << 17
"""Elements from which a share of a compiled kernel is worth a thread: a GELU of 2^18 takes 0.43 ms on one, 0.28 on two."""


def spans(count: int, step: int) -> list[slice]:
    """Slices of at most `step` that cover ``range(count)``.

    >>> spans(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def even(count: int, step: int) -> list[slice]:
    """Slices of at most about `step` that cover ``range(count)``, as many for each thread."""
    threads = get_num_threads()
    return spans(count, -(-count // (threads * -(-count // (threads * step)))))


def shares(count: int) -> list[slice]:
    """``range(count)`` in a few slices for each thread."""
    return spans(count, max(1, -(-count // (4 * get_num_threads()))))


def in_blocks(formula: Callable[..., Any], *operands: Any, writes: bool = False, steps: int = 0, twin: str = "") -> Any:
    """``formula(*operands)`` of an elementwise formula, computed in blocks.

    Operands are NumPy arrays that broadcast; those that are none (numbers, `None`) are handed on as they are. A formula
    that `writes` can be told where with ``out=``; one of a single step (`steps`, 0 for unknown) gains nothing by small blocks.
    What does not lie row by row is computed as a whole. `twin` names the compiled kernel that does the same, if any.
    """
    threads = get_num_threads()
    if steps == 1 == threads and not twin:
        return formula(*operands)
    shape: tuple[int, ...] = ()
    flat, itemsize = True, 1
    for operand in operands:
        if operand.__class__ is ndarray:
            if operand.ndim:
                flags, itemsize = operand.flags, max(itemsize, operand.itemsize)
                if not (flags.c_contiguous or _by_rows(operand)):
                    return formula(*operands)
                flat = flat and flags.c_contiguous and (not shape or shape == operand.shape)
                shape = operand.shape if not shape else np.broadcast_shapes(shape, operand.shape)
        elif hasattr(operand, "__array_ufunc__") and not isinstance(operand, np.generic):
            return formula(*operands)
    step = BLOCK // itemsize
    if steps == 1:
        step = max(step, -(-prod(shape) // threads))
    if flat:
        rows = [o.reshape(-1) if o.__class__ is ndarray and o.ndim else o for o in operands]
        kernel = compiled.twin(twin, rows[0]) if twin else None
        if kernel is not None:
            if formula.__class__ is partial:
                kernel = partial(kernel, **formula.keywords)
            return run(kernel, rows).reshape(shape)
        found = _run(formula, rows, (prod(shape),), step, writes)
        return formula(*operands) if found is None else found.reshape(shape)
    found = _run(formula, operands, shape, max(1, step // max(prod(shape[1:]), 1)), writes)
    return formula(*operands) if found is None else found


def _by_rows(array: Any) -> bool:
    """Whether rows of the first axis lie one after the other, or the array repeats one number."""
    return not any(array.strides) or (array.ndim > 1 and array[0].flags.c_contiguous)


def _run(formula: Any, operands: Any, shape: tuple[int, ...], step: int, writes: bool) -> Any:
    """The formula over blocks of the first axis; `None` where that axis is short or a block's result has not its shape."""
    rows = shape[0]
    if rows <= step:
        return None
    rank = len(shape)
    sliced = [o.__class__ is ndarray and o.ndim == rank and o.shape[0] == rows for o in operands]
    first = formula(*[o[:2] if cut else o for o, cut in zip(operands, sliced)])  # tells the dtype
    if first.__class__ is not ndarray or first.shape != (2, *shape[1:]):
        return None
    out = np.empty(shape, first.dtype)
    parts = even(rows, step)
    if writes:
        each(partial(_write, formula, operands, sliced, out), parts)
    else:
        each(partial(_copy, formula, operands, sliced, out), parts)
    return out


def _write(formula: Any, operands: Any, sliced: Any, out: Any, part: slice) -> None:
    formula(*[o[part] if cut else o for o, cut in zip(operands, sliced)], out=out[part])


def _copy(formula: Any, operands: Any, sliced: Any, out: Any, part: slice) -> None:
    out[part] = formula(*[o[part] if cut else o for o, cut in zip(operands, sliced)])


def run(kernel: Any, operands: Any) -> Any:
    """A compiled elementwise kernel over flat operands, in equal shares."""
    out, threads = np.empty_like(operands[0]), get_num_threads()
    arrays = [o.__class__ is ndarray and o.ndim == 1 for o in operands]
    parts = spans(out.size, max(SHARE, -(-out.size // (4 * threads))))
    each(partial(_write, kernel, operands, arrays, out), parts)
    return out
