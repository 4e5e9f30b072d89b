"""Tensors with a border: constant, mirrored, repeated or wrapped around.

A padding is written from the last axis backwards: ``(left, right, top, bottom, …)``. A negative one crops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.arrays.scatter import pick, put, replaced, spread
from pullback.graph.operator import general, linear
from pullback.ops.formats import like
from pullback.ops.numbers import number_of
from pullback.ops.shape.joining import cat
from pullback.ops.shape.memory import clone, copied
from pullback.ops.shape.sizes import int_list
from pullback.ops.shape.windows import slice_
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

_SUPPORTED = (
    "Supported combinations for non-constant padding:\n"
    "  - 2D or 3D input: padding size = 2 (pads last dimension)\n"
    "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n"
    "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
)


def _per_axis(pad: Sequence[int], ndim: int) -> list[tuple[int, int]]:
    """(before, after) for each axis."""
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)]
    return [(0, 0)] * (ndim - len(pairs)) + pairs[::-1]


def _bordered(array: V, pad: Sequence[int], value: Any) -> V:
    """`array` with a constant border."""
    pairs = _per_axis(pad, array.ndim)
    inner = array[tuple([slice(max(-b, 0), n - max(-a, 0)) for (b, a), n in zip(pairs, array.shape)])]
    shape = tuple([n + max(b, 0) + max(a, 0) for (b, a), n in zip(pairs, inner.shape)])
    if shape == tuple(inner.shape):
        return copied(inner, "contiguous_format")
    place = tuple([slice(max(b, 0), max(b, 0) + n) for (b, _), n in zip(pairs, inner.shape)])
    if value is None or value == 0:
        return put(inner, place, shape)
    return replaced(np.full_like(inner, value, shape=shape), place, inner)


@general(
    node="ConstantPadNdBackward0",
    input=lambda grad, pad: _bordered(grad, [-n for n in pad], None),
    jvp=lambda d_input, pad: _constant_pad_nd(d_input, pad, None),
)
def _constant_pad_nd(input: V, pad: tuple[int, ...], value: Any) -> V:
    return _bordered(input, pad, value)


@asks_for_tensors
def constant_pad_nd(input: V, pad: Any, value: Any = 0) -> V:
    """The tensor with a border of `value`; see `pullback.nn.functional.pad`."""
    sizes = int_list((pad,), "constant_pad_nd", "pad")
    shape = input._array.shape
    if len(sizes) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(sizes)}")
    if len(sizes) > 2 * len(shape):
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
            f"{len(sizes)}while the input has {len(shape)}dimensions."
        )
    for (before, after), length in zip(_per_axis(sizes, len(shape)), shape):
        if length + min(before, 0) + min(after, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    filler = number_of(0 if value is None else value, input._array.dtype)
    return like(_constant_pad_nd(input, sizes, filler), input)  # type: ignore[no-any-return]


# ---------------------------------------------------------------------------------------- mirrored and repeated


def _reflected(length: int, before: int, after: int) -> np.ndarray:
    places = np.abs(np.arange(-before, length + after))
    return np.where(places >= length, 2 * (length - 1) - places, places)


def _repeated(length: int, before: int, after: int) -> np.ndarray:
    return np.clip(np.arange(-before, length + after), 0, max(length - 1, 0))


def _sources(shape: tuple[int, ...], pad: Sequence[int], place: Any) -> list[tuple[int, np.ndarray]]:
    """For each padded axis, which position each element comes from."""
    pairs = _per_axis(pad, len(shape))
    return [(axis, place(n, *pair)) for axis, (n, pair) in enumerate(zip(shape, pairs)) if pair != (0, 0)]


def _taken(array: V, pad: Sequence[int], place: Any) -> V:
    for axis, positions in _sources(tuple(array.shape), pad, place):
        array = pick(array, [positions], (axis,))
    return array


def _given_back(grad: V, pad: Sequence[int], place: Any, shape: tuple[int, ...]) -> V:
    for axis, positions in reversed(_sources(tuple(shape), pad, place)):
        grad = spread(grad, [positions], (axis,), (*grad.shape[:axis], shape[axis], *grad.shape[axis + 1 :]))
    return grad


def _reflect_rule(grad: V, pad: Any, input_shape: Any) -> V:
    return _given_back(grad, pad, _reflected, input_shape)


def _replicate_rule(grad: V, pad: Any, input_shape: Any) -> V:
    return _given_back(grad, pad, _repeated, input_shape)


@linear(node="ReflectionPad1DBackward0", input=_reflect_rule)
def _reflection_pad1d(input: V, pad: tuple[int, ...]) -> V:
    return _taken(input, pad, _reflected)


@linear(node="ReflectionPad2DBackward0", input=_reflect_rule)
def _reflection_pad2d(input: V, pad: tuple[int, ...]) -> V:
    return _taken(input, pad, _reflected)


@linear(node="ReflectionPad3DBackward0", input=_reflect_rule)
def _reflection_pad3d(input: V, pad: tuple[int, ...]) -> V:
    return _taken(input, pad, _reflected)


@linear(node="ReplicationPad1DBackward0", input=_replicate_rule)
def _replication_pad1d(input: V, pad: tuple[int, ...]) -> V:
    return _taken(input, pad, _repeated)


@linear(node="ReplicationPad2DBackward0", input=_replicate_rule)
def _replication_pad2d(input: V, pad: tuple[int, ...]) -> V:
    return _taken(input, pad, _repeated)


@linear(node="ReplicationPad3DBackward0", input=_replicate_rule)
def _replication_pad3d(input: V, pad: tuple[int, ...]) -> V:
    return _taken(input, pad, _repeated)


_OPERATORS = {
    "reflect": (_reflection_pad1d, _reflection_pad2d, _reflection_pad3d),
    "replicate": (_replication_pad1d, _replication_pad2d, _replication_pad3d),
}


def _circular(input: V, pad: tuple[int, ...]) -> V:
    ndim = input._array.ndim
    padded = False
    for axis, (before, after) in enumerate(_per_axis(pad, ndim)):
        length = input._array.shape[axis]
        if before > length or after > length:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if length + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        if before == after == 0:
            continue
        inner = slice_(input, axis, max(-before, 0), length - max(-after, 0), 1)
        length = inner._array.shape[axis]
        if max(before, after) > length:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        parts = [slice_(inner, axis, length - before, length, 1)] if before > 0 else []
        parts.append(inner)
        parts += [slice_(inner, axis, 0, after, 1)] if after > 0 else []
        input, padded = cat(parts, axis), True
    return input if padded else clone(input)


def _check_lengths(input: Any, pad: tuple[int, ...], mode: str) -> None:
    shape, ndim = input._array.shape, input._array.ndim
    axes = len(pad) // 2
    words = ("2D or 3D", "3D or 4D", "4D or 5D")[axes - 1]
    if (any(length == 0 for length in shape[-axes - 1 :]) and mode == "replicate") or 0 in shape[-axes:]:
        raise RuntimeError(
            f"Expected {words} (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(shape)}"
        )
    for axis, (before, after) in enumerate(_per_axis(pad, ndim)):
        if mode == "reflect" and (before >= shape[axis] or after >= shape[axis]) and (before, after) != (0, 0):
            place = 4 + 2 * (ndim - 1 - axis)
            raise RuntimeError(
                f"Argument #{place}: Padding size should be less than the corresponding input dimension, but got: "
                f"padding ({before}, {after}) at dimension {axis} of input {list(shape)}"
            )
        if (before, after) != (0, 0) and shape[axis] + before + after < 1:
            sides = ", ".join(f"{name}: {n}" for name, n in zip("WHD", shape[::-1][:axes]))
            outputs = ", ".join(
                f"{name}: {n + b + a}" for name, n, (b, a) in zip("WHD", shape[::-1], _per_axis(pad, ndim)[::-1][:axes])
            )
            raise RuntimeError(f"input ({sides}) is too small. Calculated output {outputs}")


@asks_for_tensors
def pad(input: V, pad: Any, mode: str = "constant", value: Any = None) -> V:
    """The tensor with a border, `pad` elements wide: ``(left, right, top, bottom, …)``, last axis first.

    Negative widths crop. Modes: ``"constant"`` (with `value`, 0 by default, any number of axes), ``"reflect"``
    (mirrored at the edge), ``"replicate"`` (the edge repeated), ``"circular"`` (wrapped around); these three pad the
    last 1 to 3 axes of a tensor that has one or two more. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.nn.functional.pad.html.

    >>> import pullback as torch
    >>> torch.nn.functional.pad(torch.tensor([[1, 2, 3]]), (2, 1), "reflect")
    tensor([[3, 2, 1, 2, 3, 2]])
    """
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    if not isinstance(mode, str):
        raise TypeError(f"pad(): argument 'mode' (position 3) must be str, not {type(mode).__name__}")
    sizes = int_list((pad,), "pad", "pad")
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sizes) > 2 * input._array.ndim:
        raise RuntimeError(
            f"Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(sizes)} and input of dimension {input._array.ndim}"
        )
    if mode == "constant":
        return constant_pad_nd(input, sizes, value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    ndim, axes = input._array.ndim, len(sizes) // 2
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if axes not in (1, 2, 3) or ndim not in (axes + 1, axes + 2):
        raise NotImplementedError(f"Padding size {len(sizes)} is not supported for {ndim}D input tensor.\n{_SUPPORTED}")
    if mode == "circular":
        return _circular(input, sizes)
    _check_lengths(input, sizes, mode)
    return like(_OPERATORS[mode][axes - 1](input, sizes), input)  # type: ignore[no-any-return]
