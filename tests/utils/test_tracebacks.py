"""Short tracebacks, and exceptions on their way between processes."""

from __future__ import annotations

import pytest

from pullback._utils import ExceptionWrapper
from pullback.utils._traceback import format_traceback_short


def test_the_innermost_frame() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    assert format_traceback_short(caught.tb).endswith("in test_the_innermost_frame")


def test_an_exception_travels() -> None:
    try:
        raise KeyError("missing")
    except KeyError:
        kept = ExceptionWrapper(where="in a thread")
    with pytest.raises(KeyError) as caught:
        kept.reraise()
    assert str(caught.value).startswith("Caught KeyError in a thread.\nOriginal Traceback")
