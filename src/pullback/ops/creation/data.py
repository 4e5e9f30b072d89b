"""Tensors with a copy of data: Python numbers, nested sequences, NumPy arrays."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.graph.inplace import spoken
from pullback.graph.once import warn_once
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.options import finish, numpy_dtype
from pullback.ops.creation.shared import frombuffer
from pullback.ops.creation.values import as_array

_COPY = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Any:
    """A leaf tensor with a copy of `data`: a number, a nested sequence of numbers, a NumPy array or a tensor.

    Python numbers give bool, int64, the default floating dtype or its complex partner; NumPy data keeps its dtype.
    Raises ``ValueError`` for ragged sequences, ``TypeError`` or ``RuntimeError`` for what is no number.

    >>> import pullback as torch
    >>> torch.tensor([[1, 2], [3, 4.5]])
    tensor([[1.0000, 2.0000],
            [3.0000, 4.5000]])
    """
    if isinstance(data, TensorBase):
        warnings.warn(_COPY.format("torch.tensor"), UserWarning, stacklevel=2)
    return finish(
        as_array(data, dtype, copy=True),
        device=device,
        pin_memory=pin_memory,
        requires_grad=requires_grad,
        name="tensor",
    )


def new_tensor(
    self: Any, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:  # fmt: skip
    """`tensor` with the dtype of this tensor unless `dtype` says otherwise."""
    if isinstance(data, TensorBase):
        warnings.warn(_COPY.format("tensor.new_tensor"), UserWarning, stacklevel=2)
    kind = dtypes.from_numpy(self._array.dtype) if dtype is None else dtype
    array = as_array(data, kind, copy=True)
    return finish(array, device=device, pin_memory=pin_memory, requires_grad=requires_grad, name="new_tensor")


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor, sharing memory with a NumPy array or returning a tensor as it is where possible."""
    if isinstance(data, TensorBase):
        return data.to(device, dtype)  # type: ignore[attr-defined]
    return finish(as_array(data, dtype), device=device, name="as_tensor")


def _check_alias(obj: Any, dtype: Any) -> None:
    """Raise where the memory of `obj` cannot be that of a tensor of this dtype."""
    if isinstance(obj, np.generic):
        raise RuntimeError("can't alias NumPy scalars. Either remove copy=False or transform it in a ndarray.")
    held = obj._array if isinstance(obj, TensorBase) else obj
    if isinstance(held, (np.ndarray, np.generic)):
        wanted = held.dtype if dtype is None else numpy_dtype(dtype, "asarray")
        if wanted != held.dtype:
            raise ValueError(f"can't alias tensor with dtype '{spoken(held.dtype)}' into dtype '{spoken(wanted)}'.")
    elif isinstance(obj, (bool, int, float, complex, list, tuple)):
        raise ValueError("can't alias arbitrary sequence into a tensor.")


_UNSPECIFIED = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass "
    "requires_grad=False explicitly to get the old behavior and silence this warning."
)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Any:
    """`obj` as a tensor; shares memory unless `copy` is true. ``ValueError`` if it cannot and `copy` is false.

    Whether it requires grad is taken from a tensor, with a warning, where it is not said.
    """
    if copy is False:
        _check_alias(obj, dtype)
    if isinstance(obj, TensorBase):
        found = obj.to(device, dtype)  # type: ignore[attr-defined]
        found = found.clone() if copy else found
        if requires_grad is None:
            if found.requires_grad:
                warn_once(_UNSPECIFIED)
            return found
        if requires_grad == found.requires_grad:
            return found
        return found.detach().requires_grad_() if requires_grad else found.detach()
    if isinstance(obj, (bytes, bytearray, memoryview)):
        made = frombuffer(obj, dtype=dtype)
        return finish(
            (made.clone() if copy else made)._array, device=device, requires_grad=bool(requires_grad), name="asarray"
        )
    array = as_array(obj, dtype, copy=bool(copy))
    return finish(array, device=device, requires_grad=bool(requires_grad), name="asarray")
