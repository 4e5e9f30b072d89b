"""Comparing tensors in tests, with messages that say what differs and where; and tensors to test with."""

from pullback.testing import _utils as _utils
from pullback.testing._comparison import assert_allclose, assert_close
from pullback.testing._creation import make_tensor
from pullback.testing._file_check import FileCheck

__all__ = ["FileCheck", "assert_allclose", "assert_close", "make_tensor"]
