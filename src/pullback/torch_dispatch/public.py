"""Public functions that are no operators of ours, as classes and modes are asked for them."""

from __future__ import annotations

import sys
from copy import deepcopy
from copyreg import _slotnames  # type: ignore[attr-defined]
from functools import partial
from typing import Any

from pullback.graph import torch_function
from pullback.graph.modes import INFERENCE, NO_GRAD, OBSERVED, current_mode
from pullback.graph.record import operator_of
from pullback.graph.tensor_base import TensorBase
from pullback.graph.torch_function import disabled_implementation, when_met
from pullback.graph.versions import bump, counter_of
from pullback.ops.creation.data import tensor
from pullback.ops.index.fill import _copy
from pullback.torch_dispatch.asking import Facts, ask, asked_in, asking, bare, slot, switched_off
from pullback.torch_dispatch.recording import modes, overload_named, record


def take_in(cls: Any) -> None:
    """Let a class be asked: its own `__torch_function__` first, if it has one."""
    cls._array = asking
    if all(
        "__torch_function__" not in vars(base) for base in cls.__mro__[: cls.__mro__.index(TensorBase.result_class)]
    ):
        cls.__torch_function__ = staticmethod(disabled_implementation)
    plain: Any = TensorBase.result_class
    own = {
        "data": property(lambda tensor: tensor.detach(), plain.data.fset),
        "__deepcopy__": _deepcopied,
        "__repr__": _text,
    }
    for name, value in own.items():
        if getattr(cls, name) is getattr(plain, name):
            setattr(cls, name, value)
    torch_function.below = sys.modules["pullback.torch_dispatch"]
    when_met()


def _text(tensor: Any, *, tensor_contents: Any = None) -> str:
    if isinstance(slot.__get__(tensor), Facts):
        return f"{type(tensor).__name__}({tensor_contents or '...'}, size={tuple(tensor.shape)}, dtype={tensor.dtype})"
    with switched_off():
        return TensorBase.result_class.__repr__(tensor, tensor_contents=tensor_contents)  # type: ignore[call-arg]


def _deepcopied(value: Any, memo: dict[int, Any]) -> Any:
    if value.grad_fn is not None:
        return TensorBase.result_class.__deepcopy__(value, memo)  # type: ignore[attr-defined]  # raises
    if id(value) not in memo:
        memo[id(value)] = made = bare(value)
        made._requires_grad, made._grad = value._requires_grad, deepcopy(value._grad, memo)
        if not isinstance(slot.__get__(value), Facts):
            made._array = slot.__get__(value).copy()
        for name in (*value.__dict__, *_slotnames(type(value))):
            if name not in TensorBase.__slots__ and hasattr(value, name):
                setattr(made, name, deepcopy(getattr(value, name), memo))
    return memo[id(value)]


def _write(function: Any, operator: Any, asked: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A function that writes in place: the class writes, the history is that of the operator (`None`: of no one)."""
    target, name = args[0], function.__name__
    recording = not current_mode() & (NO_GRAD | INFERENCE)
    needing = recording and any([isinstance(each, TensorBase) and each._requires_grad for each in args])
    if recording and target._requires_grad and target._maker is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if needing and (target.__dict__.get("_shows") or operator is None):
        raise NotImplementedError(
            f"{name} on a tensor whose class has __torch_dispatch__ is recorded where it is an operator and the tensor no "
            "view; write under no_grad(), or use the function that returns a new tensor"
        )
    before = bare(target)
    before._maker, before._output_nr, before._requires_grad = (
        target._maker,
        target._output_nr,
        target._requires_grad,
    )
    ask(asked, overload_named(name, args), args, kwargs)
    counter_of(target)
    bump(target)
    if needing:
        defaults = operator.defaults()
        named = dict(zip([p.name for p in operator.parameters], (before, *args[1:]))) | kwargs
        record(operator, tuple([named.get(p.name, defaults.get(p.name)) for p in operator.parameters]), [target])
    return target


_FIRST = frozenset(
    "detach ones_like zeros_like empty_like full_like rand_like randn_like randint_like new_zeros new_ones new_empty "
    "new_full new_empty_strided equal allclose".split()
)
"""Functions of their own in PyTorch's library that are none of our operators."""


_NO_WRITES = frozenset("requires_grad_ detach_ share_memory_ rename_ retain_grad_ swap_".split())


_MAKING = frozenset(
    "empty zeros ones full eye arange linspace logspace rand randn randint randperm scalar_tensor".split()
)
"""Functions that make tensors of none, so that modes are told of them only."""


def direct_call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A public function by the newest mode, or a class among the arguments, if it is asked for as it stands."""
    entered = modes.get() if current_mode() & OBSERVED else ()
    asked = asked_in(args, kwargs)
    if entered or asked:
        name = function.__name__
        if entered and (name in _FIRST or name in _MAKING or name in ("detach", "item") or _writes(name)):
            if name in ("empty", "zeros", "ones", "rand", "randn") and args and type(args[0]) is int:
                args = (list(args),)
            name = "_local_scalar_dense" if name == "item" else name
            return entered[-1]._tell(overload_named(name, args), args, kwargs)
        form = direct_form(function) if asked else None
        if form is not None:
            return form(asked, args, kwargs)
    return NotImplemented


def _writes(name: str) -> bool:
    return name.endswith("_") and not name.startswith("_") and name not in _NO_WRITES


def direct_form(function: Any) -> Any:
    """``form(asked, args, kwargs)`` of a public function that a class is asked for as it stands; `None` for a composite."""
    name = function.__name__
    if name == "__setitem__":
        return _set_items
    if _writes(name):
        operator = (
            operator_of(_copy) if name == "copy_" else getattr(getattr(function, "__wrapped__", None), "operator", None)
        )  # type: ignore[attr-defined]
        return partial(_write, function, operator)
    if name in ("numpy", "tolist"):
        return partial(_refuse, name)
    return partial(_as_it_stands, name) if name in _FIRST else None


def _set_items(asked: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """``target[index] = value``: a copy into what the index shows, or `index_put_`."""
    target, index, value = args
    parts = index if isinstance(index, tuple) else (index,)
    value = value if isinstance(value, TensorBase) else target.new_full((), value)
    if any(isinstance(each, (TensorBase, list)) for each in parts):
        target.index_put_(tuple([each if isinstance(each, TensorBase) else tensor(each) for each in parts]), value)
    else:
        target[index].copy_(value)


def _refuse(name: str, asked: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    got = f", got {type(asked[0]).__name__}" if name == "tolist" else "."
    raise RuntimeError(f".{name}() is not supported for tensor subclasses{got}")


def _as_it_stands(name: str, asked: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    found = ask(asked, overload_named(name, args), args, kwargs)
    if not isinstance(found, (TensorBase, bool)):
        raise RuntimeError(f"Unable to cast {found} to Tensor")
    return found
