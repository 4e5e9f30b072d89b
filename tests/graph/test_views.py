"""Views and writes in place: memory, versions, history."""

from __future__ import annotations

import re

import pytest

import pullback as torch


def test_view_shares_memory_and_version() -> None:
    x = torch.zeros(2, 3)
    y = x.view(6)
    y[0] = 5
    assert x[0, 0].item() == 5 and x._version == y._version == 1 and y._base is x


def test_write_through_a_view_rebases_the_base() -> None:
    leaf = torch.ones(2, 3, requires_grad=True)
    x = leaf * 1
    x[0].mul_(torch.tensor([1.0, 2.0, 3.0]))
    assert x.grad_fn.name() == "torch::autograd::CopySlices"
    x.sum().backward()
    assert leaf.grad.tolist() == [[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]]


def test_earlier_view_replays_its_steps_after_a_write_through_the_base() -> None:
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    x = leaf * 1
    view = x[1:]
    x.mul_(3)
    view.sum().backward()
    assert view.tolist() == [6.0] and leaf.grad.tolist() == [0.0, 3.0]


def test_write_through_one_view_read_through_another() -> None:
    leaf = torch.ones(2, 2, requires_grad=True)
    x = leaf * 1
    rows, columns = x[0], x.t()[0]
    weight = torch.tensor([3.0, 5.0], requires_grad=True)
    rows.mul_(weight)
    columns.sum().backward()  # x[0, 0] * 3 + x[1, 0]
    assert leaf.grad.tolist() == [[3.0, 0.0], [1.0, 0.0]] and weight.grad.tolist() == [1.0, 0.0]


def test_chain_of_views_of_a_tensor_that_needs_no_gradient() -> None:
    x = torch.zeros(3, 2)
    weight = torch.ones(2, requires_grad=True)
    x[1:].t()[0].add_(weight)
    assert x.requires_grad
    (x * torch.arange(6.0).view(3, 2)).sum().backward()
    assert weight.grad.tolist() == [2.0, 4.0]


def test_saved_value_overwritten_raises_with_both_lines() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    z = y * y
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as error:
        z.sum().backward()
    assert re.search(r"is at version 1; expected version 0 instead", str(error.value))
    assert "z = y * y" in str(error.value)


def test_saved_result_overwritten_raises() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_in_place_operator_that_keeps_its_input_keeps_the_old_value() -> None:
    leaf = torch.tensor([3.0], requires_grad=True)
    x = leaf * 1
    x.pow_(2)
    x.sum().backward()
    assert leaf.grad.tolist() == [6.0]


def test_in_place_with_itself() -> None:
    x = torch.tensor([3.0])
    x.mul_(x)
    assert x.tolist() == [9.0] and x._version == 1


def test_double_backward_through_a_write() -> None:
    leaf = torch.tensor([2.0, 3.0], requires_grad=True)
    x = leaf * 1
    x[0:1].mul_(leaf[1:])
    (first,) = torch.autograd.grad((x * x).sum(), leaf, create_graph=True)  # (a b)² + b²
    assert first.tolist() == [36.0, 30.0]
    (second,) = torch.autograd.grad(first[0], leaf)  # 2 a b²
    assert second.tolist() == [18.0, 24.0]


def test_write_into_one_of_several_views_is_refused() -> None:
    x = torch.ones(4, requires_grad=True) * 1
    first, _ = x.split(2)
    with pytest.raises(RuntimeError, match="is a view and is being modified inplace"):
        first.add_(1)
    assert x.tolist() == [1.0] * 4


def test_write_into_expanded_memory_is_refused() -> None:
    x = torch.ones(1).expand(3)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single memory"):
        x.add_(1)


def test_write_of_wrong_shape_or_dtype_changes_nothing() -> None:
    x = torch.zeros(2)
    with pytest.raises(RuntimeError, match=re.escape("output with shape [2] doesn't match the broadcast shape [3, 2]")):
        x.add_(torch.ones(3, 2))
    y = torch.zeros(2, dtype=torch.int64)
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        y.add_(1.5)
    assert x.tolist() == [0.0, 0.0] and y.tolist() == [0, 0] and x._version == y._version == 0


def test_detached_twin_shares_memory_and_version() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    twin = y.detach()
    z = y * y
    twin.zero_()
    assert y.tolist() == [0.0, 0.0] and y._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_view_made_without_recording_is_not_written_with_it() -> None:
    x = torch.ones(2, requires_grad=True) * 1
    with torch.no_grad():
        view = x[:1]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
        view.mul_(2)


def test_data_writes_are_not_seen() -> None:
    x = torch.ones(2, requires_grad=True)
    x.data.mul_(3)
    assert x.tolist() == [3.0, 3.0] and x._version == 0


def test_cotangent_of_another_layout_is_cut_open_along_the_steps() -> None:
    leaf = torch.ones(2, 3, requires_grad=True)
    x = leaf * 1
    x.view(6)[1] = 5.0
    x.backward(torch.arange(6.0).view(3, 2).t())
    assert leaf.grad.tolist() == [[0.0, 0.0, 4.0], [1.0, 3.0, 5.0]]
