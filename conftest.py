"""Every test runs as after a first operator, which silences NumPy's floating-point warnings in its context."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import pullback.ops

# Every name is a namespace of torch.ops, as in PyTorch; these pytest asks of each module.
vars(pullback.ops).update(
    pytestmark=[],
    **dict.fromkeys(
        ("setUpModule", "setup_module", "tearDownModule", "teardown_module", "setup_function", "teardown_function")
    ),
)


@pytest.fixture(autouse=True)
def silent_arithmetic() -> None:
    """As `pullback.graph.modes.current_mode` does in each new context."""
    np.seterr(all="ignore")


_NEEDED = {"tensorboard": "tensorboard", "compiled": "numba"}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Doctests of a folder that needs a library are looked at where it is installed."""
    needed = _NEEDED.get(collection_path.name)
    return True if needed is not None and find_spec(needed) is None else None


collect_ignore = ["src/pullback/_dynamo/test_case.py"]  # for programs that bring PyTorch's own test support
