"""The class of PyTorch's tests of its tracer: the one of its other tests, where those are installed."""

from contextlib import ExitStack

from pullback.testing._internal.common_utils import TestCase as _TestCase, run_tests as run_tests  # type: ignore[import-not-found]


class TestCase(_TestCase):  # type: ignore[misc]
    """A test whose class keeps contexts open in `_exit_stack`."""

    @classmethod
    def setUpClass(cls) -> None:
        """Open the contexts."""
        super().setUpClass()
        cls._exit_stack = ExitStack()

    @classmethod
    def tearDownClass(cls) -> None:
        """Close them."""
        cls._exit_stack.close()
        super().tearDownClass()
