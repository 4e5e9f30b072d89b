"""The numbers of an array in one common notation.

All elements of a tensor are written alike, so that columns line up: as integers with a point (``3.``) if
every finite one is integral, with fixed digits (``3.1416``), or in scientific notation if their range asks
for it. Zeros and nonfinite numbers have no say, neither in the notation nor in the column width; a row of
``nan`` may therefore stand out of line, in PyTorch as here.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from pullback.arrays.dtypes import is_bfloat16
from pullback.printing.options import PrintOptions

# Where scientific notation begins: too wide a range, too large, too small.
WIDEST_RATIO, LARGEST, SMALLEST = 1000.0, 1e8, 1e-4


def _is_scientific(magnitudes: list[float], sci_mode: bool | None) -> bool:
    if sci_mode is not None:
        return sci_mode
    low, high = min(magnitudes), max(magnitudes)
    return high / low > WIDEST_RATIO or high > LARGEST or low < SMALLEST


def _floats(values: list[float], options: PrintOptions) -> tuple[list[str], int]:
    """The text of each number, not yet padded, and the width of the column."""
    magnitudes = [abs(value) for value in values if value and isfinite(value)]
    integral = all(map(float.is_integer, magnitudes))
    if magnitudes and _is_scientific(magnitudes, options.sci_mode):
        spec, point = f".{options.precision}e", ""
    elif integral:
        spec, point = ".0f", "."
    else:
        spec, point = f".{options.precision}f", ""
    texts = [format(value, spec) + (point if isfinite(value) else "") for value in values]
    decisive = [len(text) for text, value in zip(texts, values) if value and isfinite(value)]
    return texts, max(decisive, default=1)


def _column(values: list[Any], options: PrintOptions) -> tuple[list[str], int]:
    """The text of each real number, padded to a common width, and that width."""
    if isinstance(values[0], float):
        texts, width = _floats(values, options)
    else:
        texts = list(map(str, values))
        width = max(map(len, texts))
    return [text.rjust(width) for text in texts], width


def _join_complex(real: str, imag: str) -> str:
    imag = imag.lstrip() + "j"
    return real + imag if imag[0] == "-" else f"{real}+{imag}"


def format_elements(array: np.ndarray[Any, Any], options: PrintOptions) -> tuple[list[str], int]:
    """The text of every element of a nonempty array of any shape, in C order, and the nominal width of one.

    Real and imaginary parts each follow a notation of their own.

    >>> format_elements(np.array([1.0, -2.0, 0.0]), PrintOptions())
    ([' 1.', '-2.', ' 0.'], 3)
    >>> format_elements(np.array([1 + 0.5j]), PrintOptions())
    (['1.+0.5000j'], 9)
    """
    if array.dtype.kind == "W":
        array = array.astype(np.complex64)
    if array.dtype.kind == "c":
        reals, real_width = _column(array.real.ravel().tolist(), options)
        imags, imag_width = _column(array.imag.ravel().tolist(), options)
        return list(map(_join_complex, reals, imags)), real_width + imag_width + 1
    if is_bfloat16(array.dtype):
        array = array.astype(np.float32)
    return _column(array.ravel().tolist(), options)
