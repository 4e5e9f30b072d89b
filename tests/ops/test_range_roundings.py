"""`arange` with fractions rounds where PyTorch rounds: registers are counted from their first element."""

from __future__ import annotations

import pytest

import pullback as torch


def test_fractions_are_those_of_pytorch() -> None:
    found = torch.arange(15, 5, -0.3, dtype=torch.float64)
    assert found[4:8].tolist() == [13.8, 13.5, 13.200000000000001, 12.9]
    assert torch.arange(0, 1, 0.1).tolist()[3] == pytest.approx(0.30000001192092896, abs=0)


def test_whole_numbers_beyond_the_exact_ones() -> None:
    found = torch.arange(2**24, 2**24 + 20, dtype=torch.float32)
    assert found[:4].tolist() == [2.0**24, 2.0**24, 2.0**24 + 2, 2.0**24 + 4]
    assert torch.arange(1, 1e300, 1e299, dtype=torch.float64).shape == (10,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", [1, 7, 16, 41, 349, 70_001])
def test_every_element_is_pytorchs(dtype: str, length: int) -> None:
    reference = pytest.importorskip("torch")
    threads = reference.get_num_threads(), torch.get_num_threads()
    try:
        for count in (1, 2):
            reference.set_num_threads(count)
            torch.set_num_threads(count)
            for start, step in ((-3.7, 0.3), (11.25, -0.1), (0.0, 1 / 3)):
                arguments = start, start + step * (length - 0.5), step
                expected = reference.arange(*arguments, dtype=getattr(reference, dtype)).numpy()
                found = torch.arange(*arguments, dtype=getattr(torch, dtype)).numpy()
                assert found.tobytes() == expected.tobytes()
    finally:
        reference.set_num_threads(threads[0])
        torch.set_num_threads(threads[1])
