"""NumPy's functions on tensors: which operator stands for which.

``np.sin(t)`` on a tensor runs ``pullback.sin(t)``, so NumPy code is differentiable, and a derivative rule written in
NumPy gives the derivative of the derivative when it is handed tensors. One file per family holds the tables
``UFUNCS`` (``np.add(a, b)``), ``REDUCTIONS`` (``np.add.reduce(a, axis)``) and ``FUNCTIONS`` (``np.concatenate``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.graph.tensor_base import TensorBase, wrap

UFUNCS: dict[Any, Any] = {}
REDUCTIONS: dict[Any, Any] = {}
ACCUMULATIONS: dict[Any, Any] = {}
FUNCTIONS: dict[Any, Any] = {}


def fill_tables() -> None:
    """Load every family. Done at the first NumPy function on a tensor: a program without one needs no tables."""
    from pullback.protocol import (
        batching,
        calculus,
        creation,
        fourier,
        index,
        linalg,
        matrix,
        pointwise,
        rearranging,
        reduction,
        shape,
        statistics,
    )
    from pullback.protocol.lifting import lifted

    families = (
        batching, creation, pointwise, reduction, shape, index, matrix, fourier, statistics, calculus, rearranging, linalg
    )  # fmt: skip
    for name, table in (
        ("FUNCTIONS", FUNCTIONS),
        ("REDUCTIONS", REDUCTIONS),
        ("UFUNCS", UFUNCS),
        ("ACCUMULATIONS", ACCUMULATIONS),
    ):
        for each in families:
            table.update(getattr(each, name, {}))
    for function, adapter in FUNCTIONS.items():
        if function.__module__.startswith("numpy"):  # rules of ours hand tensors to the others
            FUNCTIONS[function] = lifted(adapter)


def as_tensor(value: Any) -> Any:
    """NumPy arrays among the operands become tensors; numbers and tensors stay."""
    if isinstance(value, np.ndarray) or (isinstance(value, np.generic) and not isinstance(value, (float, complex))):
        return wrap(value)
    return value


class ProtocolMethods:
    """NEP 13 and NEP 18."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if not UFUNCS:
            fill_tables()
        out = kwargs.pop("out", None)
        if out is not None:
            return _into(out, self, ufunc, method, inputs, kwargs)
        if method == "__call__":
            operator = UFUNCS.get(ufunc)
            if operator is not None and (not kwargs or ufunc.signature is not None):
                return operator(*[as_tensor(each) for each in inputs], **kwargs)
        elif method == "reduce":
            operator = REDUCTIONS.get(ufunc)
            if operator is not None:
                return operator(as_tensor(inputs[0]), *inputs[1:], **kwargs)
        elif method == "outer" and ufunc in UFUNCS:
            first, second = (as_tensor(each) for each in inputs)
            return UFUNCS[ufunc](first.reshape(*first.shape, *[1] * second.ndim), second)
        elif method == "accumulate" and ufunc in ACCUMULATIONS:
            return ACCUMULATIONS[ufunc](as_tensor(inputs[0]), *inputs[1:], **kwargs)
        arrays = [each._array if isinstance(each, TensorBase) else each for each in inputs]
        found = getattr(ufunc, method)(*arrays, **kwargs)
        return _wrapped(found, f"numpy.{ufunc.__name__} ({method})", inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if not UFUNCS:
            fill_tables()
        operator = FUNCTIONS.get(function)
        if operator is not None:
            return operator(*args, **kwargs)
        found = function(*_bare(args), **{name: _bare(value) for name, value in kwargs.items()})
        return _wrapped(found, f"{function.__module__}.{function.__name__}", (args, tuple(kwargs.values())))


def _wrapped(found: Any, name: str, inputs: Any) -> Any:
    """What NumPy computed, as tensors. A floating result of inputs that require grad would lose the gradient: raise."""
    if isinstance(found, (list, tuple)):
        return type(found)(_wrapped(each, name, inputs) for each in found)
    if isinstance(found, TensorBase) or (
        not isinstance(found, np.generic) and not hasattr(found, "__array_function__")
    ):
        return found
    if found.dtype.kind not in "biu" and _any_requires_grad(inputs):
        raise NotImplementedError(f"{name} has no derivative here; call it on tensor.detach()")
    return wrap(found)


def _into(out: Any, self: Any, ufunc: Any, method: str, inputs: Any, kwargs: Any) -> Any:
    """``out=``: into a tensor by its in-place copy, into an array as NumPy does."""
    target = out[0] if isinstance(out, tuple) else out
    result = self.__array_ufunc__(ufunc, method, *inputs, **kwargs)
    if isinstance(target, TensorBase):
        return target.copy_(result)  # type: ignore[attr-defined]
    target[...] = result.numpy()
    return target


def _any_requires_grad(values: Any) -> bool:
    return any(
        each._requires_grad
        if isinstance(each, TensorBase)
        else isinstance(each, (list, tuple)) and _any_requires_grad(each)
        for each in values
    )


def _bare(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return value._array
    if isinstance(value, (list, tuple)):
        return type(value)(_bare(each) for each in value)
    return value
