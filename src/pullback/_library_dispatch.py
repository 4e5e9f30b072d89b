"""Who computes a registered operator.

Above autograd a kernel for an ``Autograd`` key, or one composed of other operators. Below it the newest mode or the first class
that has `__torch_dispatch__`; then what tells shapes only, if an argument is on the meta device; then the kernel of the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from pullback import torch_dispatch
from pullback.arrays.shells import Shell
from pullback.graph import torch_function
from pullback.graph.modes import NO_GRAD, OBSERVED, current_mode, switched
from pullback.graph.tensor_base import TensorBase

EXPLICIT, IMPLICIT = "CompositeExplicitAutograd", "CompositeImplicitAutograd"
_BELOW: ContextVar[bool] = ContextVar("below autograd", default=False)
_TOLD: ContextVar[Any] = ContextVar("what a fake kernel asks", default=None)
_META = (
    "{}: You're trying to run this operator with meta Tensors (as opposed to FakeTensors), but this operator may return an "
    "output Tensor with data-dependent shape. Meta Tensors don't support operators with outputs that have data-dependent "
    "shapes but FakeTensors do. If your operator does not return an output with data-dependent shape, make sure the "
    "FakeTensor and/or meta kernel does not call torch.library.get_ctx(). Otherwise, please use FakeTensors."
)
_NO_FAKE = (
    "{}: attempted to run this operator with Meta tensors, but there was no fake impl or Meta kernel registered. You may have "
    "run into this message while using an operator with PT2 compilation APIs (torch.compile/torch.export); in order to use "
    "this operator with those APIs you'll need to add a fake impl."
)


_ALIASED = (
    "{} (with implementation in {}): The output of this custom operator (1) must not also be an input to this custom "
    "operator and (2) may not alias any inputs to this custom operator or other returns. The most common way to trigger "
    "this error is if we have y = custom_op(x) and y and x are the same Tensor. Please instead return a clone of the "
    "offending output tensor(s) (e.g. return x.clone()) or refactor the custom operator to not return y."
)


@contextmanager
def below_autograd() -> Iterator[None]:
    """Inside the block nothing is recorded, and registered operators pass over their kernels for ``Autograd``."""
    token = _BELOW.set(True)
    try:
        with switched(on=NO_GRAD):
            yield
    finally:
        _BELOW.reset(token)


class FakeImplCtx:
    """What a fake kernel gets from `get_ctx`: lengths that depend on values. ``RuntimeError`` on the meta device."""

    def __init__(self, place: str, length: int | None = None) -> None:
        self._place, self._length = place, length

    def new_dynamic_size(self, *, min: int = 0, max: int | None = None) -> int:
        """A length that only the values would tell."""
        if self._length is None:
            raise RuntimeError(_META.format(self._place))
        if min < 0 or (max is not None and max < min):
            raise ValueError(f"ctx.new_dynamic_size(min={min}, max={max}): expected 0 <= min <= max")
        return self._length

    create_unbacked_symint = new_dynamic_size


def get_ctx() -> Any:
    """What a fake kernel that is running may ask; `None` outside of one."""
    return _TOLD.get()


@contextmanager
def dynamic_lengths(length: int) -> Iterator[None]:
    """Fake kernels are told `length` where they ask for one that depends on values."""
    token = _TOLD.set(FakeImplCtx("", length))
    try:
        yield
    finally:
        _TOLD.reset(token)


def flat(values: Sequence[Any]) -> list[Any]:
    """`values`, those in lists in the place of these."""
    return [leaf for value in values for leaf in (value if isinstance(value, (list, tuple)) else [value])]


def computed(overload: Any, values: list[Any]) -> Any:
    """What `overload` gives for the value of each parameter."""
    shells = any(isinstance(each, TensorBase) and each._array.__class__ is Shell for each in flat(values))
    device, above = ("Meta" if shells else "CPU"), not _BELOW.get()
    keys = (*((f"Autograd{device}", "Autograd") if above else ()), device, EXPLICIT, IMPLICIT)
    kernel: Callable[..., Any] | None = None
    key = next((each for each in keys if each in overload.kernels), "")
    if shells and overload.fake is not None and key in (EXPLICIT, IMPLICIT, ""):
        key, kernel = device, overload.fake
    kernel = kernel or overload.kernels.get(key)
    args, kwargs = parted(overload, values)
    if not key.startswith("Autograd") and key != IMPLICIT:
        if current_mode() & OBSERVED and torch_dispatch.modes.get():
            return torch_dispatch.modes.get()[-1]._tell(overload, *shortened(overload, args, kwargs))
        asked = torch_dispatch.asked_in(args, kwargs) if torch_function.below is not None else ()
        if asked:
            return torch_dispatch.ask(asked, overload, *shortened(overload, args, kwargs))
    if kernel is None:
        raise NotImplementedError(_NO_FAKE.format(overload.name()) if shells else _missing(overload))
    if kernel is not overload.fake:
        found = kernel(*args, **kwargs)
        if overload.owned:
            _check_results(overload, found if isinstance(found, (list, tuple)) else (found,), flat(values))
        return found
    token = _TOLD.set(_TOLD.get() or FakeImplCtx(_place(overload)))
    try:
        return kernel(*args, **kwargs)
    finally:
        _TOLD.reset(token)


def _check_results(overload: Any, outputs: Sequence[Any], inputs: Sequence[Any]) -> None:
    """Raise if a result is no tensor where the schema says so, or shows the memory of an argument or another result."""
    if overload._schema.returns.strip() == "Tensor" and not isinstance(outputs[0], TensorBase):
        raise RuntimeError(f"Unable to cast {outputs[0]} to Tensor")
    own, given = ([each for each in values if isinstance(each, TensorBase)] for values in (outputs, inputs))
    for place, result in enumerate(own):
        if any(share_memory(result, other) for other in (*own[:place], *own[place + 1 :], *given)):
            raise RuntimeError(_ALIASED.format(overload._name, overload.maker))


def share_memory(one: Any, other: Any) -> bool:
    """Whether two tensors may show the same memory."""
    arrays = one._array, other._array
    return all(isinstance(each, np.ndarray) for each in arrays) and np.may_share_memory(*arrays)


def _missing(overload: Any) -> str:
    return (
        f"Could not run '{overload.name()}' with arguments from the 'CPU' backend. '{overload.name()}' is only available for "
        f"these backends: [{', '.join(overload.kernels)}]."
    )


def _place(overload: Any) -> str:
    code = getattr(overload.fake, "__code__", None)
    return overload.name() + (f" ({code.co_filename}:{code.co_firstlineno})" if code else "")


def parted(overload: Any, values: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The value of each parameter as a call gives them: those by position, those by name."""
    named = {a.name: v for a, v in zip(overload._schema.arguments, values) if a.keyword_only}
    return tuple(values[: len(values) - len(named)]), named


def shortened(overload: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call as classes and modes are told of it: without what is as by default."""
    known = overload._schema.arguments
    count = len(args)
    while count and _is_default(known[count - 1], args[count - 1]):
        count -= 1
    by_name = {each.name: each for each in known}
    return args[:count], {name: value for name, value in kwargs.items() if not _is_default(by_name[name], value)}


def _is_default(argument: Any, value: Any) -> bool:
    return not isinstance(value, TensorBase) and type(value) is type(argument.default) and value == argument.default
