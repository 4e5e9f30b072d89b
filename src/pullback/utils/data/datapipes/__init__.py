"""Datasets as chains of steps: ``IterableWrapper(range(9)).map(f).batch(3)``."""

from pullback.utils.data.datapipes import iter as iter, map as map
