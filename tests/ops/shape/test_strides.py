"""Stride arithmetic: when a reshape can be a view, where elements lie, windows on memory."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import pullback as torch
from pullback.arrays.strides import (
    contiguous_strides,
    element_strides,
    in_format,
    inferred_shape,
    is_contiguous,
    is_viewable,
    memory_of,
    offset_in_memory,
    positions,
    restrided,
    view_strides,
)

SHAPES = [(24,), (2, 12), (12, 2), (4, 6), (2, 3, 4), (4, 3, 2), (1, 24), (2, 1, 12), (2, 2, 6), (24, 1), (1, 2, 12, 1)]


def arrays() -> list[np.ndarray]:
    """Permuted, cut, repeated and singleton axes."""
    base = np.arange(24).reshape(2, 3, 4)
    found = [base.transpose(axes) for axes in itertools.permutations(range(3))]
    wide = np.arange(96).reshape(4, 6, 4)
    found += [wide[::2, ::2, :], wide[:2, :3], wide[:, :, :1].repeat(1), np.broadcast_to(np.arange(12), (2, 12))]
    return [*found, base[None], base[:, :, None, :], base.reshape(24, 1).T]


@pytest.mark.parametrize("number", range(len(arrays())))
@pytest.mark.parametrize("shape", SHAPES)
def test_a_reshape_is_a_view_exactly_where_numpy_makes_one(number: int, shape: tuple[int, ...]) -> None:
    array = arrays()[number]
    if array.size != np.prod(shape):
        return
    shares = np.shares_memory(array, array.reshape(shape))
    assert is_viewable(array, shape) == shares
    strides = view_strides(array.shape, element_strides(array), shape)
    assert (strides is not None) == shares
    if strides is not None:
        np.testing.assert_array_equal(restrided(array, shape, strides), array.reshape(shape))


def test_strides_count_elements_and_mend_those_of_new_axes() -> None:
    assert element_strides(np.zeros((2, 3))) == (3, 1)
    assert element_strides(np.zeros((2, 3))[:, None]) == (3, 3, 1)
    assert element_strides(np.zeros((2, 3))[..., None]) == (3, 1, 1)
    assert element_strides(np.zeros((0, 3))) == (3, 1)
    assert element_strides(np.float64(1)) == ()
    assert contiguous_strides((2, 0, 3)) == (3, 3, 1)


def test_inferred_shape() -> None:
    assert inferred_shape((2, -1), 6) == (2, 3)
    assert inferred_shape((), 1) == ()
    for shape, size in (((-1, -1), 6), ((4, -1), 6), ((-2,), 6), ((0, -1), 0), ((5,), 6)):
        with pytest.raises(RuntimeError):
            inferred_shape(shape, size)


def test_channels_last() -> None:
    array = np.arange(24).reshape(1, 2, 3, 4)
    last = in_format(array, "channels_last")
    np.testing.assert_array_equal(last, array)
    assert element_strides(last) == (24, 1, 8, 2)
    assert (
        is_contiguous(last, "channels_last") and not is_contiguous(last) and not is_contiguous(array, "channels_last")
    )
    with pytest.raises(RuntimeError, match="required rank 4"):
        in_format(array[0], "channels_last")


def test_window_on_memory_that_lies_in_another_order() -> None:
    memory = np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1).copy(order="K")
    inner = memory[1]
    assert offset_in_memory(inner) == 1
    np.testing.assert_array_equal(memory_of(inner), np.arange(24))
    np.testing.assert_array_equal(restrided(inner, (3,), (5,)), [1, 6, 11])
    np.testing.assert_array_equal(restrided(inner, (2,), (1,), -1), [0, 1])
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        restrided(inner, (3,), (20,))


def test_positions_are_where_the_elements_lie() -> None:
    array = np.arange(24).reshape(4, 6).T[1::2]
    found = positions(array.shape, element_strides(array), offset_in_memory(array))
    np.testing.assert_array_equal(np.arange(24)[found], array)


@pytest.mark.parametrize(
    ("shape", "strides", "wanted", "expected"),
    [  # what PyTorch gives
        ((2, 8, 1, 1), (8, 1, 8, 8), (2, 8, 1), (8, 1, 8)),
        ((2, 8, 1, 1), (8, 1, 1, 1), (2, 8, 1), (8, 1, 1)),
        ((4, 3, 1, 1), (3, 1, 3, 3), (2, 6, 1, 1), (6, 1, 3, 3)),
        ((3, 2), (1, 3), (3, 1, 2, 1), (1, 6, 3, 3)),
    ],
)
def test_views_with_axes_of_length_1_get_pytorchs_strides(
    shape: tuple[int, ...], strides: tuple[int, ...], wanted: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    x = torch.arange(float(np.prod(shape))).as_strided(shape, strides).requires_grad_()
    for y in (x.view(wanted), x.reshape(wanted)):
        assert y.stride() == expected and y.flatten().tolist() == x.flatten().tolist()
        (gradient,) = torch.autograd.grad(y.square().sum(), x)
        assert torch.equal(gradient, 2 * x.detach())


def test_flipped_axes_of_length_one_keep_their_stride() -> None:
    x = torch.arange(6).reshape(1, 2, 3)
    assert x.flip(0).stride() == x.flip(0, 2).stride() == (6, 3, 1)
    assert x.flip(0, 2).tolist() == [[[2, 1, 0], [5, 4, 3]]]


@pytest.mark.parametrize("mode", [(8, 8), 3])
def test_the_mode_of_a_border_is_a_word(mode: object) -> None:
    with pytest.raises(TypeError, match=r"pad\(\): argument 'mode' \(position 3\) must be str, not "):
        torch.nn.functional.pad(torch.ones(2), (1, 1), mode)  # type: ignore[arg-type]
