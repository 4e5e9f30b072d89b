"""Every call of a module: results, gradients, state and text are those of PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from tests.nn.calls import every, recorded, run, summary

RECORDED = recorded()
IDS = [f"{expression} | {call}" for expression, call in every()]
SENSITIVE = 2e-5
"""Relative tolerance: sums of float32 in another order."""


@pytest.mark.parametrize(("expression", "call"), every(), ids=IDS)
def test_call_gives_what_pytorch_gave(expression: str, call: str) -> None:
    found, expected = run(expression, call, pullback), RECORDED[f"{expression} | {call}"]
    assert found["repr"] == expected["repr"]
    assert list(found["arrays"]) == list(expected["arrays"])
    for name, array in found["arrays"].items():
        shape, total, begin = summary(array)
        assert shape == expected["arrays"][name][0], name
        scale = np.abs(array.astype("f8")).sum() + 1
        assert _close(total, expected["arrays"][name][1], SENSITIVE * scale), name
        assert all(_close(a, b, 1e-5 + SENSITIVE * abs(b)) for a, b in zip(begin, expected["arrays"][name][2])), name


def _close(a: float, b: float, tolerance: float) -> bool:
    return bool(abs(a - b) <= tolerance or a == b or (np.isnan(a) and np.isnan(b)))


@pytest.mark.parametrize(("expression", "call"), every(), ids=IDS)
def test_call_gives_what_pytorch_gives(expression: str, call: str) -> None:
    torch: Any = pytest.importorskip("torch")
    found, expected = run(expression, call, pullback), run(expression, call, torch)
    assert found["repr"] == expected["repr"]
    assert list(found["arrays"]) == list(expected["arrays"])
    for name, array in found["arrays"].items():
        other = expected["arrays"][name]
        assert array.dtype == other.dtype and array.shape == other.shape, name
        np.testing.assert_allclose(array, other, rtol=5e-5, atol=5e-6, err_msg=name)
