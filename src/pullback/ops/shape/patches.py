"""Images cut into patches, and patches added up to an image: `unfold` and `fold`, each the other's transpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pullback.arrays.scatter import put
from pullback.arrays.unfolding import overlap_add, windows
from pullback.arrays.vocabulary import reshape, transpose
from pullback.graph.inplace import spoken
from pullback.graph.operator import linear
from pullback.ops.dims import wrap_dim
from pullback.ops.shape.memory import copied
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

Pair = tuple[int, int]


class _Geometry:
    """Sizes of an unfolding: image, kernel, dilation, padding, stride, each (rows, columns)."""

    __slots__ = ("blocks", "dilation", "extent", "image", "kernel", "padded", "padding", "stride")

    def __init__(self, image: Pair, kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> None:
        self.image, self.kernel, self.dilation = image, kernel, dilation
        self.padding, self.stride = padding, stride
        self.padded = _each(lambda n, p: n + 2 * p, image, padding)
        self.extent = _each(lambda k, d: (k - 1) * d + 1, kernel, dilation)
        self.blocks = _each(lambda n, e, s: (n - e) // s + 1, self.padded, self.extent, stride)


def _each(function: Any, *pairs: Pair) -> Pair:
    first, second = (function(*values) for values in zip(*pairs))
    return first, second


def _cut(image: V, g: _Geometry) -> V:
    """``(N, C, H, W) -> (N, C kh kw, L)``."""
    n, c = image.shape[:2]
    inner = tuple(slice(p, p + s) for p, s in zip(g.padding, g.image))
    padded = image if g.padding == (0, 0) else put(image, (slice(None), slice(None), *inner), (n, c, *g.padded))
    rows = windows(padded, 2, g.extent[0], g.stride[0])[..., :: g.dilation[0]]  # N C oh W kh
    both = windows(rows, 3, g.extent[1], g.stride[1])[..., :: g.dilation[1]]  # N C oh ow kh kw
    patches = copied(transpose(both, (0, 1, 4, 5, 2, 3)), "contiguous_format")
    return reshape(patches, (n, c * g.kernel[0] * g.kernel[1], g.blocks[0] * g.blocks[1]))


def _added(columns: V, g: _Geometry) -> V:
    """``(N, C kh kw, L) -> (N, C, H, W)``."""
    n, c = columns.shape[0], columns.shape[1] // (g.kernel[0] * g.kernel[1])
    both = transpose(reshape(columns, (n, c, *g.kernel, *g.blocks)), (0, 1, 4, 5, 2, 3))  # N C oh ow kh kw
    oh, width = g.blocks[0], g.padded[1]
    full = _dilated(both, g.extent[1], g.dilation[1])
    rows = overlap_add(full, 3, g.extent[1], g.stride[1], (n, c, oh, width, g.kernel[0]))
    full = _dilated(rows, g.extent[0], g.dilation[0])
    padded = overlap_add(full, 2, g.extent[0], g.stride[0], (n, c, *g.padded))
    return padded[(slice(None), slice(None), *(slice(p, p + s) for p, s in zip(g.padding, g.image)))]


def _dilated(array: V, extent: int, dilation: int) -> V:
    if dilation == 1:
        return array
    return put(array, (..., slice(None, None, dilation)), (*array.shape[:-1], extent))


@linear(node="Im2ColBackward0", input=lambda grad, geometry: _added(grad, geometry))
def _im2col(input: V, geometry: Any) -> V:
    return _cut(input, geometry)


@linear(node="Col2ImBackward0", input=lambda grad, geometry: _cut(grad, geometry))
def _col2im(input: V, geometry: Any) -> V:
    return copied(_added(input, geometry), "contiguous_format")


def _pairs(node: str, **values: Any) -> Iterator[Pair]:
    for place, (name, value) in enumerate(values.items()):
        if not isinstance(value, (tuple, list)):
            value = (value, value)
        for at, each in enumerate(value):
            if isinstance(each, float):
                raise TypeError(
                    f"{node}(): argument '{name}' (position {place + 2}) must be tuple of ints, but found element of type "
                    f"float at pos {at}"
                )
        if len(value) != 2:
            raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(value)}")
        yield int(value[0]), int(value[1])


def _need_dtype(kernel: str, dtype: Any) -> None:
    if dtype.kind in "iu":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{spoken(dtype)}'")


def _check(kernel: Pair, dilation: Pair, padding: Pair, stride: Pair) -> None:
    for name, pair, least in (("kernel size", kernel, 1), ("dilation", dilation, 1), ("stride", stride, 1)):
        if min(pair) < least:
            raise RuntimeError(
                f"{name} should be greater than zero, but got {name.split()[0]}_height: {pair[0]} "
                f"{name.split()[0]}_width: {pair[1]}"
            )
    if min(padding) < 0:
        raise RuntimeError(f"padding should be non-negative, but got pad_height: {padding[0]} pad_width: {padding[1]}")


@asks_for_tensors
def unfold(input: V, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> V:
    """The patches that a kernel sees of an image: ``(N, C, H, W) -> (N, C kh kw, L)``, or both without ``N``.

    >>> import pullback as torch
    >>> torch.nn.functional.unfold(torch.arange(4.).reshape(1, 1, 2, 2), (1, 2))
    tensor([[[0., 2.],
             [1., 3.]]])
    """
    shape = input._array.shape
    kernel, dilation, padding, stride = _pairs(
        "im2col", kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    )
    _check(kernel, dilation, padding, stride)
    if not shape:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    if len(shape) < 3:
        wrap_dim(len(shape), len(shape))  # raises
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(shape)}"
        )
    geometry = _Geometry(shape[-2:], kernel, dilation, padding, stride)
    if min(geometry.blocks) < 1:
        raise RuntimeError(
            f"Given input with spatial size ({shape[-2]}, {shape[-1]}), kernel_size={kernel}, dilation={dilation}, "
            f"padding={padding}, calculated shape of the array of sliding blocks as {geometry.blocks}, but its "
            "components must be at least one."
        )
    _need_dtype("im2col_out_cpu", input._array.dtype)
    if len(shape) == 3:
        return _im2col(input.unsqueeze(0), geometry).squeeze(0)
    return _im2col(input, geometry)


def fold(input: V, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> V:
    """Patches added up to an image: ``(N, C kh kw, L) -> (N, C, H, W)``, or both without ``N``.

    Raises ``RuntimeError`` if the number of patches is not that of the image.
    """
    shape = input._array.shape
    sizes, kernel, dilation, padding, stride = _pairs(
        "col2im", output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    )
    _check(kernel, dilation, padding, stride)
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    area = kernel[0] * kernel[1]
    if shape[-2] % area:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={shape[-2]} and kernel_size={kernel}."
        )
    geometry = _Geometry(sizes, kernel, dilation, padding, stride)
    blocks, count = geometry.blocks, geometry.blocks[0] * geometry.blocks[1]
    given = (
        f"Given output_size={sizes}, kernel_size={kernel}, dilation={dilation}, padding={padding}, stride={stride}, "
    )
    if count != shape[-1]:
        raise RuntimeError(
            f"{given}expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{blocks[0]} * {blocks[1]} = {count}, but got input.size(2)={shape[-1]}."
        )
    if min(blocks) < 1:
        raise RuntimeError(
            f"{given}calculated shape of the array of sliding blocks as {blocks}, which is too small (non-positive)"
        )
    _need_dtype("col2im_out_cpu", input._array.dtype)
    if len(shape) == 2:
        return _col2im(input.unsqueeze(0), geometry).squeeze(0)
    return _col2im(input, geometry)
