"""Results whose channels lie innermost in memory, as those of what they were computed from do."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.strides import in_format

_FORMATS = {4: "channels_last", 5: "channels_last_3d"}


def _suggests(array: Any) -> bool:
    """Whether an array of 4 or 5 axes lies in memory with the second innermost; where lengths of 1 leave the order
    open it does not."""
    if array.__class__ is not np.ndarray or array.strides[1] != array.itemsize or array.ndim not in _FORMATS:
        return False
    least = 0
    for axis in (1, *range(array.ndim - 1, 1, -1), 0):
        step, length = array.strides[axis], array.shape[axis]
        if not length or step < least or (axis == 0 and least == array.strides[1]):
            return False
        least = step * length
    return True


def suggested_format(array: Any) -> str:
    """The memory format that an array lies in."""
    return _FORMATS[array.ndim] if array.ndim > 3 and _suggests(array) else "contiguous_format"


def like(result: Any, *sources: Any) -> Any:
    """`result`, a tensor or several, laid out with the channels last where a source of as many axes is.

    >>> import pullback as torch
    >>> x = torch.ones(2, 3, 4, 4).to(memory_format=torch.channels_last)
    >>> torch.nn.functional.max_pool2d(x, 2).stride()
    (12, 1, 6, 3)
    """
    for source in sources:
        if suggested_format(source._array) != "contiguous_format":
            for each in result if isinstance(result, tuple) else (result,):
                array = each._array
                if array.__class__ is np.ndarray and array.ndim == source._array.ndim and array.size:
                    each._array = in_format(array, _FORMATS[array.ndim])
            break
    return result
