"""Where numbers live, with no Tensor in sight.

Everything here works on raw arrays: NumPy's own, or any array that speaks NumPy's two dispatch protocols
(``__array_ufunc__``, NEP 13, and ``__array_function__``, NEP 18). Operators are written in NumPy's vocabulary
plus the short list of functions in :mod:`pullback.arrays.vocabulary` that NumPy lacks or is slow at; those
dispatch the same way. Nothing here imports from the rest of the package.
"""

from pullback.arrays import patience as patience  # before anything loads NumPy
