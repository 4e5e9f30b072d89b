"""Parts of the derivatives of eigenvectors and singular vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.products import adjoint
from pullback.arrays.vocabulary import add_reduce, dispatched


def identity(array: Any) -> np.ndarray:
    """A mask of the diagonal for stacked square matrices like `array`."""
    return np.eye(array.shape[-1], dtype=bool)


def diagonal(array: Any) -> Any:
    """The diagonal of stacked square matrices, by a sum, so that it works on every kind of array."""
    return add_reduce(np.where(identity(array), array, 0), -1)


def skew(array: Any) -> Any:
    """``A - Aᴴ``."""
    return array - adjoint(array)


def gaps(values: Any) -> Any:
    """Differences ``v_j - v_i``, infinite where they are 0: equal values take no part in what is divided by them."""
    differences = values[..., None, :] - values[..., :, None]
    return np.where(differences == 0, np.inf, differences)


def reciprocal(values: Any) -> Any:
    """``1 / values``, 0 where a value is 0."""
    return 1 / np.where(values == 0, np.inf, values)


@dispatched
def phase_checked(value: Any, phase: Any, message: str) -> Any:
    """`value`, unless `phase` is not zero: then a derivative was asked for of what is only defined up to a phase."""
    scale = np.abs(value).max(initial=1.0)
    if not (np.abs(phase) <= 1e-2 * scale).all():
        raise RuntimeError(message)
    return value
