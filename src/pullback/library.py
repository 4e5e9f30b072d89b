"""torch.library: operators of your own, under ``torch.ops``.

An operator has a schema, kernels by dispatch key, of which those for the CPU run, and perhaps a derivative. What it is
told for tracers (``register_fake``) is asked for tensors on the meta device, what it is told for other devices never. There
is no Triton.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from pullback import torch_dispatch
from pullback._library import KEYS, PENDING, TAKEN, declare, found_overload, key_of, namespace, split
from pullback._library_checks import opcheck as opcheck
from pullback._library_dispatch import get_ctx as get_ctx
from pullback.amp.autocast_mode import is_autocast_available
from pullback.ops.schemas import Schema, infer_schema as infer_schema

__all__ = [
    "CustomOpDef", "Library", "custom_op", "define", "fallthrough_kernel", "get_ctx", "impl", "impl_abstract",
    "infer_schema", "opcheck", "register_autocast", "register_autograd", "register_fake", "register_kernel",
    "register_torch_dispatch", "register_vmap", "triton_op",
]  # fmt: skip


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
        if ns in TAKEN and kind != "IMPL":
            raise ValueError(f"{ns} is a reserved namespace. Please try creating a library with another name.")
        if kind == "DEF" and ns in self._defined:
            raise RuntimeError(
                f"Only a single TORCH_LIBRARY can be used to register the namespace {ns}; please put all of your "
                "definitions in a single TORCH_LIBRARY block."
            )
        if kind == "DEF":
            self._defined.add(ns)
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._declared: list[str] = []

    @property
    def m(self) -> Any:
        """What holds the declarations; deleting it takes them back."""
        return self._declared

    @m.deleter
    def m(self) -> None:
        self._destroy()

    def _destroy(self) -> None:
        for name in self._declared:
            namespace(self.ns).operators.pop(name, None)
        self._declared.clear()
        self._defined.discard(self.ns)

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Declare an operator; returns its name."""
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        if self.kind == "IMPL":
            name = schema.partition("(")[0]
            raise RuntimeError(f'def("{name}"): Cannot define an operator inside of a TORCH_LIBRARY_IMPL block.')
        name = declare(self.ns, schema)._name
        self._declared.append(name)
        return name

    def impl(
        self, op_name: Any, fn: Callable[..., Any], dispatch_key: str = "", *,
        with_keyset: bool = False, allow_override: bool = False,
    ) -> None:  # fmt: skip
        """Give an operator its kernel for a dispatch key; without one, for every device."""
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        if key not in KEYS:
            raise RuntimeError(f"could not parse dispatch key: {key}")
        if with_keyset:
            raise NotImplementedError("pullback has no sets of dispatch keys to hand to a kernel")
        space, _, name = str(op_name if isinstance(op_name, str) else op_name.name()).rpartition("::")
        if space and space != self.ns:
            raise RuntimeError(
                f'impl("{space}::{name}", ...): Explicitly provided namespace ({space}) in operator name does not match '
                f"namespace of enclosing TORCH_LIBRARY block ({self.ns})."
            )
        found_overload(f"{self.ns}::{name}").kernels[key] = fn


@contextmanager
def _scoped_library(*args: Any, **kwargs: Any) -> Iterator[Library]:
    """A `Library` that is taken back at the end of the ``with`` block."""
    made = Library(*args, **kwargs)
    try:
        yield made
    finally:
        made._destroy()


class CustomOpDef:
    """An operator made of a function, with what is registered for it."""

    def __init__(self, name: str, schema: str, fn: Callable[..., Any], types: Any) -> None:
        space, self._name = split(name)
        self._namespace, self._qualname, self._init_fn = space, name, fn
        self._opoverload = declare(space, self._name + schema[schema.index("(") :], replace=True)
        self._schema = schema
        self._opoverload.owned, self._opoverload.maker = True, fn.__module__
        self._opoverload.differentiate(backward=None)
        self._opoverload.fake = self._opoverload.fake or self._without_fake
        self.register_kernel(types or "default")(fn)

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._opoverload(*args, **kwargs)

    def register_kernel(self, device_types: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Another kernel for devices of a type."""

        def register(fn: Callable[..., Any]) -> Callable[..., Any]:
            for each in [device_types] if isinstance(device_types, (str, type(None))) else device_types:
                self._opoverload.kernels[key_of(each or "default")] = fn
            return fn

        return register if fn is None else register(fn)

    def _without_fake(self, *_: Any, **__: Any) -> None:
        if self._opoverload._schema.returns.strip() != "()":
            raise RuntimeError(
                f"There was no fake impl registered for {self}. This is necessary for torch.compile/export/fx tracing to "
                f"work. Please use `{self._init_fn.__name__}.register_fake` to add an fake impl."
            )

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """What gives results of the right shapes and dtypes for tensors on the meta device."""
        return register_fake(self, fn)  # type: ignore[no-any-return]

    def register_autograd(self, backward: Callable[..., Any], /, *, setup_context: Any = None) -> None:
        """The derivative: ``backward(ctx, *grads)``, after ``setup_context(ctx, inputs, output)``."""
        register_autograd(self, backward, setup_context=setup_context)

    def register_vmap(self, func: Callable[..., Any] | None = None) -> Any:
        """The operator over a batch: ``func(info, in_dims, *args)`` gives the results and their axes."""
        return register_vmap(self, func)

    def register_torch_dispatch(self, torch_dispatch_class: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """The operator for a class, or under a mode, that has `__torch_dispatch__`."""
        return register_torch_dispatch(self, torch_dispatch_class, fn)

    def register_autocast(self, device_type: str, cast_inputs: Any) -> None:
        """The dtype of floating arguments under autocast."""
        register_autocast(self, device_type, cast_inputs)

    @contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """Without the kernel of a device type inside the ``with`` block; the function itself runs."""
        kernels, key = self._opoverload.kernels, key_of(device_type)
        kept = dict(kernels)
        if not enabled and key in kernels:
            del kernels[key]
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
    >>> x = torch.tensor([2.0], requires_grad=True)
    >>> torch.ops.doc_custom.cube(x).sum().backward(); x.grad
    tensor([12.])
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
    space, name = split(qualname)
    declare(space, name + schema)


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Library | None = None) -> Any:
    """The kernel of ``"ns::name"`` for a device type or dispatch key; also ``impl(lib, name, key)``. Decorates."""

    def register(fn: Callable[..., Any]) -> Any:
        if isinstance(qualname, Library):
            qualname.impl(types, fn, func or "")
            return fn
        for each in [types] if isinstance(types, str) else types:
            found_overload(qualname).kernels[key_of(each)] = fn
        return None

    return register if func is None or isinstance(qualname, Library) else register(func)


def register_kernel(op: Any, device_types: Any, func: Any = None, /, *, lib: Library | None = None) -> Any:
    """Another kernel of an operator for devices of a type. Decorates."""
    if isinstance(op, CustomOpDef):
        return op.register_kernel(device_types, func)
    return impl(found_overload(op).name(), device_types or "default", func, lib=lib)


def register_fake(op: Any, func: Any = None, /, *, lib: Library | None = None, **settings: Any) -> Any:
    """What gives results of the right shapes and dtypes: it computes for tensors on the meta device. Decorates.

    An operator of that name need not be there, as where a package's compiled library cannot be loaded.
    """

    name = op if isinstance(op, str) else ""
    pending = name and not name.startswith("aten::") and not hasattr(namespace(split(name)[0]), split(name)[1])
    overload = None if pending else found_overload(op, "register_fake")

    def register(func: Any) -> Any:
        if overload is None:
            PENDING[name] = func
        else:
            overload.fake = func
        return func

    return register if func is None else register(func)


impl_abstract = register_fake


def register_autograd(
    op: Any, backward: Callable[..., Any], /, *, setup_context: Any = None, lib: Library | None = None
) -> None:
    """The derivative of an operator: ``backward(ctx, *grads)``, after ``setup_context(ctx, inputs, output)``.

    Raises ``RuntimeError`` if it writes or shows memory, ``NotImplementedError`` if it takes tensors by keyword only.
    """
    overload = found_overload(op, "register_autograd")
    schema, told = overload._schema, f"{overload.name()}{overload._schema.text}"
    if any(each.aliased for each in schema.arguments):
        raise RuntimeError(
            f"Cannot register autograd formula for non-functional operator {overload} with schema {told}. Please create a "
            "functional operator and register an autograd formula for that."
        )
    if any(each.keyword_only and each.type.startswith("Tensor") for each in schema.arguments):
        raise NotImplementedError(
            "register_autograd with kwarg-only Tensor args. In the original definition of the op, please make your tensors "
            f"not kwarg-only. Got: {told}"
        )
    overload.differentiate(backward=backward, setup_context=setup_context)


def register_vmap(op: Any, func: Any = None, /, *, lib: Library | None = None) -> Any:
    """The operator over a batch: ``func(info, in_dims, *args)`` gives the results and their axes. Decorates."""

    def register(func: Any) -> None:
        overload.differentiate(vmap=func)

    overload = found_overload(op, "register_vmap")
    return register if func is None else register(func)


def register_torch_dispatch(
    op: Any, torch_dispatch_class: Any, func: Any = None, /, *, lib: Library | None = None
) -> Any:
    """The operator for a class, or under a mode, that has `__torch_dispatch__`: ``func(class or mode, op, types, args,
    kwargs)`` computes it there. Decorates."""

    def register(func: Any) -> Any:
        torch_dispatch.rules[name, torch_dispatch_class] = func
        return func

    known = isinstance(op, str) or hasattr(getattr(op, "_opoverload", op), "overloadpacket")
    name = op if isinstance(op, str) else getattr(op, "_opoverload", op).name() if known else ""
    if not known:
        raise ValueError(f"register_torch_dispatch({op}): got unexpected type for op: {type(op)}")
    return register if func is None else register(func)


def register_autocast(op: Any, device_type: str, cast_inputs: Any, /, *, lib: Library | None = None) -> None:
    """The dtype in which an operator gets its floating arguments (but for float64) inside a block of autocast; the first that was said."""
    overload = found_overload(op, "register_autocast")
    if not isinstance(device_type, str):
        raise TypeError(
            f"_is_autocast_available(): argument 'device_type' (position 1) must be str, not {type(device_type).__name__}"
        )
    if not is_autocast_available(device_type):
        raise ValueError(f"register_autocast: there is no autocast for devices of type {device_type!r}")
    overload.casts.setdefault(device_type, cast_inputs)


def triton_op(name: str, fn: Any = None, /, *, mutates_args: Any, schema: str | None = None) -> NoReturn:
    """Raises ``RuntimeError``: there is no Triton."""
    raise RuntimeError(f"cannot make {name!r}: pullback computes with NumPy, and has no Triton")


def fallthrough_kernel() -> NoReturn:
    """Stands for "the next key"; it is never run."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")
