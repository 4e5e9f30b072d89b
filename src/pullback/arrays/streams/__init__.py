"""PyTorch's CPU random numbers, on raw arrays.

A `Stream` is PyTorch's CPU generator: from the same seed it gives the same numbers, and its state can be
carried to PyTorch and back in the middle of a stream. Three layers, one file each or a few:

- ``words``: the Mersenne Twister MT19937, which NumPy has too, drawn in bulk, with PyTorch's seeding and
  state.
- ``uniforms``, ``boxmuller``: a word becomes a number. A float32 is the low 24 bits of a word, a float64
  the low 53 bits of two words (high word first), everything in half precision is a rounded float32.
- ``reals``, ``normals``, ``whole``, ``choices``, ``counts``: distributions, each a function of such
  numbers. How many words each of them draws, and in which order, is what makes two streams stay in step.

The numbers are those of PyTorch on x86 processors with AVX2 or newer. Elements are drawn in the order in
which they lie in memory: for an array that is not C-contiguous, see `memory_axes`.
"""

from pullback.arrays.streams.stream import Stream, memory_axes, packed
from pullback.arrays.streams.words import DEFAULT_SEED, STATE_SIZE

__all__ = ["DEFAULT_SEED", "STATE_SIZE", "Stream", "memory_axes", "packed"]
