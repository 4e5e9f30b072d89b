"""Who is asked by `__torch_dispatch__`, how, and what stands for the elements of a tensor that its class knows."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from copyreg import _slotnames  # type: ignore[attr-defined]
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pullback.arrays.shells import Shell
from pullback.facts import get_default_dtype
from pullback.graph import torch_function
from pullback.graph.modes import FORWARD, INFERENCE, NO_GRAD, OBSERVED, SAVED_HOOKS, current_mode, switched
from pullback.graph.record import Operator
from pullback.graph.tensor_base import TensorBase
from pullback.graph.torch_function import Overridden, operands_of
from pullback.ops import aten

_off: ContextVar[bool] = ContextVar("__torch_dispatch__ off", default=False)


_outside: ContextVar[int] = ContextVar("mode outside of __torch_dispatch__", default=NO_GRAD)


slot: Any = TensorBase._array  # type: ignore[misc]  # the slot itself


def _array(tensor: Any) -> Any:
    if sys._getframe(1).f_code.co_filename.startswith("<operator ") and not _off.get():
        raise Overridden("_array")
    return slot.__get__(tensor)


asking = property(_array, slot.__set__, doc="The elements, or what stands for them, for everybody but operators.")


class switched_off:
    """No class is asked inside the ``with`` block."""

    def __enter__(self) -> None:
        self.token = _off.set(True)

    def __exit__(self, *exception: object) -> None:
        _off.reset(self.token)


def bare_implementation(func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """What `Tensor` has as `__torch_dispatch__`: the function itself, on the memory of its arguments."""
    with switched_off():
        return func(*args, **(kwargs or {}))


def is_asked(value: Any) -> bool:
    """Whether the class of `value` is to be asked."""
    return isinstance(value, TensorBase) and type(value)._array is asking and not _off.get()  # type: ignore[misc]


rules: dict[tuple[str, type], Any] = {}
"""What `torch.library.register_torch_dispatch` was told: how an operator, by its name, is computed for a class or mode."""


def asked_of(operator: Operator, values: tuple[Any, ...]) -> list[Any]:
    """The operands of a call whose class is asked."""
    return torch_function.asked_among([*operands_of(operator, values), *values[len(operator.parameters) :]], is_asked)


def ask(asked: Sequence[Any], overload: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the first class computes that does not pass; ``TypeError`` if all do."""
    types = tuple(type(each) for each in asked)
    token = _outside.set(current_mode())
    try:
        with switched(on=NO_GRAD, off=OBSERVED | FORWARD | SAVED_HOOKS | INFERENCE):
            for kind in types:
                rule = rules.get((overload.name(), kind)) if rules else None
                given = (overload, types, args, kwargs)
                found = kind.__torch_dispatch__(*given) if rule is None else rule(kind, *given)
                if found is not NotImplemented:
                    return found
    finally:
        _outside.reset(token)
    told = "".join(f"\n\n  - tensor subclass {kind}" for kind in types)
    raise TypeError(
        f"Multiple dispatch failed for 'torch._ops.{overload}'; all __torch_dispatch__ handlers returned NotImplemented:"
        f"{told}\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


@contextmanager
def reentrant() -> Iterator[None]:
    """Inside a class's `__torch_dispatch__`: operators record as they did outside of it."""
    with switched(off=NO_GRAD) if not _outside.get() & NO_GRAD else nullcontext():
        yield


def bare(tensor: Any) -> Any:
    """The same tensor, with no place in the graph."""
    made = object.__new__(type(tensor))
    made._requires_grad, made._output_nr = False, 0
    if isinstance(array := slot.__get__(tensor), Facts):
        attach(made, array)
    else:
        made._array = array
    made._maker = made._grad = made._view = None
    made._counter = tensor._counter
    for name in _slotnames(type(tensor)):
        if name not in TensorBase.__slots__ and hasattr(tensor, name):
            setattr(made, name, getattr(tensor, name))
    made.__dict__.update(tensor.__dict__)
    return made


def asked_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The arguments of a call whose class is asked, those in lists too."""
    values: list[Any] = []
    for value in (*args, *kwargs.values()):
        values += value if isinstance(value, (list, tuple)) else [value]
    return torch_function.asked_among(values, is_asked)


def types_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[type, ...]:
    """The classes that would be asked for a call."""
    return tuple(type(each) for each in asked_in(args, kwargs)) if torch_function.below is not None else ()


def refuse_other(cls: Any, data: Any) -> None:
    """Raise: a tensor of such a class is an instance of no other."""
    raise RuntimeError(
        f"Creating a new Tensor subclass {cls.__name__} but the raw Tensor object is already associated to a python object "
        f"of type {type(data).__name__} which is not a subclass of the requested type"
    )


class Facts(Shell):
    """What stands as the array of a tensor whose elements its class knows: shape, dtype and strides."""

    __slots__ = ("owner",)

    owner: weakref.ref[Any]

    def item(self) -> Any:
        """The one element, which the class tells."""
        if self.size != 1:
            raise RuntimeError(f"a Tensor with {self.size} elements cannot be converted to Scalar")
        owner = self.owner()
        return ask([owner], aten._local_scalar_dense.default, (owner,), {})

    def __getattr__(self, name: str) -> Any:
        """A fact; whatever would look at elements raises."""
        found = getattr(self.memory, name)
        return self._refuse() if callable(found) else found

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(
            "this function reads the memory of a tensor, and the elements of this one are known to its class only, which "
            "has __torch_dispatch__"
        )

    __getitem__ = __setitem__ = __array__ = __array_ufunc__ = __array_function__ = __reduce__ = _refuse  # type: ignore[assignment]


def attach(tensor: Any, like: Any) -> None:
    """Give `tensor` the facts of the shell `like`."""
    tensor._array = facts = Facts(like.memory)
    facts.owner = weakref.ref(tensor)


def make_wrapper(
    cls: Any, size: Any, strides: Any, storage_offset: Any, dtype: Any, requires_grad: bool, policy: Any
) -> Any:
    """A tensor of `cls` with these facts and no memory of its own."""
    if getattr(cls, "_array", None) is not asking:
        raise TypeError(f"{cls.__name__} must define __torch_dispatch__")
    if policy not in (None, "strides"):
        raise NotImplementedError("a class cannot compute sizes here: dispatch_sizes_strides_policy must be None")
    lengths = tuple(map(int, size))
    if strides is not None and len(strides) != len(lengths):
        raise RuntimeError(
            f"dimensionality of sizes ({len(lengths)}) must match dimensionality of strides ({len(strides)})"
        )
    dtype = dtype or get_default_dtype()
    if requires_grad and not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    if strides is None:
        strides = [prod([max(n, 1) for n in lengths[axis + 1 :]]) for axis in range(len(lengths))]
    made: Any = object.__new__(cls)
    made._maker = made._grad = made._counter = made._view = None
    made._output_nr, made._requires_grad = 0, bool(requires_grad)
    memory = np.zeros(int(storage_offset or 0) + 1, dtype.numpy)[-1:]  # nobody reads it
    attach(made, Shell(as_strided(memory, lengths, [step * memory.itemsize for step in strides])))
    return made
