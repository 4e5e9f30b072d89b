"""``torch._prims``: the operators that PyTorch's Python references are written in; here there are the operators alone."""

import pullback._prims_common as utils

__all__ = ["utils"]
