"""A random stream: words, and everything that can be drawn from them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.streams import choices, counts, gammas, normals, reals, uniforms, whole
from pullback.arrays.streams.words import Words


class Stream(Words):
    """PyTorch's CPU generator.

    Every method draws from where the one before stopped and gives a new C-contiguous array.

    >>> stream = Stream(0)
    >>> stream.uniform((3,))
    array([0.4962566 , 0.7682218 , 0.08847743], dtype=float32)
    >>> kept = stream.get_state()
    >>> stream.permutation(4)
    array([0, 2, 3, 1])
    >>> stream.set_state(kept)
    >>> stream.permutation(4)
    array([0, 2, 3, 1])
    """

    __slots__ = ()

    uniform = uniforms.uniform
    normal = normals.normal
    log_normal = normals.log_normal
    exponential = reals.exponential
    cauchy = reals.cauchy
    geometric = reals.geometric
    integers = whole.integers
    integers_from = whole.integers_from
    any_integers = whole.any_integers
    permutation = whole.permutation
    bernoulli = choices.bernoulli
    bernoulli_each = choices.bernoulli_each
    multinomial = choices.multinomial
    poisson = counts.poisson
    binomial = counts.binomial
    gamma = gammas.gamma
    dirichlet = gammas.dirichlet

    def clone(self) -> Stream:
        """A stream of its own that stands where this one stands."""
        other = Stream()
        other.set_state(self.get_state())
        return other


def packed(array: Any) -> Any:
    """`array` in C order; an array that is not NumPy's as it is."""
    if not isinstance(array, (np.ndarray, np.generic)):
        return array
    return np.ascontiguousarray(array) if array.ndim else np.asarray(array)


def memory_axes(array: np.ndarray[Any, Any]) -> tuple[int, ...]:
    """The axes of `array` from the widest stride to the narrowest: PyTorch fills memory in that order.

    >>> memory_axes(np.zeros((2, 3, 4)).transpose(2, 0, 1))
    (1, 2, 0)
    """
    strides = array.strides
    return tuple(sorted(range(array.ndim), key=lambda axis: -abs(strides[axis])))
