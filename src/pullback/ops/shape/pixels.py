"""Channels into pixels and back."""

from __future__ import annotations

from typing import Any

from pullback.arrays.vocabulary import reshape, transpose
from pullback.graph.operator import linear
from pullback.ops.formats import like
from pullback.ops.shape.memory import copied
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def _shuffled(array: V, factor: int) -> V:
    """``(*, C r², H, W) -> (*, C, H r, W r)``."""
    *batch, channels, height, width = array.shape
    split = reshape(array, (*batch, channels // factor**2, factor, factor, height, width))
    moved = transpose(split, _after(batch, (0, 3, 1, 4, 2)))
    return reshape(moved, (*batch, channels // factor**2, height * factor, width * factor))


def _unshuffled(array: V, factor: int) -> V:
    """``(*, C, H r, W r) -> (*, C r², H, W)``."""
    *batch, channels, height, width = array.shape
    split = reshape(array, (*batch, channels, height // factor, factor, width // factor, factor))
    moved = transpose(split, _after(batch, (0, 2, 4, 1, 3)))
    return reshape(moved, (*batch, channels * factor**2, height // factor, width // factor))


def _after(batch: list[int], axes: tuple[int, ...]) -> tuple[int, ...]:
    return (*range(len(batch)), *(axis + len(batch) for axis in axes))


@linear(node="PixelShuffleBackward0", input=lambda grad, upscale_factor: _unshuffled(grad, upscale_factor))
def _pixel_shuffle(input: V, upscale_factor: int) -> V:
    return copied(_shuffled(input, upscale_factor), "contiguous_format")


@linear(node="PixelUnshuffleBackward0", input=lambda grad, downscale_factor: _shuffled(grad, downscale_factor))
def _pixel_unshuffle(input: V, downscale_factor: int) -> V:
    return copied(_unshuffled(input, downscale_factor), "contiguous_format")


def _check(input: Any, factor: int, name: str, word: str) -> tuple[int, ...]:
    shape: tuple[int, ...] = input._array.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {len(shape)} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {word}, but got {factor}")
    return shape


@asks_for_tensors
def pixel_shuffle(input: V, upscale_factor: int) -> V:
    """Channels spread over squares of pixels: ``(*, C r², H, W) -> (*, C, H r, W r)``.

    Raises ``RuntimeError`` if the number of channels is not divisible by the square of the factor.
    """
    shape = _check(input, upscale_factor, "pixel_shuffle", "upscale_factor")
    if shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return like(_pixel_shuffle(input, upscale_factor), input)  # type: ignore[no-any-return]


@asks_for_tensors
def pixel_unshuffle(input: V, downscale_factor: int) -> V:
    """Squares of pixels gathered into channels: ``(*, C, H r, W r) -> (*, C r², H, W)``."""
    shape = _check(input, downscale_factor, "pixel_unshuffle", "downscale_factor")
    for place, word in ((-2, "height"), (-1, "width")):
        if shape[place] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {word} to be divisible by downscale_factor, but input.size({place})="
                f"{shape[place]} is not divisible by {downscale_factor}"
            )
    return like(_pixel_unshuffle(input, downscale_factor), input)  # type: ignore[no-any-return]


def _dealt(array: V, groups: int) -> V:
    shape = tuple(array.shape)
    split = reshape(array, (shape[0], groups, shape[1] // groups, *shape[2:]))
    return reshape(transpose(split, (0, 2, 1, *range(3, len(shape) + 1))), shape)


@linear(
    node="ChannelShuffleBackward0",
    input=lambda grad, groups: _dealt(grad, grad.shape[1] // groups) if grad.size else grad,
)
def _channel_shuffle(input: V, groups: int) -> V:
    return copied(_dealt(input, groups), "contiguous_format") if input.size else input[...]


@asks_for_tensors
def channel_shuffle(input: V, groups: int) -> V:
    """The channels of ``(N, C, *)`` dealt out over `groups`: the first of each group, then the second of each …

    >>> import pullback as torch
    >>> torch.nn.functional.channel_shuffle(torch.arange(4).reshape(1, 4, 1), 2).flatten()
    tensor([0, 2, 1, 3])
    """
    shape = input._array.shape
    if len(shape) <= 2:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups."
        )
    return like(_channel_shuffle(input, groups), input)  # type: ignore[no-any-return]
