"""make_tensor: PyTorch's values for a seed."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import pullback

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int8", "uint8", "bool", "complex64", "complex128"]
CASES = [
    *(f"3, 2, dtype=t.{dtype}" for dtype in DTYPES),
    "(2, 3), dtype=t.float32, low=0, high=1",
    "4, dtype=t.int64, low=-3, high=9",
    "4, dtype=t.int64, low=2",
    "4, dtype=t.uint8, low=-3, high=300",
    "4, dtype=t.float32, noncontiguous=True",
    "2, 2, dtype=t.float32, noncontiguous=True, requires_grad=True",
    "(), dtype=t.float32",
    "6, dtype=t.int64, exclude_zero=True, low=0, high=2",
    "3, dtype=t.float32, low=2, high=1",
    "3, dtype=t.float32, low=1, high=1",
    "3, dtype=t.float32, low=float('nan'), high=1",
    "3, dtype=t.int64, requires_grad=True",
    "3, dtype=t.int64, low=0, high=0",
    "0, dtype=t.float32",
    "1, 2, 2, 2, dtype=t.float32, memory_format=t.channels_last",
    "1, 2, 2, 2, dtype=t.float32, memory_format=t.channels_last, noncontiguous=True",
    "3, dtype=t.bool, low=0, high=1",
    "3, dtype=t.float32, low=-float('inf'), high=float('inf')",
    "3, dtype=t.int8, low=-500, high=500",
    "2, dtype=t.float16, low=-1e6, high=1e6",
    "3, dtype=t.complex64, low=-1, high=1, exclude_zero=True",
    "3, dtype=t.int64, low=0.5, high=2.7",
]


def made(torch: Any, case: str) -> Any:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = eval(f"t.testing.make_tensor({case}, device='cpu')", {"t": torch})
        except ValueError as error:
            return str(error)
    return result.tolist(), result.stride(), result.requires_grad, str(result.dtype)


@pytest.mark.parametrize("case", CASES)
def test_values_are_those_of_pytorch(case: str) -> None:
    torch = pytest.importorskip("torch")
    assert made(pullback, case) == made(torch, case)


def test_recorded_values() -> None:
    assert made(pullback, "4, dtype=t.int64, low=-3, high=9")[0] == [5, 0, 2, -3]
    assert made(pullback, "2, dtype=t.float32")[0] == [-0.06738138198852539, 4.8279924392700195]


def test_equal_bounds_warn() -> None:
    with pytest.warns(FutureWarning, match="Passing `low==high` to `torch.testing.make_tensor`"):
        pullback.testing.make_tensor(1, dtype=pullback.float32, device="cpu", low=1, high=1)
