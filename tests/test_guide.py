"""Every example of the guide runs and shows what it shows there."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "guide.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not in the package")
def test_examples_of_the_guide() -> None:
    outcome = doctest.testfile(str(PAGE), module_relative=False)
    assert outcome.attempted > 25 and outcome.failed == 0
