"""A wrapper of 60 lines that carries operators and rules into XLA: a jax tracer behind NumPy's two protocols.

It proves the design's claim that one rule serves every array; the device itself comes later.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pullback.arrays import vocabulary


class XlaArray(np.lib.mixins.NDArrayOperatorsMixin):
    """A jax array or tracer that answers NumPy's functions by jax's."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    shape = property(lambda self: tuple(self.value.shape))
    dtype = property(lambda self: np.dtype(self.value.dtype))
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)

    def __getitem__(self, index: Any) -> XlaArray:
        return XlaArray(self.value[_open(index)])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "reduce":
            kwargs = {
                "axis": inputs[1] if len(inputs) > 1 else kwargs.get("axis", 0),
                "keepdims": kwargs.get("keepdims", False),
            }
            return XlaArray(
                {"add": jnp.sum, "maximum": jnp.max, "logical_and": jnp.all}[ufunc.__name__](_open(inputs[0]), **kwargs)
            )
        return XlaArray(getattr(jnp, ufunc.__name__)(*map(_open, inputs), **kwargs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        ours = {
            vocabulary.cast: lambda array, dtype: array.astype(dtype),
            vocabulary.expand: jnp.broadcast_to,
            vocabulary.zeros_like: lambda array, shape=None: jnp.zeros(
                array.shape if shape is None else shape, array.dtype
            ),
        }
        found = ours.get(function) or getattr(jnp, function.__name__)
        return _close(found(*_open(args), **_open(kwargs)))


def _open(value: Any) -> Any:
    if isinstance(value, XlaArray):
        return value.value
    if isinstance(value, (list, tuple)):
        return type(value)(map(_open, value))
    if isinstance(value, dict):
        return {name: _open(each) for name, each in value.items()}
    return value


def _close(value: Any) -> Any:
    if isinstance(value, jax.Array):
        return XlaArray(value)
    return type(value)(map(_close, value)) if isinstance(value, (list, tuple)) else value
