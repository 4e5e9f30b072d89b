"""Forms of indices, and what is refused before anything is written; the values are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pullback as torch

X = torch.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([range(2)], [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]),
        ([1.5], [[3.0, 4.0, 5.0]]),
        ((range(2), range(1, 3)), [1.0, 5.0]),
        ((slice(None), [True, False, True]), [[0.0, 2.0], [3.0, 5.0]]),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence")
def test_sequences_are_indices(index: Any, expected: Any) -> None:
    assert X[index].tolist() == expected


def test_a_mask_without_axes_takes_all_or_nothing() -> None:
    one = torch.tensor(1.0)
    assert X.index_put((torch.tensor(True),), one).tolist() == [[1.0] * 3] * 2
    assert X.index_put((torch.tensor(False),), one).tolist() == X.tolist()
    assert X.index_put((torch.tensor(True), torch.tensor([1])), one).tolist() == [[0.0, 1.0, 2.0], [1.0] * 3]


def test_positions_beyond_the_end_come_round_again_along_a_dim() -> None:
    assert X.take_along_dim(torch.tensor([[4], [-1]]), 1).tolist() == [[1.0], [5.0]]


def test_an_empty_slice_keeps_its_strides() -> None:
    assert X[1:1].stride() == (3, 1)
    assert X.t()[2:2].stride() == (1, 3)
    assert torch.empty(2, 0, 4).stride() == (4, 4, 1)


def test_places_of_a_selection_can_be_viewed() -> None:
    for values, indices in (X.topk(2), X.topk(1, 0), X.median(1), X.kthvalue(2, 1)):
        assert values.is_contiguous() and indices.is_contiguous()
    assert X.topk(2).indices.view(-1).tolist() == [2, 1, 2, 1]


def delete() -> None:
    del X[0]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (delete, TypeError, "Tensor does not support deleting items"),
        (lambda: X[1 << 64], ValueError, "Overflow when unpacking long long"),
        (lambda: X[:, [0, 3]], IndexError, "index 3 is out of bounds for dimension 0 with size 3"),
        (lambda: X[:0][[0]], IndexError, "index is out of bounds for dimension with size 0"),
        (lambda: X.index_put([], torch.tensor(1.0)), RuntimeError, "at least one index must be provided"),
        (lambda: X.scatter(0, torch.zeros(1, 1, dtype=torch.int64)), TypeError, r"scatter\(\) received an invalid"),
        (lambda: X.masked_fill(X > 1, None), TypeError, r"masked_fill\(\) received an invalid"),
        (lambda: X.index_fill(0, 0, 1.0), TypeError, r"index_fill\(\) received an invalid"),
        (lambda: X.clone().fill_(None), TypeError, r"fill_\(\) received an invalid"),
        (lambda: X[:0].index_select(0, torch.tensor([0])), RuntimeError, "index_select.*should be positive"),
        (lambda: X.topk(1.0), TypeError, r"topk\(\): argument 'k'"),
        (lambda: X.sort(True), TypeError, r"sort\(\) received an invalid"),
        (lambda: X.prod(0, 1), TypeError, r"prod\(\): argument 'keepdim'"),
    ],
)
def test_refusals(call: Callable[[], Any], kind: type[Exception], words: str) -> None:
    before = X.tolist()
    with pytest.raises(kind, match=words):
        call()
    assert X.tolist() == before


def test_nested_sequences_need_not_be_lists() -> None:
    assert torch.tensor([range(2), [1.5, 2]]).tolist() == [[0.0, 1.0], [1.5, 2.0]]
    assert torch.tensor([range(2), (3, 4)]).dtype == torch.int64
    assert torch.tensor([bytearray(b"ab")]).tolist() == [[97, 98]]
    with pytest.raises(ValueError, match=r"expected sequence of length 2 at dim 1 \(got 3\)"):
        torch.tensor([range(2), range(3)])
    with pytest.raises(RuntimeError, match="Could not infer dtype of dict"):
        torch.tensor([{}])
