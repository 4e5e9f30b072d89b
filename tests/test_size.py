"""torch.Size."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import pullback as torch


def test_tensors_that_hold_an_int_are_lengths():
    size = torch.Size([3, torch.tensor(4), np.int64(5)])
    assert size == (3, 4, 5)
    assert all(type(length) is int for length in size)


@pytest.mark.parametrize("length", [1.5, "2", None])
def test_other_lengths_are_refused(length):
    with pytest.raises(TypeError, match=r"torch.Size\(\) takes an iterable of 'int' \(item 1 is "):
        torch.Size([2, length])


def test_a_shape_is_a_size():
    shape = torch.zeros(2, 3).shape
    assert type(shape) is type(torch.zeros(2, 3).size()) is torch.Size
    assert type(pickle.loads(pickle.dumps(shape))) is torch.Size
    assert torch.Size() == ()
