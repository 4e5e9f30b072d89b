"""Brackets, commas and line breaks around the elements of an array.

An array of more than `threshold` elements is summarised: of each axis only the first and last `edgeitems`
entries are kept, and dots stand for the rest. The corners are cut out first, as an array, so what is not
shown is never formatted and has no say in the notation.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from pullback.printing.elements import format_elements
from pullback.printing.options import PrintOptions


def _corners(array: np.ndarray[Any, Any], edge: int) -> tuple[np.ndarray[Any, Any], list[bool]]:
    """The entries of `array` within `edge` of both ends of each axis, and which axes lost some."""
    is_cut = [size > 2 * edge for size in array.shape]
    for axis, cut in enumerate(is_cut):
        if cut:
            before = (slice(None),) * axis
            first, last = array[(*before, slice(edge))], array[(*before, slice(-edge, None))]
            array = np.concatenate((first, last), axis)
    return array, is_cut


class _Layout:
    """Takes the texts of the elements one after another and sets them in nested brackets."""

    def __init__(self, shape: tuple[int, ...], is_cut: list[bool], width: int, options: PrintOptions) -> None:
        self.shape, self.is_cut, self.width, self.options = shape, is_cut, width, options

    def block(self, texts: Iterator[str], axis: int, column: int) -> str:
        """The entries along `axis` and all that they hold, the opening bracket standing at `column`."""
        inner_axes = len(self.shape) - axis - 1
        if not inner_axes:
            return self._vector(texts, axis, column)
        rows = [self.block(texts, axis + 1, column + 1) for _ in range(self.shape[axis])]
        if self.is_cut[axis]:
            rows.insert(self.options.edgeitems, "...")
        return "[" + ("," + "\n" * inner_axes + " " * (column + 1)).join(rows) + "]"

    def _vector(self, texts: Iterator[str], axis: int, column: int) -> str:
        """The last axis: as many elements to a line as `linewidth` holds."""
        row = list(islice(texts, self.shape[axis]))
        if self.is_cut[axis]:
            row.insert(self.options.edgeitems, " ...")
        per_line = max(1, int((self.options.linewidth - column) // (self.width + len(", "))))
        lines = [", ".join(row[start : start + per_line]) for start in range(0, len(row), per_line)]
        return "[" + (",\n" + " " * (column + 1)).join(lines) + "]"


def format_contents(array: np.ndarray[Any, Any], column: int, options: PrintOptions) -> str:
    """The text of the array's elements, beginning at `column` of its line.

    >>> print(format_contents(np.arange(6).reshape(2, 3), 0, PrintOptions()))
    [[0, 1, 2],
     [3, 4, 5]]
    """
    if not array.size:
        return "[]"
    is_cut = [False] * array.ndim
    if array.ndim and array.size > options.threshold:
        if not options.edgeitems:
            return "[...]"
        array, is_cut = _corners(array, options.edgeitems)
    texts, width = format_elements(array, options)
    if not array.ndim:
        return texts[0]
    return _Layout(array.shape, is_cut, width, options).block(iter(texts), 0, column)
