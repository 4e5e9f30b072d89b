"""The class of PyTorch's tests of its tracer: the one of its other tests, where those are installed."""

from pullback.testing._internal.common_utils import TestCase as TestCase, run_tests as run_tests  # type: ignore[import-not-found]
