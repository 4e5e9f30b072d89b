"""Operators that programs register: overloads with schemas, kernels and derivatives, in namespaces of ``torch.ops``."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

from pullback._library_dispatch import EXPLICIT, IMPLICIT, computed, flat, parted
from pullback.amp.autocast_mode import autocast, is_autocast_enabled
from pullback.arrays.dtypes import float64
from pullback.autograd._unregistered import marked
from pullback.autograd.function import Function
from pullback.autograd.grad_mode import no_grad
from pullback.device import device
from pullback.graph.modes import BATCHED, current_mode
from pullback.graph.tensor_base import TensorBase
from pullback.ops import overloads
from pullback.ops.schemas import Schema
from pullback.trees import tree_map

TAKEN = {"prim", "pointwise", "reduction", "shape", "index", "matrix", "neural", "creation", "random", "fourier"}
RUNNING = ("AutogradCPU", "Autograd", "CPU", EXPLICIT, IMPLICIT)
"""The keys whose kernels run here, the first that is there."""
KEYS = {"Meta", "CUDA", "MPS", "XPU", "XLA", "HPU", "MTIA", "QuantizedCPU", "SparseCPU", "Autocast", "AutocastCPU",
         "AutocastCUDA", "AutogradCUDA", "AutogradMeta", "BackendSelect", "ADInplaceOrView", "Functionalize", "Python",
         "FuncTorchBatched", "PrivateUse1", "CompositeExplicitAutogradNonFunctional", *RUNNING}  # fmt: skip


class RegisteredOverload(overloads.Overload):
    """One schema of an operator, and what was registered for it."""

    _schema: Any = None  # its own, where ours are read off signatures

    def __init__(self, namespace: str, schema: Schema) -> None:
        self.namespace, self._schema = namespace, schema
        self.kernels: dict[str, Callable[..., Any]] = {}
        self.fake: Callable[..., Any] | None = PENDING.pop(f"{namespace}::{schema.name}", None)
        self.casts: dict[str, Any] = {}
        self.rules: dict[str, Any] = {}
        self.recorded: type[Function] | None = None
        self.owned, self.maker = False, ""
        super().__init__(schema.name, schema.overload or "default", self._run, None)

    __eq__, __hash__ = object.__eq__, object.__hash__

    @property
    def overloadpacket(self) -> Any:
        """The operator with all its overloads."""
        return _namespaces[self.namespace].operators[self._name]

    @property
    def is_view(self) -> bool:
        """Whether the schema says that a result shows the memory of an argument that is not written into."""
        return any(each.aliased and not each.mutable for each in self._schema.arguments)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        values = self._schema.bind(f"{self.namespace}::{self._name}", args, kwargs)
        if self.casts and is_autocast_enabled("cpu") and "cpu" in self.casts:
            with autocast("cpu", enabled=False):
                return self._run(*_lowered(args, self.casts["cpu"]), **_lowered(kwargs, self.casts["cpu"]))
        given = self.rules
        if "backward" not in given and not ("vmap" in given and current_mode() & BATCHED):
            found = computed(self, values)
            if not self._lacks_rule():
                return found
            written = tuple(["!" in each for each in self._schema.returns.split(",")])
            return marked(f"{self.namespace}::{self._name}", flat(values), found, written)
        if self._schema.returns.strip() == "()" or self._schema.is_mutable:
            with no_grad():
                return computed(self, values)
        assert self.recorded is not None
        leaves = [leaf for value in values for leaf in (value if _is_list(value) else [value])]
        return self.contained(self.recorded.apply(_Call(self, values), *leaves))

    def _lacks_rule(self) -> bool:
        """Whether nothing but numbers is computed, so that no gradient can flow through what runs here."""
        key = next((each for each in RUNNING if each in self.kernels), "")
        return key in ("CPU", EXPLICIT)

    def contained(self, found: Any) -> Any:
        """Results of a recorded call as the operator gives them."""
        return list(found) if self._schema.returns.strip() == "Tensor[]" else found

    def differentiate(self, **rules: Any) -> None:
        """Take in rules, of ``backward``, ``setup_context`` and ``vmap``, and make the `Function` that records the operator."""
        self.rules |= rules
        name = f"GeneratedBackwardFor_{self.namespace}_{self._name}_{self._overload}"
        vmap = self.rules.get("vmap")
        body: dict[str, Any] = {
            "backward": staticmethod(_backward_of(self, self.rules.get("backward"))), "generate_vmap_rule": vmap is None,
            "setup_context": staticmethod(_setup_of(self, self.rules.get("setup_context"))),
        }  # fmt: skip
        if vmap is not None:
            body["vmap"] = staticmethod(partial(_batched, vmap))
        self.recorded = types.new_class(name, (_Recorded,), {}, lambda made: made.update(body))


PENDING: dict[str, Callable[..., Any]] = {}
"""What tells the shapes of operators that are not declared yet, by their names."""


def _batched(vmap: Any, info: Any, dims: tuple[Any, ...], call: _Call, *leaves: Any) -> Any:
    positional, named = parted(call.overload, call.nested(leaves))
    return vmap(info, parted(call.overload, call.nested(dims[1:]))[0], *positional, **named)


class _Call:
    """The arguments of one call, and the way from flat values back to them."""

    def __init__(self, overload: RegisteredOverload, values: list[Any]) -> None:
        self.overload, self.values = overload, values

    def nested(self, leaves: Iterable[Any]) -> tuple[Any, ...]:
        """`leaves` with lists where the arguments have lists."""
        rest = iter(leaves)
        return tuple([next(rest) for _ in value] if _is_list(value) else next(rest) for value in self.values)


def _lowered(value: Any, dtype: Any) -> Any:
    """`value` with what floats in it, but for float64, as `dtype`."""

    def lowered(leaf: Any) -> Any:
        floats = isinstance(leaf, TensorBase) and leaf.is_floating_point() and leaf.dtype is not float64  # type: ignore[attr-defined]
        return leaf.to(dtype) if floats else leaf

    return tree_map(lowered, value)


class _Recorded(Function):
    @staticmethod
    def forward(call: _Call, *leaves: Any) -> Any:
        with no_grad():
            found = computed(call.overload, list(call.nested(leaves)))
        return tuple(found) if isinstance(found, (list, tuple)) else found


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(each, TensorBase) for each in value)


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


def found_overload(op: Any, caller: str = "register_kernel") -> RegisteredOverload:
    """The overload that is meant by ``"ns::name"``, by what `custom_op` made, or by itself."""
    op = getattr(op, "_opoverload", op)
    if isinstance(op, RegisteredOverload):
        return op
    if isinstance(op, overloads.Overload):
        raise NotImplementedError(f"{caller}: pullback's own operators cannot be registered for: {op}")
    if not isinstance(op, str):
        raise ValueError(f"{caller}({op}): got unexpected type for op: {type(op)}")
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
