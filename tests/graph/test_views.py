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
    with pytest.raises(RuntimeError, match="Output 0 of Split is a view and is being modified inplace"):
        first.add_(1)
    assert x.tolist() == [1.0] * 4


def test_view_of_one_of_several_outputs_is_unusable_after_a_write_into_the_base() -> None:
    x = torch.ones(4, requires_grad=True) * 1
    first, _ = x.split(2)
    x.add_(1)
    assert first.requires_grad and first.tolist() == [2.0, 2.0]
    for asks in (lambda: first.grad_fn, lambda: first.is_leaf, lambda: first * 2):
        with pytest.raises(RuntimeError, match="its base or another view of its base has been modified inplace"):
            asks()


def test_write_into_expanded_memory_is_refused() -> None:
    x = torch.ones(1).expand(3)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single memory"):
        x.add_(1)


def test_fill_and_zero_may_write_into_expanded_memory() -> None:
    x = torch.ones(1).expand(3)
    assert x.fill_(2).tolist() == [2.0, 2.0, 2.0] and x.zero_().tolist() == [0.0, 0.0, 0.0] and x._version == 2


def test_operand_that_shares_a_part_of_the_target_is_refused() -> None:
    x = torch.arange(4.0)
    refused = "unsupported operation: some elements of the input tensor and the written-to tensor"
    for write in (lambda: x[1:].add_(x[:-1]), lambda: x[1:].copy_(x[:-1]), lambda: x.index_add_(0, torch.arange(4), x),
                  lambda: torch.sin(x[1:], out=x[:-1])):  # fmt: skip
        with pytest.raises(RuntimeError, match=refused):
            write()
        with torch.no_grad(), pytest.raises(RuntimeError, match=refused):
            write()
    assert x.tolist() == [0.0, 1.0, 2.0, 3.0] and x._version == 0
    assert x[1:].add_(x[1:]).tolist() == [2.0, 4.0, 6.0]


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


def test_view_made_without_recording_requires_grad_as_its_base_and_leads_nowhere() -> None:
    leaf = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        view = leaf[1:]
    assert view.requires_grad and view.is_leaf and view.grad_fn is None
    doubled = view * 2
    assert doubled.grad_fn.next_functions[0] == (None, 0)
    doubled.sum().backward()
    assert view.grad is None and leaf.grad is None
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        view.backward(torch.ones(2))


def test_views_notice_when_their_base_begins_to_require_grad() -> None:
    base = torch.ones(2, 2)
    view = base.view(4)
    kept = view * 1
    base.requires_grad_()
    assert view.requires_grad and not kept.requires_grad and base._version == 0
    base.requires_grad_(False)
    assert not view.requires_grad


def test_saved_value_survives_a_change_of_requires_grad() -> None:
    weight = torch.ones(2, requires_grad=True)
    data = torch.tensor([2.0, 3.0])
    _ = data[:1]
    loss = (weight * data).sum()
    data.requires_grad_()
    loss.backward()
    assert weight.grad.tolist() == [2.0, 3.0]


def test_earlier_view_leads_to_one_node_that_shows_its_steps() -> None:
    leaf = torch.ones(2, 1, requires_grad=True)
    x = leaf * 1
    view = x.t().expand(3, 2)[1:, 1]
    x.mul_(torch.tensor([[2.0], [5.0]]))
    assert view.grad_fn.name() == "AsStridedBackward0"
    view.backward(torch.tensor([1.0, 10.0]))
    assert leaf.grad.tolist() == [[0.0], [55.0]]


def test_earlier_view_of_real_parts_goes_through_the_pairs() -> None:
    leaf = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    x = leaf * 1
    imaginary = x.imag
    x.mul_(2)
    ((above, _),) = imaginary.grad_fn.next_functions
    assert (imaginary.grad_fn.name(), above.name()) == ("AsStridedBackward0", "ViewAsRealBackward0")
    imaginary.sum().backward()
    assert leaf.grad.tolist() == [2j, 2j]


def test_earlier_view_of_a_base_whose_axes_were_changed_in_place() -> None:
    leaf = torch.arange(4.0).view(2, 2).requires_grad_()
    x = leaf * 1
    row = x[0]
    x.t_()
    x.mul_(torch.tensor([[1.0, 10.0], [100.0, 1000.0]]))
    assert row.tolist() == [0.0, 100.0]
    row.sum().backward()
    assert leaf.grad.tolist() == [[1.0, 100.0], [0.0, 0.0]]


def test_as_strided_of_windows_that_overlap_shares_the_cotangent_among_them() -> None:
    leaf = torch.zeros(3, requires_grad=True)
    leaf.unfold(0, 2, 1).as_strided((2,), (1,)).backward(torch.tensor([1.0, 2.0]))
    assert leaf.grad.tolist() == [1.0, 2.0, 0.0]


def test_write_through_a_view_of_a_base_without_axes() -> None:
    leaf = torch.tensor(1.0, requires_grad=True)
    base = torch.zeros(())
    view = base.flatten()
    view += leaf
    view.mul_(torch.tensor([1.5]))
    base.backward(torch.tensor(3.0))
    assert base.item() == 1.5 and leaf.grad.item() == 4.5


def test_base_that_is_a_part_of_its_memory() -> None:
    leaf = torch.ones(3, requires_grad=True)
    base = torch.zeros(5)[1:4].detach()
    base.as_strided((2,), (2,)).copy_(leaf[:2])
    assert base.tolist() == [1.0, 0.0, 1.0]
    (base * torch.tensor([2.0, 3.0, 4.0])).sum().backward()
    assert leaf.grad.tolist() == [2.0, 4.0, 0.0]


def test_in_place_with_itself_keeps_no_operand() -> None:
    leaf = torch.tensor([3.0], requires_grad=True)
    x = leaf * 1
    x.mul_(x)
    assert x.tolist() == [9.0]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        x.sum().backward()


def test_copy_onto_itself_does_nothing_but_count() -> None:
    x = torch.ones(1, 3).expand(2, 3)
    assert x.copy_(x)._version == 1
    leaf = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used"):
        leaf.copy_(leaf)


def test_second_pass_through_a_write_into_a_view_raises() -> None:
    x = torch.ones(2, requires_grad=True) * 1
    x[:1] = 0.0
    x.sum().backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        x.sum().backward()


def test_retained_gradient_follows_the_newest_value() -> None:
    leaf = torch.ones(2, requires_grad=True)
    x = leaf * 1
    x.retain_grad()
    x.mul_(3)
    x[0] = 7.0
    (x * 2).sum().backward()
    assert x.retains_grad and x.grad.tolist() == [2.0, 2.0] and leaf.grad.tolist() == [0.0, 6.0]


def test_setitem_of_a_number_fills() -> None:
    x = torch.ones(2, requires_grad=True) * 1
    x[:] = 3.0
    assert x.grad_fn.name() == "FillBackward3"
    x[:] = torch.ones(2)
    assert x.grad_fn.name() == "torch::autograd::CopyBackwards"


def test_bits_read_as_another_dtype_share_the_version_and_no_history() -> None:
    x = torch.ones(2, requires_grad=True) * 1
    bits = x.view(torch.int32)
    assert not bits._is_view() and not bits.requires_grad
    bits.zero_()
    assert x.tolist() == [0.0, 0.0] and x._version == 1


def test_result_of_out_in_memory_that_is_big_enough_is_seen_by_its_views() -> None:
    memory = torch.zeros(4)
    out = memory.view(4, 1)
    with pytest.warns(UserWarning, match="was resized"):
        torch.add(torch.ones(3), 1, out=out)
    assert out.tolist() == [2.0, 2.0, 2.0] and memory.tolist() == [2.0, 2.0, 2.0, 0.0]


def test_inference_tensors_stay_out_of_graphs() -> None:
    leaf, normal = torch.ones(2, requires_grad=True), torch.ones(2)
    with torch.inference_mode():
        made = torch.ones(2)
        view = normal[:1]
        view.add_(1)
        assert made.is_inference() and made[:1].is_inference() and not made[:1]._is_view()
        assert not view.is_inference() and view._is_view() and (leaf * 2).is_inference()
        made.add_(1)
    assert normal.tolist() == [2.0, 1.0] and normal._version == 1
    for misuse, words in (
        (lambda: made._version, "Inference tensors do not track version counter"),
        (lambda: made.add_(1), "Inplace update to inference tensor outside InferenceMode"),
        (lambda: made.requires_grad_(), "Setting requires_grad=True on inference tensor outside InferenceMode"),
        (lambda: made * leaf, "Inference tensors cannot be saved for backward"),
        (lambda: view.add_(leaf[:1]), "A view was created in inference mode and is being modified inplace in normal"),
    ):
        with pytest.raises(RuntimeError, match=words):
            misuse()
    assert made.tolist() == [2.0, 2.0] and (made + leaf).requires_grad


def test_set_shows_other_memory_and_has_no_derivative() -> None:
    other = torch.arange(3.0)
    x = torch.zeros(2)
    assert x.set_(other) is x and x._version == 1
    other[0] = 5.0
    assert x.tolist() == [5.0, 1.0, 2.0]
    with pytest.raises(RuntimeError, match="Could not set tensor of type double to a tensor of type float"):
        x.set_(torch.zeros(2, dtype=torch.float64))
    y = torch.ones(2, requires_grad=True) * 1
    y.set_(other)
    assert y.grad_fn.name() == "torch::autograd::NotImplemented"
    with pytest.raises(RuntimeError, match="derivative for set_ is not implemented"):
        y.sum().backward()


def test_swapped_tensors_keep_their_identity() -> None:
    a, b = torch.ones(2, requires_grad=True), torch.zeros(3)
    seen = []
    a.register_hook(seen.append)
    a.tag = "first"
    torch.utils.swap_tensors(a, b)
    assert a.tolist() == [0.0, 0.0, 0.0] and not a.requires_grad and b.requires_grad and b.tag == "first"
    (b * 2).sum().backward()
    assert b.grad.tolist() == [2.0, 2.0] and len(seen) == 1


@pytest.mark.parametrize(("write", "expected"), [("copy_", [1.0, 1.0]), ("mul_", [-2.0, 1.0])])
def test_a_detached_twin_written_from_its_leaf_leads_to_the_leaf(write: str, expected: list[float]) -> None:
    leaf = torch.tensor([-2.0, 1.0], requires_grad=True)
    twin = leaf.detach()
    getattr(twin, write)(leaf)
    twin[...].sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.tolist() == expected


def test_a_view_whose_place_was_not_asked_for_since_is_refused_as_a_leaf() -> None:
    leaf = torch.tensor([1.5, 1.0], requires_grad=True)
    base = torch.ones(2)
    view = base[:]
    base.mul_(leaf)
    with torch.no_grad():  # to read or write there asks for no place in the graph
        view.exp_()
        assert (view + 1).requires_grad is False
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used"):
        view.add_(1)
    assert view.grad_fn.name() == "AsStridedBackward0"
    view.add_(1)
    assert base.grad_fn.name() == "torch::autograd::CopySlices"


@pytest.mark.parametrize(("later", "expected"), [(False, [2.0, 2.0, 0.0]), (True, None)])
def test_a_view_outlives_the_history_of_its_base(later: bool, expected: list[float] | None) -> None:
    leaf = torch.ones(3, requires_grad=True)
    base = torch.zeros(3)
    view = base[:2]
    view.copy_(leaf[:2])
    if later:  # so that the place of the view is to be found anew
        base.mul_(leaf)
    base.detach_()
    (node, _), *_ = view.grad_fn.next_functions
    assert not base.requires_grad and (node is None) == later
    (view * 2).sum().backward()
    assert (None if leaf.grad is None else leaf.grad.tolist()) == expected
