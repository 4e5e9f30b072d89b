"""Names of ``torch`` that are other names' work: methods as functions, and norms by their names."""

from __future__ import annotations

from math import prod
from typing import Any
from warnings import warn

from pullback.arrays import dtypes
from pullback.ops.creation.casts import convert
from pullback.ops.reduction.norms import matrix_norm, vector_norm
from pullback.ops.shape.pixels import channel_shuffle as native_channel_shuffle
from pullback.ops.shape.reshape import reshape
from pullback.ops.shape.windows import as_strided
from pullback.ops.typing import V

__all__ = [
    "addmv_", "as_strided_", "dequantize", "detach", "detach_", "frobenius_norm", "get_device", "is_distributed",
    "native_channel_shuffle", "nuclear_norm", "slice_inverse",
]  # fmt: skip


def _method(name: str) -> Any:
    def call(input: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            method = getattr(input, name)
        except AttributeError:
            raise TypeError(
                f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
            ) from None
        return method(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`torch.Tensor.{name}` as a function."
    return call


addmv_, as_strided_, detach, detach_, get_device, is_distributed = (
    _method(name) for name in ("addmv_", "as_strided_", "detach", "detach_", "get_device", "is_distributed")
)


def frobenius_norm(input: V, dim: Any, keepdim: bool = False, *, out: Any = None) -> V:
    """Square root of the sum of squares over `dim`, one axis or two (all for an empty list)."""
    return vector_norm(input, 2, None if dim in ((), []) else dim, keepdim, out=out)


def nuclear_norm(input: V, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> V:
    """Sum of the singular values of the matrices at the two axes `dim`; ``nuclear_norm(input, keepdim)`` of a matrix."""
    if isinstance(dim, bool):
        dim, keepdim = None, dim
    return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim, out=out)


def slice_inverse(input: V, src: V, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> V:
    """The tensor like `src` of which `input` is a slice, as a view of the memory of `input`."""
    return as_strided(input, tuple(src.shape), src.stride(), src.storage_offset())


def dequantize(input: V) -> V:
    """float32 of anything; there are no quantized tensors here."""
    return convert(input, dtypes.float32)


def resize(self: V, *sizes: Any) -> V:
    """`Tensor.resize`, deprecated: the elements in another shape. ``RuntimeError`` if that has more or fewer."""
    warn("non-inplace resize is deprecated", UserWarning, stacklevel=2)
    return _resized(self, sizes)


def resize_as(self: V, tensor: V) -> V:
    """`Tensor.resize_as`, deprecated: the elements in the shape of another tensor."""
    warn("non-inplace resize_as is deprecated", UserWarning, stacklevel=2)
    return _resized(self, tuple(tensor.shape))


def _resized(tensor: V, sizes: Any) -> V:
    if prod(sizes) != tensor.numel():
        raise RuntimeError(
            f"requested resize to {'x'.join(map(str, sizes))} ({prod(sizes)} elements in total), but the given tensor "
            f"has a size of {'x'.join(map(str, tensor.shape))} ({tensor.numel()} elements). autograd's resize can only "
            "change the shape of a given tensor, while preserving the number of elements. "
        )
    return reshape(tensor, tuple(sizes))
