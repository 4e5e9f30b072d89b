"""What stands for a dtype: Python's types, former tensor types and their names, torch.Tensor."""

from __future__ import annotations

import pytest

import pullback as torch

X = torch.tensor([0.0, 1.5])


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        (torch.LongTensor, torch.int64),
        ("torch.HalfTensor", torch.float16),
        (torch.float64, torch.float64),
    ],
)
def test_type_takes_what_stands_for_a_dtype(kind, dtype):
    assert X.type(kind).dtype is dtype


@pytest.mark.parametrize("kind", [torch.Tensor, "torch.Tensor"])
def test_the_class_stands_for_the_default_dtype(kind):
    assert (X > 1).type(kind).tolist() == [0.0, 1.0]
    assert (X > 1).type(kind).dtype is torch.get_default_dtype()


@pytest.mark.parametrize(("kind", "dtype"), [(float, torch.float64), (int, torch.int64), (bool, torch.bool)])
def test_to_takes_types_of_python(kind, dtype):
    assert X.to(kind).dtype is dtype


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        (torch.cuda.FloatTensor, TypeError, "type torch.cuda.FloatTensor not available"),
        (list, ValueError, "invalid type: 'list'"),
        (float, ValueError, "invalid type: 'float'"),
        (3, TypeError, "dtype must be a type, str, or dtype object"),
    ],
)
def test_other_types_are_refused(kind, error, text):
    with pytest.raises(error, match=text):
        X.type(kind)


def test_limits_of_types_of_python():
    assert torch.finfo(float) == torch.finfo(torch.float64)
    assert torch.iinfo(int).max == 2**63 - 1
    with pytest.raises(TypeError, match="must be torch.dtype"):
        torch.finfo(str)


def test_a_dense_tensor_is_its_own_dense_form():
    assert X.to_dense() is X
    assert X.to_dense(torch.float64).dtype is torch.float64
