"""Answers to many questions about modules are PyTorch's: text, state, warnings, errors."""

from __future__ import annotations

from typing import Any

import pytest

import pullback
from tests.nn.transcript import NAMES, answers, read, same


@pytest.mark.parametrize("name", NAMES)
def test_pullback_answers_as_recorded(name: str) -> None:
    _compare(name, pullback)


@pytest.mark.parametrize("name", NAMES)
def test_pytorch_answers_as_recorded(name: str) -> None:
    _compare(name, pytest.importorskip("torch"))


def _compare(name: str, torch: Any) -> None:
    steps = read(name)
    expected = [answer for code, answer in steps if code.startswith("? ")]
    found = answers(steps, torch)
    assert len(found) == len(expected)
    different = [(code, got, want) for (code, got), want in zip(found, expected) if not same(got, want)]
    assert different == []
