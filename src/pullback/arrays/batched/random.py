"""Random numbers inside a batch: the same for all examples, their own for each, or none at all.

A `BatchedStream` stands before the stream of the level around it and is drawn from in its place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.batched import errors
from pullback.arrays.batched.array import BatchedArray, payload_at
from pullback.arrays.batched.rules import packed, whole

FORBIDDEN = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)
UNSUPPORTED = (
    "vmap: We do not yet support calling random operations inside of vmap. Please perform random operations outside of vmap "
    "as a workaround"
)
_NOT_SAME = (
    "Vmap does not currently support same randomness with a batched tensor input. Please file an issue with functorch"
)


class BatchedStream:
    """The random stream of a level: `outer`, asked for one example or for all `size` of them at once."""

    __slots__ = ("_different", "_level", "_outer", "_size")

    def __init__(self, outer: Any, level: int, size: int, different: bool) -> None:
        self._outer = outer
        self._level = level
        self._size = size
        self._different = different

    def _shaped(self, name: str, shape: tuple[int, ...], *args: Any, **kwargs: Any) -> Any:
        """Draw numbers of a shape."""
        draw = getattr(self._outer, name)
        if not self._different:
            return draw(shape, *args, **kwargs)
        return BatchedArray(draw((self._size, *shape), *args, **kwargs), self._level)

    def _parametrized(self, name: str, count: int, *args: Any, **kwargs: Any) -> Any:
        """Draw numbers whose distribution the first `count` arguments give, element by element or row by row."""
        draw = getattr(self._outer, name)
        if self._different:
            arrays = [packed(whole(each, self._level, self._size)) for each in args[:count]]
            return BatchedArray(draw(*arrays, *args[count:], **kwargs), self._level)
        if any(payload_at(each, self._level) is not None for each in args[:count]):
            raise RuntimeError(_NOT_SAME)
        return draw(*args, **kwargs)

    def uniform(self, *args: Any, **kwargs: Any) -> Any:
        """See `pullback.arrays.streams`; so for all."""
        return self._shaped("uniform", *args, **kwargs)

    def normal(self, *args: Any, **kwargs: Any) -> Any:
        """Normal numbers."""
        return self._shaped("normal", *args, **kwargs)

    def log_normal(self, *args: Any, **kwargs: Any) -> Any:
        """Numbers whose logarithm is normal."""
        return self._shaped("log_normal", *args, **kwargs)

    def exponential(self, *args: Any, **kwargs: Any) -> Any:
        """Exponential numbers."""
        return self._shaped("exponential", *args, **kwargs)

    def cauchy(self, *args: Any, **kwargs: Any) -> Any:
        """Cauchy's numbers."""
        return self._shaped("cauchy", *args, **kwargs)

    def geometric(self, *args: Any, **kwargs: Any) -> Any:
        """Numbers of trials."""
        return self._shaped("geometric", *args, **kwargs)

    def integers(self, *args: Any, **kwargs: Any) -> Any:
        """Integers of a range."""
        return self._shaped("integers", *args, **kwargs)

    def integers_from(self, *args: Any, **kwargs: Any) -> Any:
        """Integers from a lower limit on."""
        return self._shaped("integers_from", *args, **kwargs)

    def any_integers(self, *args: Any, **kwargs: Any) -> Any:
        """All integers that a dtype holds."""
        return self._shaped("any_integers", *args, **kwargs)

    def bernoulli(self, *args: Any, **kwargs: Any) -> Any:
        """Coins."""
        return self._shaped("bernoulli", *args, **kwargs)

    def words(self, count: int) -> Any:
        """Bare words, which what draws them puts in place by itself; examples with their own are run one by one."""
        if self._different:
            raise errors.NeedsValues(self._level, errors.ITEM)
        return self._outer.words(count)

    def permutation(self, *args: Any, **kwargs: Any) -> Any:
        """A permutation, or one for each example."""
        if not self._different:
            return self._outer.permutation(*args, **kwargs)
        rows = [self._outer.permutation(*args, **kwargs) for _ in range(self._size)]
        return BatchedArray(np.stack(rows), self._level)

    def bernoulli_each(self, *args: Any, **kwargs: Any) -> Any:
        """Coins, each with its own probability."""
        return self._parametrized("bernoulli_each", 1, *args, **kwargs)

    def multinomial(self, *args: Any, **kwargs: Any) -> Any:
        """Places by weight."""
        return self._parametrized("multinomial", 1, *args, **kwargs)

    def poisson(self, *args: Any, **kwargs: Any) -> Any:
        """Poisson's counts."""
        return self._parametrized("poisson", 1, *args, **kwargs)

    def binomial(self, *args: Any, **kwargs: Any) -> Any:
        """Numbers of successes."""
        return self._parametrized("binomial", 2, *args, **kwargs)

    def gamma(self, *args: Any, **kwargs: Any) -> Any:
        """Gamma numbers."""
        return self._parametrized("gamma", 1, *args, **kwargs)

    def dirichlet(self, *args: Any, **kwargs: Any) -> Any:
        """Dirichlet's shares."""
        return self._parametrized("dirichlet", 1, *args, **kwargs)
