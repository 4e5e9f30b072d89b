"""torch.library: operators of your own, under ``torch.ops``.

An operator has a schema, kernels by dispatch key, of which those for the CPU run, and perhaps a derivative. What it is
told for tracers (``register_fake``) and for other devices is accepted and never asked. There is no tracer, so there is
no ``opcheck``; there is no Triton.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NoReturn

import numpy as np

from pullback.autograd.function import Function
from pullback.autograd.grad_mode import no_grad
from pullback.device import device
from pullback.graph.tensor_base import TensorBase
from pullback.ops import overloads
from pullback.ops.schemas import Schema, infer_schema as infer_schema

__all__ = [
    "CustomOpDef", "Library", "custom_op", "define", "fallthrough_kernel", "impl", "impl_abstract", "infer_schema",
    "register_autograd", "register_fake", "register_kernel", "register_vmap", "triton_op",
]  # fmt: skip

_TAKEN = {"prim", "pointwise", "reduction", "shape", "index", "matrix", "neural", "creation", "random", "fourier"}
_RUNNING = ("AutogradCPU", "Autograd", "CPU", "CompositeExplicitAutograd", "CompositeImplicitAutograd")
"""The keys whose kernels run here, the first that is there."""
_KEYS = {"Meta", "CUDA", "MPS", "XPU", "XLA", "HPU", "MTIA", "QuantizedCPU", "SparseCPU", "Autocast", "AutocastCPU",
         "AutocastCUDA", "AutogradCUDA", "AutogradMeta", "BackendSelect", "ADInplaceOrView", "Functionalize", "Python",
         "FuncTorchBatched", "PrivateUse1", "CompositeExplicitAutogradNonFunctional", *_RUNNING}  # fmt: skip
_ALIASED = (
    "{} (with implementation in {}): The output of this custom operator (1) must not also be an input to this custom "
    "operator and (2) may not alias any inputs to this custom operator or other returns. The most common way to trigger "
    "this error is if we have y = custom_op(x) and y and x are the same Tensor. Please instead return a clone of the "
    "offending output tensor(s) (e.g. return x.clone()) or refactor the custom operator to not return y."
)


class _Overload(overloads.Overload):
    """One schema of an operator, and what was registered for it."""

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
            return self.compute(values)
        if self._schema.returns.strip() == "()" or any(each.mutable for each in self._schema.arguments):
            with no_grad():
                return self.compute(values)
        flat = [leaf for value in values for leaf in (value if _is_list(value) else [value])]
        return self.contained(self.derivative.apply(_Call(self, values), *flat))

    def contained(self, found: Any) -> Any:
        """Results of a recorded call as the operator gives them."""
        return list(found) if self._schema.returns.strip() == "Tensor[]" else found

    def compute(self, values: list[Any]) -> Any:
        """What the kernel gives for the value of each parameter."""
        for key in _RUNNING:
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
            rules["vmap"] = staticmethod(lambda info, dims, call, *flat: vmap(info, call.nested(dims[1:]), *call.nested(flat)))
        self.derivative = type(Function)(name, (_Recorded,), rules)


class _Call:
    """The arguments of one call, and the way from flat values back to them."""

    def __init__(self, overload: _Overload, values: list[Any]) -> None:
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


def _check_results(overload: _Overload, outputs: tuple[Any, ...], inputs: tuple[Any, ...]) -> None:
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


def _setup_of(overload: _Overload, setup: Any) -> Callable[..., None]:
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


def _backward_of(overload: _Overload, backward: Callable[..., Any] | None) -> Callable[..., Any]:
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


class _Packet(overloads.Packet):
    """An operator of a namespace: a call goes to the first overload whose schema fits."""

    def __init__(self, namespace: str, name: str) -> None:
        self.namespace = namespace
        self._overloads: dict[str, _Overload] = {}
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
        self.operators: dict[str, _Packet] = {}

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
    return _namespaces.setdefault(name, OpNamespace(name))


def _declare(space: str, text: str, replace: bool = False) -> _Overload:
    if space in _TAKEN:
        raise ValueError(f"{space} is a reserved namespace. Please try creating a library with another name.")
    schema = Schema(text)
    packet = namespace(space).operators.setdefault(schema.name, _Packet(space, schema.name))
    overload = schema.overload or "default"
    if overload in packet._overloads and not replace:
        raise RuntimeError(
            f"Tried to register an operator ({space}::{schema.name}{schema.text}) with the same name and overload name "
            "multiple times. Each overload's schema should only be registered with a single call to def()."
        )
    packet._overloads[overload] = made = _Overload(space, schema)
    return made


def _split(qualname: str) -> tuple[str, str]:
    space, colons, name = qualname.partition("::")
    if not colons:
        raise ValueError(
            f'Expected `qualname` to be of the form "namespace::name", but got {qualname}. The qualname passed to the '
            "torch.library APIs must consist of a namespace and a name, e.g. aten::sin"
        )
    return space, name


def _found(op: Any) -> _Overload:
    """The overload that is meant by ``"ns::name"``, by what `custom_op` made, or by itself."""
    if isinstance(op, CustomOpDef):
        return op._opoverload
    if isinstance(op, _Overload):
        return op
    if not isinstance(op, str):
        raise ValueError(f"pullback registers for operators of torch.library only, not for {op}")
    space, name = _split(op)
    if space == "aten":
        raise NotImplementedError(f"pullback's own operators cannot be registered for: {op}")
    name, _, overload = name.partition(".")
    packet = getattr(namespace(space), name)
    return packet._overloads[overload or "default"]


def _key_of(types: str) -> str:
    """The dispatch key of a device type, or of itself."""
    if types in _KEYS or types == "default":
        return "CompositeExplicitAutograd" if types == "default" else types
    return device(types).type.upper()


class Library:
    """A part of a namespace that is being registered: `kind` is DEF, IMPL or FRAGMENT.

    >>> import pullback as torch
    >>> lib = torch.library.Library("doc_powers", "DEF")
    >>> lib.define("raised(Tensor x, int n=2) -> Tensor")
    'raised'
    >>> lib.impl("raised", lambda x, n=2: x**n, "CPU")
    >>> torch.ops.doc_powers.raised(torch.tensor(3.0))
    tensor(9.)
    """

    _defined: set[str] = {"aten"}  # noqa: RUF012

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}")
        if ns in _TAKEN and kind != "IMPL":
            raise ValueError(f"{ns} is a reserved namespace. Please try creating a library with another name.")
        if kind == "DEF" and ns in self._defined:
            raise RuntimeError(
                f"Only a single TORCH_LIBRARY can be used to register the namespace {ns}; please put all of your "
                "definitions in a single TORCH_LIBRARY block."
            )
        if kind == "DEF":
            self._defined.add(ns)
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Declare an operator; returns its name."""
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        if self.kind == "IMPL":
            name = schema.partition("(")[0]
            raise RuntimeError(f'def("{name}"): Cannot define an operator inside of a TORCH_LIBRARY_IMPL block.')
        return _declare(self.ns, schema)._name

    def impl(
        self, op_name: Any, fn: Callable[..., Any], dispatch_key: str = "", *,
        with_keyset: bool = False, allow_override: bool = False,
    ) -> None:  # fmt: skip
        """Give an operator its kernel for a dispatch key; without one, for every device."""
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        if key not in _KEYS:
            raise RuntimeError(f"could not parse dispatch key: {key}")
        if with_keyset:
            raise NotImplementedError("pullback has no sets of dispatch keys to hand to a kernel")
        space, _, name = str(op_name if isinstance(op_name, str) else op_name.name()).rpartition("::")
        if space and space != self.ns:
            raise RuntimeError(
                f'impl("{space}::{name}", ...): Explicitly provided namespace ({space}) in operator name does not match '
                f"namespace of enclosing TORCH_LIBRARY block ({self.ns})."
            )
        _found(f"{self.ns}::{name}").kernels[key] = fn


class CustomOpDef:
    """An operator made of a function, with what is registered for it."""

    def __init__(self, name: str, schema: str, fn: Callable[..., Any], types: Any) -> None:
        space, self._name = _split(name)
        self._namespace, self._qualname, self._init_fn = space, name, fn
        self._opoverload = _declare(space, self._name + schema[schema.index("(") :], replace=True)
        self._schema = schema
        self._rules: tuple[Any, Any, Any] = (None, None, None)
        self._opoverload.differentiate(*self._rules)
        self.register_kernel(types or "default")(fn)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    def register_kernel(self, device_types: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Another kernel for devices of a type."""

        def register(fn: Callable[..., Any]) -> Callable[..., Any]:
            for each in [device_types] if isinstance(device_types, (str, type(None))) else device_types:
                self._opoverload.kernels[_key_of(each or "default")] = fn
            return fn

        return register if fn is None else register(fn)

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Accepted: there is no tracer that would ask."""
        return fn

    def register_autograd(self, backward: Callable[..., Any], /, *, setup_context: Any = None) -> None:
        """The derivative: ``backward(ctx, *grads)``, after ``setup_context(ctx, inputs, output)``."""
        if any(each.mutable for each in self._opoverload._schema.arguments):
            raise RuntimeError(
                f"Cannot register autograd formula for non-functional operator {self._opoverload} with schema "
                f"{self._qualname}{self._schema}. Please create a functional operator and register an autograd formula "
                "for that."
            )
        self._rules = (backward, setup_context, self._rules[2])
        self._opoverload.differentiate(*self._rules)

    def register_vmap(self, func: Callable[..., Any] | None = None) -> Any:
        """The operator over a batch: ``func(info, in_dims, *args)`` gives the results and their axes."""
        if func is None:
            return self.register_vmap
        self._rules = (*self._rules[:2], func)
        self._opoverload.differentiate(*self._rules)
        return func

    @contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """Without the kernel of a device type inside the ``with`` block; the function itself runs."""
        kernels, key = self._opoverload.kernels, _key_of(device_type)
        kept = dict(kernels)
        if not enabled and kernels.pop(key, None):
            kernels.setdefault("CompositeExplicitAutograd", self._init_fn)
        try:
            yield
        finally:
            kernels.clear()
            kernels.update(kept)


def custom_op(
    name: str, fn: Callable[..., Any] | None = None, /, *, mutates_args: Any, device_types: Any = None,
    schema: str | None = None, tags: Any = None,
) -> Any:  # fmt: skip
    """An operator made of an annotated function, which may use anything: its graph sees one node.

    >>> import pullback as torch
    >>> @torch.library.custom_op("doc_custom::cube", mutates_args=())
    ... def cube(x: torch.Tensor) -> torch.Tensor:
    ...     return torch.from_numpy(x.numpy() ** 3)
    >>> def keep(ctx, inputs, output):
    ...     ctx.save_for_backward(*inputs)
    >>> cube.register_autograd(lambda ctx, grad: 3 * grad * ctx.saved_tensors[0] ** 2, setup_context=keep)
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> torch.ops.doc_custom.cube(x).backward(); x.grad
    tensor(12.)
    """

    def make(fn: Callable[..., Any]) -> CustomOpDef:
        text = schema or infer_schema(fn, mutates_args=mutates_args)
        written = {each.name for each in Schema(text).arguments if each.mutable}
        if mutates_args != "unknown" and written != set(mutates_args):
            raise ValueError(
                f"Attempted to create a custom op with `mutates_args={mutates_args}` and `schema={text}. The schema "
                f"suggests that the op mutates {written or '{}'}which is different from what was provided to us in "
                "`mutates_args`. Please make these consistent."
            )
        return CustomOpDef(name, text, fn, device_types)

    return make if fn is None else make(fn)


def define(qualname: str, schema: Any, *, lib: Library | None = None, tags: Any = ()) -> Any:
    """Declare the operator ``"ns::name"`` with a schema ``"(Tensor x) -> Tensor"``."""
    if isinstance(schema, Library):  # the older form, ``define(lib, "name(Tensor x) -> Tensor")``, decorates
        raise ValueError(f"define: expected the schema as text, got {schema}")
    space, name = _split(qualname)
    _declare(space, name + schema)


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Library | None = None) -> Any:
    """The kernel of ``"ns::name"`` for a device type or dispatch key; also ``impl(lib, name, key)``. Decorates."""

    def register(fn: Callable[..., Any]) -> Any:
        if isinstance(qualname, Library):
            qualname.impl(types, fn, func or "")
            return fn
        for each in [types] if isinstance(types, str) else types:
            _found(qualname).kernels[_key_of(each)] = fn
        return None

    return register if func is None or isinstance(qualname, Library) else register(func)


def register_kernel(op: Any, device_types: Any, func: Any = None, /, *, lib: Library | None = None) -> Any:
    """Another kernel of an operator for devices of a type. Decorates."""
    if isinstance(op, CustomOpDef):
        return op.register_kernel(device_types, func)
    return impl(_found(op).name(), device_types or "default", func, lib=lib)


def register_fake(op: Any, func: Any = None, /, *, lib: Library | None = None, **settings: Any) -> Any:
    """Accepted for operators that exist: there is no tracer that would ask. Decorates."""
    _found(op)
    return (lambda function: function) if func is None else func


impl_abstract = register_fake


def register_autograd(
    op: Any, backward: Callable[..., Any], /, *, setup_context: Any = None, lib: Library | None = None
) -> None:
    """The derivative of an operator: ``backward(ctx, *grads)``, after ``setup_context(ctx, inputs, output)``."""
    if isinstance(op, CustomOpDef):
        return op.register_autograd(backward, setup_context=setup_context)
    _found(op).differentiate(backward, setup_context)


def register_vmap(op: Any, func: Any = None, /, *, lib: Library | None = None) -> Any:
    """The rule of a `custom_op` over a batch. Decorates."""
    if not isinstance(op, CustomOpDef):
        raise NotImplementedError("pullback registers rules of vmap for what custom_op made")
    return op.register_vmap(func)


def triton_op(name: str, fn: Any = None, /, *, mutates_args: Any, schema: str | None = None) -> NoReturn:
    """Raises ``RuntimeError``: there is no Triton."""
    raise RuntimeError(f"cannot make {name!r}: pullback computes with NumPy, and has no Triton")


def fallthrough_kernel() -> NoReturn:
    """Stands for "the next key"; it is never run."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")
