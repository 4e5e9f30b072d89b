"""Views share memory, copies do not; NumPy's own functions work on tensors and are differentiable."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck

VIEWS: dict[str, Any] = {
    "view": lambda x: x.view(-1),
    "reshape": lambda x: x.reshape(4, 6),
    "flatten": lambda x: x.flatten(1),
    "unflatten": lambda x: x.unflatten(2, (2, 2)),
    "transpose": lambda x: x.transpose(0, 2),
    "permute": lambda x: x.permute(2, 0, 1),
    "movedim": lambda x: x.movedim(0, 1),
    "mT": lambda x: x.mT,
    "squeeze": lambda x: x[:1].squeeze(0),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "expand": lambda x: x.expand(5, 2, 3, 4),
    "select": lambda x: x.select(1, 2),
    "narrow": lambda x: x.narrow(2, 1, 2),
    "unfold": lambda x: x.unfold(2, 2, 1),
    "diagonal": lambda x: x.diagonal(0, 1, 2),
    "as_strided": lambda x: x.as_strided((2, 2), (1, 2), 3),
    "split": lambda x: x.split(1)[1],
    "chunk": lambda x: x.chunk(2)[1],
    "tensor_split": lambda x: x.tensor_split(2)[1],
    "unbind": lambda x: x.unbind(2)[3],
    "getitem": lambda x: x[1, :, 1:3],
    "0-d": lambda x: x[1, 2, 3],
    "ellipsis": lambda x: x[...],
}
COPIES: dict[str, Any] = {
    "clone": lambda x: x.clone(),
    "index": lambda x: x[pullback.tensor([0, 1])],
    "mask": lambda x: x[x > 0],
    "reshape": lambda x: x.transpose(0, 1).reshape(-1),
    "repeat": lambda x: x.repeat(1, 1, 1),
    "flip": lambda x: x.flip(0),
    "roll": lambda x: x.roll(0, 0),
    "rot90": lambda x: x.rot90(0),
    "cat": lambda x: pullback.cat([x]),
    "diag": lambda x: x[0, :, :3].diag(),
    "triu": lambda x: x.triu(-9),
    "pad": lambda x: pullback.nn.functional.pad(x, (0, 0)),
    "gather": lambda x: x.gather(0, pullback.zeros(1, 3, 4, dtype=pullback.int64)),
    "split_copy": lambda x: pullback.split_copy(x, 1)[0],
}


@pytest.mark.parametrize("name", VIEWS)
def test_view_shares_memory_and_version(name: str) -> None:
    x = pullback.arange(24.0, dtype=pullback.float64).reshape(2, 3, 4).clone()
    seen = VIEWS[name](x)
    assert np.shares_memory(seen.numpy(), x.numpy())
    assert seen._is_view() and seen._base is x
    x.fill_(-1.0)
    assert seen._version == x._version == 1
    if seen.is_floating_point():
        assert set(seen.flatten().tolist()) == {-1.0}


@pytest.mark.parametrize("name", COPIES)
def test_copy_does_not_share_memory(name: str) -> None:
    x = pullback.arange(24.0).reshape(2, 3, 4).clone()
    assert not np.shares_memory(COPIES[name](x).numpy(), x.numpy())


def test_contiguous_returns_the_tensor_itself_if_it_is() -> None:
    x = pullback.zeros(2, 3)
    assert x.contiguous() is x
    assert x.t().contiguous() is not x


def test_flatten_of_a_vector_is_the_vector_itself() -> None:
    x = pullback.zeros(3)
    assert x.flatten() is x and pullback.atleast_1d(x) is x


def test_meshgrid_warns_without_indexing() -> None:
    x = pullback.arange(2)
    with pytest.warns(UserWarning, match="required to pass the indexing"):
        pullback.meshgrid(x, x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rows, columns = pullback.meshgrid(x, x, indexing="ij")
    assert rows.tolist() == [[0, 0], [1, 1]] and columns.tolist() == [[0, 1], [0, 1]]


NUMPY: dict[str, Any] = {
    "reshape": lambda x: np.reshape(x, (3, 4)),
    "ravel": lambda x: np.ravel(x),
    "transpose": lambda x: np.transpose(x),
    "transpose axes": lambda x: np.transpose(x, (1, 0)),
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "expand_dims": lambda x: np.expand_dims(x, (0, 2)),
    "squeeze": lambda x: np.squeeze(x[:1]),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 4, 3)),
    "concatenate": lambda x: np.concatenate([x, x], axis=1),
    "concatenate flat": lambda x: np.concatenate([x, x], axis=None),
    "stack": lambda x: np.stack([x, x], axis=-1),
    "hstack": lambda x: np.hstack([x, x]),
    "vstack": lambda x: np.vstack([x, x]),
    "dstack": lambda x: np.dstack([x, x]),
    "column_stack": lambda x: np.column_stack([x, x]),
    "split": lambda x: np.split(x, [1], axis=0)[1],
    "flip": lambda x: np.flip(x),
    "flip axis": lambda x: np.flip(x, 1),
    "fliplr": lambda x: np.fliplr(x),
    "flipud": lambda x: np.flipud(x),
    "roll": lambda x: np.roll(x, 1),
    "roll axis": lambda x: np.roll(x, 1, axis=0),
    "rot90": lambda x: np.rot90(x),
    "tile": lambda x: np.tile(x, (2, 1)),
    "repeat": lambda x: np.repeat(x, 2),
    "repeat axis": lambda x: np.repeat(x, [1, 0, 2], axis=1),
    "diagonal": lambda x: np.diagonal(x),
    "diag": lambda x: np.diag(x),
    "trace": lambda x: np.trace(x),
    "triu": lambda x: np.triu(x),
    "tril": lambda x: np.tril(x, -1),
    "take": lambda x: np.take(x, np.array([[0, 2], [1, 1]]), axis=1),
    "take flat": lambda x: np.take(x, np.array([0, 5])),
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([[0], [2], [1], [0]]), axis=1),
    "compress": lambda x: np.compress([True, False, True], x, axis=1),
    "copy": lambda x: np.copy(x),
}


@pytest.mark.parametrize("name", NUMPY)
def test_numpy_function_on_a_tensor_has_numpys_value_and_a_gradient(name: str) -> None:
    array = np.random.default_rng(3).standard_normal((4, 3))
    tensor = pullback.tensor(array, requires_grad=True)
    found = NUMPY[name](tensor)
    assert isinstance(found, pullback.Tensor) and found.requires_grad
    np.testing.assert_array_equal(found.detach().numpy(), NUMPY[name](array))
    assert gradcheck(NUMPY[name], (tensor,), fast_mode=True, check_forward_ad=True)


def test_as_strided_gradient_of_overlapping_memory() -> None:
    x = pullback.arange(3.0, requires_grad=True)
    x.as_strided((2, 2), (1, 1)).sum().backward()
    assert x.grad.tolist() == [1.0, 2.0, 1.0]


def test_view_as_complex_and_back() -> None:
    x = pullback.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    z = pullback.view_as_complex(x)
    assert z.tolist() == [1 + 2j, 3 + 4j]
    pullback.view_as_real(z).pow(2).sum().backward()
    assert x.grad.tolist() == [[2.0, 4.0], [6.0, 8.0]]
    assert pullback.view_as_real(z).tolist() == x.tolist()


def test_gradients_of_split_parts_that_are_not_used_are_zero() -> None:
    x = pullback.ones(5, requires_grad=True)
    first, _, last = x.split(2)
    (first.sum() + 3 * last.sum()).backward()
    assert x.grad.tolist() == [1.0, 1.0, 0.0, 0.0, 3.0]


def test_resize_keeps_what_fits() -> None:
    x = pullback.arange(6.0)
    assert x.resize_(2, 2).tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert x.resize_(8)[:4].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_resize_lays_memory_out() -> None:
    x = pullback.arange(24.0).resize_((2, 3, 2, 2), memory_format=pullback.channels_last)
    assert x.stride() == (12, 1, 6, 3)
    assert x[0, :, 0, 0].tolist() == [0.0, 1.0, 2.0]
    y = pullback.arange(24.0).resize_as_(x, memory_format=pullback.preserve_format)
    assert y.stride() == x.stride()
    assert pullback.arange(24.0).resize_as_(x).stride() == (12, 4, 2, 1)
    with pytest.raises(RuntimeError, match="required rank 4 tensor to use channels_last format"):
        y.resize_((2, 3), memory_format=pullback.channels_last)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda shape: pullback.empty(shape), "Storage size calculation overflowed with sizes="),
        (lambda shape: pullback.zeros(shape), "Storage size calculation overflowed with sizes="),
        (lambda shape: pullback.full(shape, 1.0), "Storage size calculation overflowed with sizes="),
        (lambda shape: pullback.empty(()).resize_(shape), "Storage size calculation overflowed with sizes="),
        (lambda shape: pullback.zeros(0, *shape), "Stride calculation overflowed"),
        (lambda shape: pullback.zeros(2).resize_(2, -1), "numel: integer multiplication overflow"),
    ],
)
def test_sizes_beyond_63_bits_are_refused(make: Callable[[Any], Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        make((2, 4, 2**29, 2**29))


def test_a_reading_as_longer_elements_wants_an_even_start_first() -> None:
    with pytest.raises(RuntimeError, match=r"self.storage_offset\(\) must be divisible by 2"):
        pullback.zeros(4, 3)[:, 1:].view(pullback.float64)


def test_empty_tensors_join_along_any_dimension() -> None:
    x = pullback.zeros(0, requires_grad=True)
    joined = pullback.cat([x, x], 2)
    assert joined.shape == (0,)
    joined.sum().backward()
    assert x.grad.shape == (0,)
    assert pullback.trapezoid(pullback.zeros(0, 3, dtype=pullback.int32), dim=0).dtype == pullback.int32


@pytest.mark.parametrize("name", ["mT", "H", "mH", "adjoint"])
@pytest.mark.filterwarnings("ignore:.*is deprecated on 0-D tensors")
def test_axes_of_a_number_are_exchanged_by_leaving_it_alone(name: str) -> None:
    for x in (pullback.tensor(2.0, requires_grad=True), pullback.tensor(1j)):
        found = getattr(x, name)
        found = found() if name == "adjoint" else found
        assert found is x if name == "mT" or not x.is_complex() else found.item() == -1j


def test_memory_read_with_a_sign_turned_is_not_seen_as_a_dtype() -> None:
    x = pullback.tensor([1 + 2j])
    for shown, told in ((x.conj(), "conjugate view tensors"), (x.conj().imag, "tensors with negative bit set")):
        for dtype in (shown.dtype, pullback.float32, pullback.int32):
            with pytest.raises(RuntimeError, match=f"not supported for {told} when converting"):
                shown.view(dtype)
    assert x.conj().resolve_conj().view(pullback.float32).tolist() == [1.0, -2.0]
