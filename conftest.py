"""Every test runs as after a first operator, which silences NumPy's floating-point warnings in its context."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def silent_arithmetic() -> None:
    """As `pullback.graph.modes.current_mode` does in each new context."""
    np.seterr(all="ignore")
