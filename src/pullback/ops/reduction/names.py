"""What the public functions of reductions share: NumPy's words for arguments, missing arguments, dtypes.

PyTorch takes ``axis`` for ``dim`` and ``keepdims`` for ``keepdim``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from pullback.graph.inplace import spoken
from pullback.graph.out_dtypes import cpp_of
from pullback.ops.dims import reduced_dims

P = ParamSpec("P")
R = TypeVar("R")

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "<not given>"})()
"""The default of an argument for which `None` means something else."""

_PYTHON = {float: np.dtype("f8"), int: np.dtype("i8"), bool: np.dtype("?"), complex: np.dtype("c16")}


def settle(name: str, names: dict[str, Any], dim: Any, keepdim: Any) -> tuple[Any, Any]:
    """`dim` and `keepdim` after NumPy's words were heard; ``TypeError`` for a word that nobody knows."""
    for each, value in names.items():
        if each == "axis":
            dim = value
        elif each == "keepdims":
            keepdim = value
        else:
            raise TypeError(f"{name}() got an unexpected keyword argument '{each}'")
    return dim, keepdim


def said(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a private operator speak of itself by the name of the public function in front of it."""

    def rename(forward: Callable[P, R]) -> Callable[P, R]:
        forward.__name__ = f"_{name}"
        return forward

    return rename


def axes_of(dim: Any, ndim: int, name: str = "") -> tuple[int, ...] | None:
    """The axes of a reduction, counted from the front; `None` (all) for `None` and an empty list.

    Raises ``IndexError`` for one out of range, ``RuntimeError`` for one named twice, ``TypeError`` for no
    integer.
    """
    if dim.__class__ is int and -ndim <= dim < ndim:
        return (dim % ndim,)
    try:
        return reduced_dims(dim, ndim)
    except TypeError:
        if hasattr(dim, "__index__"):  # a tensor of one integer
            return reduced_dims(int(dim), ndim)
        raise _refuse_dim(name, dim) from None


def check_dims(name: str, dims: Any) -> None:
    """Raise ``TypeError`` unless `dims` are integers."""
    if not all(hasattr(each, "__index__") for each in dims):
        raise _refuse_dim(name, dims)


def _refuse_dim(name: str, dim: Any) -> TypeError:
    if isinstance(dim, (tuple, list)) and dim and hasattr(dim[0], "__index__"):
        place = next(n for n, each in enumerate(dim) if not hasattr(each, "__index__"))
        return TypeError(
            f"{name}(): argument 'dim' failed to unpack the object at pos {place + 1} with error "
            f'"type must be tuple of ints,but got {type(dim[place]).__name__}"'
        )
    if name.startswith("linalg_"):
        return TypeError(f"{name}(): argument 'dim' must be tuple of ints, not {type(dim).__name__}")
    return refuse(name, dim=dim)


def kind_of(value: Any) -> str:
    """PyTorch's word for the dtype of an array or a tensor: ``Long``."""
    return spoken(getattr(value, "_array", value).dtype)


def refuse(name: str, **given: Any) -> TypeError:
    """The error for arguments that no overload takes; `given` are those worth naming."""
    shown = ", ".join(f"{each}={type(value).__name__}" for each, value in given.items())
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({shown}), but expected one of:\n"
        f" * what help(torch.{name}) tells\n"
    )


def dtype_of_out(dtype: Any, out: Any, message: str = "") -> Any:
    """The NumPy dtype in which to reduce into ``out=``, which is that of `out`; it and `dtype` must agree.

    `message` may say how else PyTorch tells the two dtypes, ``{have}`` and ``{want}``.
    """
    have = getattr(getattr(out, "_array", None), "dtype", None)
    if dtype is None or have is None or have == dtype:
        return have
    if message:
        raise RuntimeError(message.format(have=spoken(have), want=spoken(dtype)))
    raise RuntimeError(f"Expected out tensor to have dtype {cpp_of(dtype)}, but got {cpp_of(have)} instead")


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """The NumPy dtype of a torch dtype, or of Python's ``float`` and its like."""
    if not hasattr(dtype, "numpy") and dtype not in _PYTHON:
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    return dtype.numpy if hasattr(dtype, "numpy") else _PYTHON[dtype]
