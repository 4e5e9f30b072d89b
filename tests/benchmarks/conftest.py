"""The benchmarks belong to the repository, not to the package: put the repository on the path."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)


class Changed:
    """torch with other functions under some names; a name that is None is missing."""

    def __init__(self, **names: Any) -> None:
        self.names = names

    def __getattr__(self, name: str) -> Any:
        import torch

        found = self.names.get(name, torch)
        if found is None:
            raise AttributeError(name)
        return getattr(torch, name) if found is torch else found


@pytest.fixture
def changed() -> type[Changed]:
    """Makes a torch of which some names are others."""
    return Changed
