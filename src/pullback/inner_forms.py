"""Functions at the top of torch that PyTorch's own code and tests call: other names' work, in fixed forms."""

from __future__ import annotations

from typing import Any

import pullback as torch
from pullback.tensor import Tensor


def _casting(name: str, dtype: torch.dtype) -> Any:
    def cast(input: Tensor, non_blocking: bool = False) -> Tensor:
        return input.to(dtype)

    cast.__name__ = cast.__qualname__ = name
    cast.__doc__ = f"`input` as {dtype!r}."
    return cast


_cast_Byte, _cast_Char = _casting("_cast_Byte", torch.uint8), _casting("_cast_Char", torch.int8)
_cast_Short, _cast_Int = _casting("_cast_Short", torch.int16), _casting("_cast_Int", torch.int32)
_cast_Half, _cast_Float = _casting("_cast_Half", torch.float16), _casting("_cast_Float", torch.float32)
_cast_Double = _casting("_cast_Double", torch.float64)


def _softmax(input: Tensor, dim: int, half_to_float: bool, *, out: Any = None) -> Tensor:
    """``softmax(input, dim)``; from float16 to float32 if `half_to_float`, which PyTorch has on CUDA only."""
    if half_to_float:
        raise RuntimeError("softmax with half to float conversion is not supported on CPU")
    return torch.softmax(input, dim, out=out)  # type: ignore[call-arg]


def _log_softmax(input: Tensor, dim: int, half_to_float: bool, *, out: Any = None) -> Tensor:
    """``log_softmax(input, dim)``, as `_softmax`."""
    if half_to_float:
        raise RuntimeError("softmax with half to float conversion is not supported on CPU")
    return torch.log_softmax(input, dim, out=out)  # type: ignore[call-arg]


def _stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """``stack(tensors, dim)``"""
    return torch.stack(tensors, dim, out=out)


def _aminmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The smallest and the largest element, of all or along `dim`."""
    return tuple(torch.aminmax(input, dim=dim, keepdim=keepdim))  # type: ignore[return-value]


def _dim_arange(like: Tensor, dim: int) -> Tensor:
    """``arange`` as long as `like` along `dim`."""
    return torch.arange(like.size(dim))


def _euclidean_dist(x1: Tensor, x2: Tensor) -> Tensor:
    """``cdist(x1, x2)`` of the 2-norm."""
    return torch.cdist(x1, x2)


def _is_all_true(input: Tensor) -> Tensor:
    """Whether every element of a boolean tensor is true."""
    return torch.all(_boolean(input))


def _is_any_true(input: Tensor) -> Tensor:
    """Whether an element of a boolean tensor is true."""
    return torch.any(_boolean(input))


def _boolean(input: Tensor) -> Tensor:
    if input.dtype is not torch.bool:
        raise RuntimeError(f"expected a boolean tensor, not one of {input.dtype}")
    return input


def from_file(
    filename: str,
    shared: bool | None = None,
    size: int = 0,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """The first `size` elements of a file as a tensor, whose writes go back to the file if it is `shared`."""
    dtype = torch.get_default_dtype() if dtype is None else dtype
    storage = torch.UntypedStorage.from_file(filename, bool(shared), size * dtype.itemsize)
    return torch.empty(0, dtype=dtype).set_(storage, 0, (size,), (1,)).requires_grad_(requires_grad)
