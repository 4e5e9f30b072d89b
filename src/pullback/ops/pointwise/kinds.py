"""Which dtypes a formula is for: half precision is computed in single, what PyTorch refuses is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operands import NUMBERS, number

SINGLE = dtypes.float32.numpy
HALVES = dtypes.numpy_dtypes(dtypes.is_half)
INDIRECT = dtypes.numpy_dtypes(lambda each: each.category < 2 or dtypes.is_half(each))
"""The dtypes for which a formula of several steps is not run as it stands, see `indirect`."""
REAL = dtypes.numpy_dtypes(lambda each: each.category == 2)
WHOLE = dtypes.numpy_dtypes(lambda each: each.category < 2)
NUMERIC = (bool, int, float, complex, np.number, np.bool_)
"""What may stand where PyTorch takes a number."""
COMPLEX = dtypes.numpy_dtypes(lambda each: each.is_complex)


def wide(array: Any) -> Any:
    """Half precision as single precision, so that several steps round once; other dtypes as they are."""
    dtype = array.dtype
    return cast(array, SINGLE) if dtype.itemsize == 2 and dtype.kind not in "iu" else array


def indirect(operator: Any, kernel: str, input: Any, *rest: Any, **options: Any) -> Any:
    """The forward of `operator` for an `INDIRECT` dtype: half precision in single, rounded once at the end.

    Raises ``NotImplementedError`` in PyTorch's words (`kernel` is its name for the loop) for integers and booleans.
    """
    dtype = input.dtype
    if dtype not in HALVES:
        raise unsupported(kernel, dtype)
    rest = tuple(cast(each, SINGLE) if getattr(each, "dtype", None) == dtype else each for each in rest)
    return cast(operator.operator.forward(cast(input, SINGLE), *rest, **options), dtype)


def unsupported(kernel: str, dtype: Any) -> NotImplementedError:
    """PyTorch's error for a dtype that an operator is not written for."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{spoken(dtype)}'")


def scalar_beside(value: Any, array: Any) -> Any:
    """A Python number as an array of the dtype it takes beside `array`.

    What is no number raises ``AttributeError``, on which the dispatcher looks closer at the operands.
    """
    return number(value, array) if value.__class__ in NUMBERS else number(value.item(), array)


def beside(array: Any, value: Any) -> tuple[Any, Any]:
    """`array` and the Python number `value` in the dtype in which PyTorch combines them.

    >>> import numpy as np
    >>> beside(np.array([1, 2]), 0.5)
    (array([1., 2.], dtype=float32), array(0.5, dtype=float32))
    """
    scalar = scalar_beside(value, array)
    dtype = scalar.dtype
    return (array if array.dtype is dtype or array.dtype == dtype else cast(array, dtype)), scalar


def beside_exactly(array: Any, value: Any) -> tuple[Any, Any]:
    """`beside`, but ``RuntimeError`` where an integer dtype cannot hold the number; unsigned ones wrap ``-number``."""
    array, scalar = beside(array, value)
    wraps = scalar.dtype.kind == "u" and -np.iinfo(scalar.dtype).max <= value < 0
    if scalar.dtype.kind in "iu" and scalar != value and not wraps:
        raise RuntimeError(f"value cannot be converted to type {scalar.dtype.name}_t without overflow")
    return array, scalar
