"""Operators that programs register: overloads with schemas, kernels and derivatives, in namespaces of ``torch.ops``."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from pullback.autograd._unregistered import marked
from pullback.autograd.function import Function
from pullback.autograd.grad_mode import no_grad
from pullback.device import device
from pullback.graph.tensor_base import TensorBase
from pullback.ops import overloads
from pullback.ops.schemas import Schema

TAKEN = {"prim", "pointwise", "reduction", "shape", "index", "matrix", "neural", "creation", "random", "fourier"}
RUNNING = ("AutogradCPU", "Autograd", "CPU", "CompositeExplicitAutograd", "CompositeImplicitAutograd")
"""The keys whose kernels run here, the first that is there."""
KEYS = {"Meta", "CUDA", "MPS", "XPU", "XLA", "HPU", "MTIA", "QuantizedCPU", "SparseCPU", "Autocast", "AutocastCPU",
         "AutocastCUDA", "AutogradCUDA", "AutogradMeta", "BackendSelect", "ADInplaceOrView", "Functionalize", "Python",
         "FuncTorchBatched", "PrivateUse1", "CompositeExplicitAutogradNonFunctional", *RUNNING}  # fmt: skip
_ALIASED = (
    "{} (with implementation in {}): The output of this custom operator (1) must not also be an input to this custom "
    "operator and (2) may not alias any inputs to this custom operator or other returns. The most common way to trigger "
    "this error is if we have y = custom_op(x) and y and x are the same Tensor. Please instead return a clone of the "
    "offending output tensor(s) (e.g. return x.clone()) or refactor the custom operator to not return y."
)


class RegisteredOverload(overloads.Overload):
    """One schema of an operator, and what was registered for it."""

    _schema: Any = None  # its own, where ours are read off signatures

    def __init__(self, namespace: str, schema: Schema) -> None:
        self.namespace, self._schema = namespace, schema
        self.kernels: dict[str, Callable[..., Any]] = {}
        self.derivative: type[Function] | None = None
        super().__init__(schema.name, schema.overload or "default", self._run, None)

    __eq__, __hash__ = object.__eq__, object.__hash__

    @property
    def overloadpacket(self) -> Any:
        """The operator with all its overloads."""
        return _namespaces[self.namespace].operators[self._name]

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        values = self._schema.bind(f"{self.namespace}::{self._name}", args, kwargs)
        if self.derivative is None:
            flat = [leaf for value in values for leaf in (value if _is_list(value) else [value])]
            found = self.compute(values)
            return marked(f"{self.namespace}::{self._name}", flat, found) if self._lacks_rule() else found
        if self._schema.returns.strip() == "()" or any(each.mutable for each in self._schema.arguments):
            with no_grad():
                return self.compute(values)
        flat = [leaf for value in values for leaf in (value if _is_list(value) else [value])]
        return self.contained(self.derivative.apply(_Call(self, values), *flat))

    def _lacks_rule(self) -> bool:
        """Whether nothing but numbers is computed, so that no gradient can flow through what runs here."""
        key = next((each for each in RUNNING if each in self.kernels), "")
        mutable = any(each.mutable for each in self._schema.arguments)
        return key in ("CPU", "CompositeExplicitAutograd") and not mutable

    def contained(self, found: Any) -> Any:
        """Results of a recorded call as the operator gives them."""
        return list(found) if self._schema.returns.strip() == "Tensor[]" else found

    def compute(self, values: list[Any]) -> Any:
        """What the kernel gives for the value of each parameter."""
        for key in RUNNING:
            if key in self.kernels:
                named = {a.name: v for a, v in zip(self._schema.arguments, values) if a.keyword_only}
                return self.kernels[key](*values[: len(values) - len(named)], **named)
        raise NotImplementedError(
            f"Could not run '{self.name()}' with arguments from the 'CPU' backend. '{self.name()}' is only available for "
            f"these backends: [{', '.join(self.kernels)}]."
        )

    def differentiate(self, backward: Callable[..., Any] | None, setup_context: Any, vmap: Any = None) -> None:
        """Make the `Function` that records the operator."""
        name = f"GeneratedBackwardFor_{self.namespace}_{self._name}_{self._overload}"
        rules = {"backward": staticmethod(_backward_of(self, backward)), "generate_vmap_rule": vmap is None,
                 "setup_context": staticmethod(_setup_of(self, setup_context))}  # fmt: skip
        if vmap is not None:
            rules["vmap"] = staticmethod(
                lambda info, dims, call, *flat: vmap(info, call.nested(dims[1:]), *call.nested(flat))
            )
        self.derivative = types.new_class(name, (_Recorded,), {}, lambda body: body.update(rules))


class _Call:
    """The arguments of one call, and the way from flat values back to them."""

    def __init__(self, overload: RegisteredOverload, values: list[Any]) -> None:
        self.overload, self.values = overload, values

    def nested(self, flat: Iterable[Any]) -> tuple[Any, ...]:
        """`flat` with lists where the arguments have lists."""
        rest = iter(flat)
        return tuple([next(rest) for _ in value] if _is_list(value) else next(rest) for value in self.values)


class _Recorded(Function):
    @staticmethod
    def forward(call: _Call, *flat: Any) -> Any:
        with no_grad():
            found = call.overload.compute(list(call.nested(flat)))
        several = isinstance(found, (list, tuple))
        _check_results(call.overload, tuple(found) if several else (found,), flat)
        return tuple(found) if several else found


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(each, TensorBase) for each in value)


def _check_results(overload: RegisteredOverload, outputs: tuple[Any, ...], inputs: tuple[Any, ...]) -> None:
    returned = overload._schema.returns.strip()
    if returned == "Tensor" and not isinstance(outputs[0], TensorBase):
        raise RuntimeError(f"Unable to cast {outputs[0]} to Tensor")
    arrays = [each._array for each in (*outputs, *inputs) if isinstance(each, TensorBase)]
    for place, each in enumerate(arrays[: sum(isinstance(output, TensorBase) for output in outputs)]):
        others = arrays[:place] + arrays[place + 1 :]
        if isinstance(each, np.ndarray) and any(
            isinstance(other, np.ndarray) and np.may_share_memory(each, other) for other in others
        ):
            module = getattr(overload.kernels.get("CPU"), "__module__", None)
            raise RuntimeError(_ALIASED.format(overload._name, module))


def _setup_of(overload: RegisteredOverload, setup: Any) -> Callable[..., None]:
    named = [each.keyword_only for each in overload._schema.arguments]

    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        call = inputs[0]
        ctx._custom_call = call
        if setup is None:
            return
        values = call.nested(inputs[1:])
        if not any(named):
            setup(ctx=ctx, inputs=values, output=call.overload.contained(output))
            return
        given = {a.name: v for a, v in zip(overload._schema.arguments, values) if a.keyword_only}
        setup(ctx=ctx, inputs=values[: -len(given)], keyword_only_inputs=given, output=call.overload.contained(output))

    return setup_context


def _backward_of(overload: RegisteredOverload, backward: Callable[..., Any] | None) -> Callable[..., Any]:
    several = overload._schema.returns.strip() == "Tensor[]"

    def rule(ctx: Any, *grads: Any) -> Any:
        if backward is None:
            raise RuntimeError(
                f"Trying to backward through {overload} but no autograd formula was registered. Please use "
                "register_autograd to add one."
            )
        call, needed = ctx._custom_call, ctx.needs_input_grad
        count = sum(not each.keyword_only for each in overload._schema.arguments)
        ctx.needs_input_grad = call.nested(needed[1:])[:count]
        try:
            found = backward(ctx, list(grads)) if several else backward(ctx, *grads)
        finally:
            ctx.needs_input_grad = needed
        given = list(found) if isinstance(found, tuple) else [found]
        if len(given) > count:
            raise RuntimeError(
                "Expected the return from backward to be of the same structure as the inputs. "
                f"Got: {len(given)} values (return from backward), {count} (inputs)"
            )
        flat: list[Any] = [None]
        for value, grad in zip(call.values, given + [None] * (len(call.values) - len(given))):
            flat += (grad or [None] * len(value)) if _is_list(value) else [grad]
        return tuple(flat)

    return rule


class RegisteredPacket(overloads.Packet):
    """An operator of a namespace: a call goes to the first overload whose schema fits."""

    def __init__(self, namespace: str, name: str) -> None:
        self.namespace = namespace
        self._overloads: dict[str, RegisteredOverload] = {}
        super().__init__(name, self._choose)

    def _choose(self, *args: Any, **kwargs: Any) -> Any:
        *first, last = self._overloads.values()
        for overload in first:
            try:
                overload._schema.bind(self._qualified_op_name, args, kwargs)
            except RuntimeError:
                continue
            return overload(*args, **kwargs)
        return last(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_overloads", ()):
            return self._overloads[name]
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"The underlying op of '{self}' has no overload name '{name}'")

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(self._overloads)


class OpNamespace(ModuleType):
    """``torch.ops.name``."""

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.ops.{name}")
        self.operators: dict[str, RegisteredPacket] = {}

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("operators", ()):
            return self.operators[name]
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(f"'_OpNamespace' '{self.__name__.rpartition('.')[2]}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.operators]

    def __repr__(self) -> str:
        return f"<module '{self.__name__}' from 'torch.ops'>"


_namespaces: dict[str, OpNamespace] = {}


def namespace(name: str) -> OpNamespace:
    """``torch.ops.name``, made when first asked for."""
    found = _namespaces.setdefault(name, OpNamespace(name))
    if name == "profiler":
        found.operators |= import_module("pullback.autograd.profiler").OPERATORS
    return found


def declare(space: str, text: str, replace: bool = False) -> RegisteredOverload:
    if space in TAKEN:
        raise ValueError(f"{space} is a reserved namespace. Please try creating a library with another name.")
    schema = Schema(text)
    packet = namespace(space).operators.setdefault(schema.name, RegisteredPacket(space, schema.name))
    overload = schema.overload or "default"
    if overload in packet._overloads and not replace:
        raise RuntimeError(
            f"Tried to register an operator ({space}::{schema.name}{schema.text}) with the same name and overload name "
            "multiple times. Each overload's schema should only be registered with a single call to def()."
        )
    packet._overloads[overload] = made = RegisteredOverload(space, schema)
    return made


def split(qualname: str) -> tuple[str, str]:
    space, colons, name = qualname.partition("::")
    if not colons:
        raise ValueError(
            f'Expected `qualname` to be of the form "namespace::name", but got {qualname}. The qualname passed to the '
            "torch.library APIs must consist of a namespace and a name, e.g. aten::sin"
        )
    return space, name


def found_overload(op: Any) -> RegisteredOverload:
    """The overload that is meant by ``"ns::name"``, by what `custom_op` made, or by itself."""
    op = getattr(op, "_opoverload", op)
    if isinstance(op, RegisteredOverload):
        return op
    if not isinstance(op, str):
        raise ValueError(f"pullback registers for operators of torch.library only, not for {op}")
    space, name = split(op)
    if space == "aten":
        raise NotImplementedError(f"pullback's own operators cannot be registered for: {op}")
    name, _, overload = name.partition(".")
    packet = getattr(namespace(space), name)
    return packet._overloads[overload or "default"]


def key_of(types: str) -> str:
    """The dispatch key of a device type, or of itself."""
    if types in KEYS or types == "default":
        return "CompositeExplicitAutograd" if types == "default" else types
    return device(types).type.upper()
