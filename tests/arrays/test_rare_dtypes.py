"""Dtypes that few programs name."""

from __future__ import annotations

import pickle

import pytest

import pullback as torch


def test_eight_bit_floats_hold_numbers() -> None:
    x = torch.tensor([1.0, 2.3]).to(torch.float8_e4m3fn)
    assert x.dtype is torch.float8_e4m3fn and x.float().tolist() == [1.0, 2.25]


def test_names_without_arrays_refuse() -> None:
    assert torch.chalf is torch.complex32 and pickle.loads(pickle.dumps(torch.qint8)) is torch.qint8
    with pytest.raises(TypeError, match="complex32 has no NumPy dtype"):
        torch.zeros(2, dtype=torch.complex32)
