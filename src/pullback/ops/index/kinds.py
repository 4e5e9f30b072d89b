"""Dtypes of index tensors. Comparing with a dtype costs a tenth of comparing with ``numpy.int64``, its class."""

from __future__ import annotations

import numpy as np

INT64, INT32, UINT8 = np.dtype(np.int64), np.dtype(np.int32), np.dtype(np.uint8)
INTEGERS = frozenset((INT64, INT32))
"""What `gather`, `index_select` and their kin accept."""
