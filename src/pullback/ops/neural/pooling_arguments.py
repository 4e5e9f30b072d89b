"""How pooling functions are called, the sizes of what they return, and what PyTorch refuses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import index
from typing import Any

from pullback.arrays.windows import Ints
from pullback.graph.inplace import spoken
from pullback.ops.matrix.checks import times

_WORDS = {1: "one int", 2: "two ints", 3: "three ints"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A pooling's parameters, one number per spatial axis, and what follows from them."""

    kernel: Ints
    stride: Ints
    padding: Ints
    dilation: Ints
    counts: Ints
    """How many windows there are."""
    after: Ints
    """How far the windows reach beyond the end."""


def plan_of(
    name: str, rank: int, input: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Plan:
    """The plan for pooling the last `rank` axes of `input`, decided once for each combination of shape and parameters."""
    return _plan(name, rank, input._array.shape, *map(_frozen, (kernel, stride, padding, dilation)), bool(ceil_mode))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@lru_cache(maxsize=2048, typed=True)
def _plan(
    name: str, rank: int, shape: Ints, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Plan:
    size = int_tuple(name, "kernel_size", kernel, rank)
    step = size if stride is None or stride == () else int_tuple(name, "stride", stride, rank)
    around, spacing = int_tuple(name, "padding", padding, rank), int_tuple(name, "dilation", dilation, rank)
    check_pool(name, size, step, around, spacing)
    check_input(shape, rank, name)
    sizes = shape[-rank:]
    counts = pooled_sizes(sizes, size, step, around, spacing, ceil_mode)
    check_counts(shape[-rank - 1], sizes, counts)
    reach = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(counts, step, spacing, size)]
    after = tuple([max(0, r - p - n) for r, p, n in zip(reach, around, sizes)])
    return Plan(size, step, around, spacing, counts, after)


def int_tuple(name: str, argument: str, value: Any, rank: int) -> Ints:
    """One integer for all axes, or one for each of `rank`.

    >>> int_tuple("max_pool2d", "kernel_size", 3, 2)
    (3, 3)
    """
    if not isinstance(value, (tuple, list)):
        try:
            return (index(value),) * rank
        except TypeError:
            raise TypeError(
                f"{name}(): argument '{argument}' must be tuple of ints, not {type(value).__name__}"
            ) from None
    found = tuple([index(each) for each in value])
    if len(found) not in (1, rank):
        either = "omitted, a single int" if argument == "stride" else "either be a single int"
        raise RuntimeError(f"{name}: {argument} must {either}, or a tuple of {_WORDS[rank]}")
    return found * rank if len(found) == 1 else found


def check_pool(name: str, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints) -> None:
    """Raise for windows, steps or paddings that make no sense."""
    if min(stride) == 0:
        raise RuntimeError("stride should not be zero")
    if min(kernel) <= 0:
        raise RuntimeError(f"{name}: kernel size should be greater than zero, but got {list(kernel)}")
    if min(stride) < 0:
        raise RuntimeError(f"{name}: stride should be greater than zero, but got {list(stride)}")
    if min(dilation) <= 0:
        letters = "TdHW"[-len(kernel) :] if len(kernel) < 3 else "THW"
        told = " ".join(f"dilation{letter}: {d}" for letter, d in zip(letters, dilation))
        raise RuntimeError(f"dilation should be greater than zero, but got {told}")
    for k, p, d in zip(kernel, padding, dilation):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > (d * (k - 1) + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )


def check_input(shape: Ints, rank: int, name: str = "") -> None:
    """Raise unless the input has `rank` spatial axes that are not empty, with or without a batch."""
    words = f"{rank + 1}D or {rank + 2}D (batch mode) tensor"
    if len(shape) not in (rank + 1, rank + 2):
        raise RuntimeError(f"non-empty {words} expected for input")
    if name.endswith("pool3d") and 0 in shape[-4:]:
        told = "max_pool3d_with_indices_out_cpu_template" if name == "max_pool3d" else name
        raise RuntimeError(
            f"{told}(): Expected input's non-batch dimensions to have positive length, but input has a shape of "
            f"{list(shape)} and non-batch dimension {shape.index(0, len(shape) - 4)} has length zero!"
        )
    if 0 in shape[len(shape) - rank - 1 :]:
        raise RuntimeError(f"Expected {words} with optional 0 dim batch size for input, but got:{list(shape)}")


def pooled_sizes(sizes: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil_mode: bool) -> Ints:
    """How many windows there are along each axis; with `ceil_mode` a window may start inside and end outside.

    >>> pooled_sizes((5,), (2,), (2,), (0,), (1,), False), pooled_sizes((5,), (2,), (2,), (0,), (1,), True)
    ((2,), (3,))
    """
    found = []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation):
        room = n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)
        count = room // s + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1
        found.append(count)
    return tuple(found)


def check_counts(channels: int, sizes: Ints, counts: Ints) -> None:
    """Raise if there is an axis along which no window fits."""
    if min(counts) < 1:
        raise RuntimeError(
            f"Given input size: ({channels}x{times(sizes)}). Calculated output size: ({channels}x{times(counts)}). "
            "Output size is too small"
        )


def check_kind(name: str, array: Any, kinds: str) -> None:
    """Raise ``NotImplementedError`` unless the elements are of one of NumPy's `kinds` (``"V"``: bfloat16)."""
    if array.dtype.kind not in kinds:
        raise NotImplementedError(f"\"{name}\" not implemented for '{spoken(array.dtype)}'")
