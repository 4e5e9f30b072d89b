"""What memory a write may share with its operands, and what a change of axes in place does to saved values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pullback

FIRST = pullback.tensor([0, 1])


def pairs() -> Any:
    return pullback.tensor([1j, 2 + 3j, 4 + 5j, 6 + 7j])


RESOLVED: list[tuple[Callable[[Any], Any], list[complex]]] = [
    (lambda x: x.index_put_((FIRST,), x.conj()[1:3]), [2 - 3j, 4 - 5j, 4 + 5j, 6 + 7j]),
    (lambda x: x.__setitem__(FIRST, x.conj()[1:3]), [2 - 3j, 4 - 5j, 4 + 5j, 6 + 7j]),
    (lambda x: x[:2].scatter_(0, FIRST, x.conj()[:2]), [-1j, 2 - 3j, 4 + 5j, 6 + 7j]),
    (lambda x: x.scatter_add_(0, pullback.arange(4), x.conj()), [0j, 4 + 0j, 8 + 0j, 12 + 0j]),
    (lambda x: x.index_add_(0, pullback.arange(4), x.conj()), [0j, 4 + 0j, 8 + 0j, 12 + 0j]),
    (lambda x: x[:3].add_(x.conj()[1:]), [2 - 2j, 6 - 2j, 10 - 2j, 6 + 7j]),
    (lambda x: x.conj().scatter_(0, pullback.arange(4), x), [-1j, 2 - 3j, 4 - 5j, 6 - 7j]),
]


@pytest.mark.parametrize(("write", "expected"), RESOLVED)
def test_what_is_read_conjugated_is_worked_out_first(write: Callable[[Any], Any], expected: list[complex]) -> None:
    x = pairs()
    write(x)
    assert x.tolist() == expected


REFUSED: list[Callable[[Any], Any]] = [
    lambda x: x.index_put_((FIRST,), x[1:3]),
    lambda x: x.scatter_(0, pullback.arange(4), x),
    lambda x: x[:3].add_(x[1:]),
    lambda x: x[:3].copy_(x.conj()[1:]),
    lambda x: x.__setitem__(slice(0, 2), x.conj()[1:3]),
    lambda x: x.conj().__setitem__(slice(0, 2), x[1:3]),
]


@pytest.mark.parametrize("write", REFUSED)
def test_memory_that_would_be_read_while_written_is_refused(write: Callable[[Any], Any]) -> None:
    x = pairs()
    with pytest.raises(RuntimeError, match="some elements of the input tensor and the written-to tensor"):
        write(x)
    assert x.tolist() == pairs().tolist()


AXES: dict[str, Callable[[Any], Any]] = {
    "t_": lambda y: y.t_(),
    "squeeze_": lambda y: y.squeeze_(),
    "unsqueeze_": lambda y: y.unsqueeze_(0),
    "transpose_": lambda y: y.transpose_(0, 1),
    "as_strided_": lambda y: y.as_strided_((3,), (1,)),
}


@pytest.mark.parametrize("name", AXES)
def test_a_saved_result_whose_axes_change_is_out_of_date(name: str) -> None:
    x = pullback.ones(2, 3, requires_grad=True)
    y = x.exp()
    AXES[name](y)
    assert y._version == 1
    with pytest.raises(RuntimeError, match=r"which is output 0 of Exp, is at version 1; expected version 0"):
        y.sum().backward()


@pytest.mark.parametrize("name", AXES)
def test_axes_may_change_where_the_result_is_not_saved(name: str) -> None:
    x = pullback.ones(2, 3, requires_grad=True)
    y = x * 2
    AXES[name](y)
    y.sum().backward()
    expected = [[2.0] * 3, [0.0] * 3 if name == "as_strided_" else [2.0] * 3]
    assert x.grad.tolist() == expected


def test_axes_of_a_view_that_change_unrecorded_give_it_a_new_history() -> None:
    x = pullback.ones(2, 3, requires_grad=True)
    view = x.abs().permute(0, 1)
    with pullback.no_grad():
        view.transpose_(0, 1)
    assert view.grad_fn.name() == "AsStridedBackward0"
    view.sum(0)[0].backward()
    assert x.grad.tolist() == [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize("name", [name for name in AXES if name != "squeeze_"])
def test_a_tangent_follows_the_axes(name: str) -> None:
    from pullback.autograd import forward_ad

    with forward_ad.dual_level():
        dual = forward_ad.make_dual(pullback.zeros(2, 3), pullback.arange(6.0).view(2, 3)) * 1
        AXES[name](dual)
        expected = AXES[name](pullback.arange(6.0).view(2, 3))
        assert forward_ad.unpack_dual(dual).tangent.tolist() == expected.tolist()


def test_what_only_lies_between_the_elements_written_may_be_read() -> None:
    x = pullback.arange(8.0)
    pullback.cat([x[0:4:2], x[4::2]], out=x[1::2])
    assert x.tolist() == [0.0, 0.0, 2.0, 2.0, 4.0, 4.0, 6.0, 6.0]
    pullback.gather(x[1::2], 0, pullback.tensor([3, 2, 1, 0]), out=x[::2])
    assert x[::2].tolist() == [6.0, 4.0, 2.0, 0.0]
    with pytest.raises(RuntimeError, match="some elements of the input tensor and the written-to tensor"):
        pullback.index_select(x, 0, pullback.tensor([0, 1]), out=x[1:3])


def test_where_nothing_is_to_be_rolled_axes_are_not_looked_at() -> None:
    assert pullback.zeros(1, 0, 2).roll(1, -4).shape == (1, 0, 2)
    with pytest.raises(IndexError, match="Dimension out of range"):
        pullback.zeros(1, 2).roll(1, -4)


def test_as_strided_in_place_has_a_node_of_its_own() -> None:
    x = pullback.arange(6.0, requires_grad=True)
    y = x * 1
    y.as_strided_((2,), (2,))
    assert y.grad_fn.name() == "AsStridedBackward1" and y.grad_fn._saved_size == (2,)
    assert y.grad_fn._saved_storage_offset in (0, None)
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    with pytest.raises(RuntimeError, match="Tensor: invalid storage offset -1"):
        x.as_strided((2,), (1,), -1)
    with pytest.raises(RuntimeError, match=r"Storage size calculation overflowed with sizes=\[-2\]"):
        x.as_strided((-2,), (1,))


@pytest.mark.parametrize("name", ["sub", "eq", "maximum", "logical_and"])
def test_an_operand_does_not_take_the_shape_of_the_result(name: str) -> None:
    x, y = pullback.ones(2, 3), pullback.zeros(3)
    with pytest.raises(RuntimeError, match=r"output with shape \[3\] doesn't match the broadcast shape \[2, 3\]"):
        getattr(pullback, name)(x, y, out=y)
    assert y.tolist() == [0.0] * 3
    with pytest.warns(UserWarning, match="An output with one or more elements was resized"):
        pullback.mv(x, y, out=y)
    assert y.tolist() == [0.0] * 2


def test_shared_memory_is_told_before_shapes() -> None:
    x = pullback.ones(2, 3)
    for out in (x[0, 1], x[0]):
        with pytest.raises(RuntimeError, match="unsupported operation: some elements of the input"):
            pullback.mul(x, out, out=out)
    with pytest.raises(RuntimeError, match="unsupported operation: more than one element"):
        pullback.mul(pullback.ones(5), x, out=x[0].expand(2, 3))
    empty = pullback.zeros(0, 1)
    with pytest.raises(RuntimeError, match=r"output with shape \[0, 1\] doesn't match the broadcast shape \[0, 0\]"):
        pullback.mul(empty, pullback.zeros(0), out=empty)


def test_a_tensor_of_another_shape_still_reads_its_memory_conjugated() -> None:
    memory = pullback.zeros(2, dtype=pullback.complex64)
    shown = memory.conj()[:1]
    with pytest.warns(UserWarning, match="was resized"):
        pullback.mul(pullback.tensor(2j), 2, out=shown)
    assert shown.is_conj() and shown.item() == 4j and memory.tolist() == [-4j, 0j]
    assert memory.conj().resize_(1, 2).is_conj() and memory.conj().imag.resize_(1).is_neg()


@pytest.mark.parametrize("index", [None, Ellipsis, slice(None), 0])
def test_one_element_is_written_to_itself_in_its_own_shape_only(index: Any) -> None:
    x = pullback.ones(1)
    if index is None:
        with pytest.raises(RuntimeError, match="unsupported operation: some elements of the input"):
            x[index] = x
    else:
        x[index] = x
    x[index] = x.clone() * 2
    assert x.tolist() == [2.0]


def test_what_has_no_elements_shares_none() -> None:
    x = pullback.zeros(0, 3)
    x.data[:, pullback.tensor([2, -1, 0])] = x
    y = pullback.tensor([3.0, 3.0, 1.0])
    with pytest.raises(RuntimeError, match="The expanded size of the tensor"):
        y[None, -2, ...] = y
