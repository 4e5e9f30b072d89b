"""opcheck: whether what was registered for an operator agrees with what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback._library import RegisteredOverload
from pullback._library_dispatch import IMPLICIT, dynamic_lengths, share_memory
from pullback.autograd import _unregistered
from pullback.autograd.grad_mode import no_grad
from pullback.graph.requests import grad
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.filled import empty_strided
from pullback.ops.overloads import Overload, Packet
from pullback.ops.random.generator import default_generator
from pullback.testing import assert_close
from pullback.trees import tree_leaves, tree_map

DEFAULT = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic")
KNOWN = (*DEFAULT[:3], "test_aot_dispatch_static", DEFAULT[3])
_NO_KERNEL = (
    "{}: at least one output of this operator has requires_grad=True but the operator does not have an autograd kernel "
    "defined at an autograd key (e.g. DispatchKey::Autograd). This could mean that you have incorrectly registered an "
    "autograd kernel to a non-Autograd DispatchKey, which may lead to silently incorrect results. If your operator consists "
    "of regular PyTorch operations, consider not using an operator at all or registering your operator as "
    "CompositeImplicitAutograd. If you have an autograd.Function registered to a backend (CPU/CUDA/XPU) key, the correct "
    "location for it is the Autograd key."
)
_ALIASES = (
    "Found a custom (non-ATen) operator whose output has alias annotations: {}. We only support functionalizing operators "
    "whose outputs do not have alias annotations (e.g. 'Tensor(a)' is a Tensor with an alias annotation whereas 'Tensor' is a "
    "Tensor without. The '(a)' is the alias annotation)."
)
_DIFFERS = (
    "{} of the operator are different in eager-mode PyTorch vs AOTDispatcher tracing. This means the operator will have "
    "incorrect output underneath torch.compile. This could be because the operator's implementation not traceable."
)


class OpCheckError(Exception):
    """An operator does not do what was registered for it."""


class MetadataMismatchError(Exception):
    """What tells shapes tells others than the operator's results have."""


def opcheck(
    op: Any, args: Sequence[Any], kwargs: dict[str, Any] | None = None, *, test_utils: str | Sequence[str] = DEFAULT,
    raise_exception: bool = True, atol: float | None = None, rtol: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Test an operator on arguments, which stay as they are.

    ``test_schema``: it writes into and shows the memory of those arguments that the schema names, no others.
    ``test_autograd_registration``: its derivative stands where it is found. ``test_faketensor``: what was registered by
    ``register_fake`` tells the shapes, dtypes and strides of the results. ``test_aot_dispatch_dynamic``: it can be
    differentiated, and gives the same twice.

    Returns ``"SUCCESS"`` for each, or the error.

    Raises:
        OpCheckError: at the first that fails, unless `raise_exception` is `False`.
        ValueError: for what is no operator, or an unknown test.
    """
    overload = getattr(op, "_opoverload", op)
    overload = overload.default if isinstance(overload, Packet) else overload
    if not isinstance(overload, Overload):
        raise ValueError(
            "opcheck(op, ...): op must be instance of torch._ops.OpOverload, e.g. torch.ops.aten.sin.default, got "
            f"{type(op)}"
        )
    wanted = (test_utils,) if isinstance(test_utils, str) else tuple(test_utils)
    if not set(wanted) <= set(KNOWN):
        raise ValueError(
            f"opcheck(op, ..., test_utils={wanted}), expected test_utils to be subset of {KNOWN} but it was not"
        )
    close = {} if atol is None and rtol is None else {"atol": atol, "rtol": rtol}
    found: dict[str, Any] = {}
    for name in wanted:
        try:
            _CHECKS[name](overload, _copied(tuple(args)), _copied(kwargs or {}), close)
            found[name] = "SUCCESS"
        except Exception as error:
            if raise_exception:
                raise OpCheckError(
                    f"opcheck(op, ...): {name} failed with {error} (scroll up for stack trace)"
                ) from error
            found[name] = error
    return found


def _copied(value: Any) -> Any:
    """`value` with copies of the tensors in it."""
    return _each(value, lambda tensor: tensor.detach().clone().requires_grad_(tensor.requires_grad))


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """`value` with `change` of the tensors in it."""
    return tree_map(lambda leaf: change(leaf) if isinstance(leaf, TensorBase) else leaf, value)


def _tensors(value: Any) -> list[Any]:
    """The tensors in arguments or results."""
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, TensorBase)]


def _schema(overload: Any, args: Any, kwargs: Any, close: Any) -> None:
    arguments = overload._schema.arguments
    given = [*zip(arguments, args), *((each, kwargs[each.name]) for each in arguments if each.name in kwargs)]
    before = [[np.array(tensor._array) for tensor in _tensors(value)] for _, value in given]
    with no_grad():
        results = _tensors(overload(*args, **kwargs))
    registered = isinstance(overload, RegisteredOverload)
    for (argument, value), kept in zip(given, before):
        after = [tensor._array for tensor in _tensors(value)]
        same = all(a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in zip(kept, map(np.asarray, after)))
        if not same and not argument.mutable:
            raise RuntimeError(f"Argument {argument.name} is not defined as mutable but was mutated")
        shown = any(share_memory(tensor, result) for tensor in _tensors(value) for result in results)
        if registered and shown and not argument.aliased:
            raise RuntimeError(f"Argument {argument.name} is not defined to alias output but was aliasing")
    aliased = not registered or any(each.aliased for each in arguments)
    for place, one in enumerate(results if not aliased else ()):
        for other, result in enumerate(results[:place]):
            if share_memory(one, result):
                raise RuntimeError(f"Outputs {other} and {place} alias unexpectedly")


def _autograd_registration(overload: Any, args: Any, kwargs: Any, close: Any) -> None:
    if not isinstance(overload, RegisteredOverload) or "backward" in overload.rules:
        return
    if IMPLICIT in overload.kernels or any(key.startswith("Autograd") for key in overload.kernels):
        return
    if not any(each.requires_grad for each in _tensors([*args, *kwargs.values()])):
        return
    mode = _unregistered._get_autograd_fallback_mode()
    _unregistered._set_autograd_fallback_mode("nothing")
    try:
        results = _tensors(overload(*args, **kwargs))
    finally:
        _unregistered._set_autograd_fallback_mode(mode)
    if any(each.requires_grad for each in results):
        raise AssertionError(_NO_KERNEL.format(overload.name()))


def _on_meta(overload: Any, args: Any, kwargs: Any, length: int) -> list[Any]:
    """The results for arguments without memory; `length` stands for each that depends on values."""

    def shell(tensor: Any) -> Any:
        made = empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
        return made.requires_grad_(tensor.requires_grad)

    with no_grad(), dynamic_lengths(length):
        return _tensors(overload(*_each(args, shell), **_each(kwargs, shell)))


def _fake(overload: Any, args: Any, kwargs: Any, close: Any) -> None:
    told, again = (_on_meta(overload, args, kwargs, length) for length in (7, 11))
    with no_grad():
        results = _tensors(overload(*args, **kwargs))
    prefix = f"When comparing the output of {overload} on FakeTensor and concrete Tensors, found mismatched tensor metadata: "
    for real, fake, other in zip(results, told, again):
        free = [a != b for a, b in zip(fake.shape, other.shape)]
        fits = len(real.shape) == len(fake.shape) and all(
            unknown or a == b for a, b, unknown in zip(real.shape, fake.shape, free)
        )
        if not fits:
            shape = [
                f"u{sum(free[:n])}" if unknown else length for n, (length, unknown) in enumerate(zip(fake.shape, free))
            ]
            text = f"torch.Size([{', '.join(map(str, shape))}])"
            raise MetadataMismatchError(f"{prefix}Shapes {real.shape} and {text} are not equal!")
        if real.dtype is not fake.dtype:
            raise MetadataMismatchError(f"{prefix}Dtypes {real.dtype} and {fake.dtype} are not equal!")
        steps = [(a, b, n) for n, a, b in zip(real.shape, real.stride(), fake.stride()) if n > 1 and real.numel()]
        wrong = next((place for place, (a, b, _) in enumerate(steps) if a != b), None)
        if wrong is not None and not any(free):
            raise MetadataMismatchError(
                f"{prefix}Stride mismatch! Strides are {real.stride()} and {fake.stride()} (mismatched at {wrong})!"
            )


def _differentiated(overload: Any, args: Any, kwargs: Any) -> tuple[list[Any], list[Any]]:
    """The results, and the gradients of their sum."""
    args, kwargs = _copied(args), _copied(kwargs)
    leaves = [each for each in _tensors([*args, *kwargs.values()]) if each.requires_grad]
    written = any(each.mutable for each in overload._schema.arguments)
    if written:  # a leaf must not be written to
        args, kwargs = _each(args, lambda each: each.clone()), _each(kwargs, lambda each: each.clone())
    results = _tensors(overload(*args, **kwargs)) or (_tensors([*args, *kwargs.values()]) if written else [])
    ends = [each for each in results if each.requires_grad]
    if not ends or not leaves:
        return results, []
    total = sum((each.real if each.is_complex() else each).double().sum() for each in ends)
    return results, [each for each in grad(total, leaves, allow_unused=True) if each is not None]


def _aot(overload: Any, args: Any, kwargs: Any, close: Any) -> None:
    registered = isinstance(overload, RegisteredOverload)
    if registered and "(" in overload._schema.returns.strip().lstrip("("):
        raise RuntimeError(_ALIASES.format(f"{overload.name()}{overload._schema.text}"))
    state = default_generator.get_state()
    first = _differentiated(overload, args, kwargs)
    if registered:
        _on_meta(overload, args, kwargs, 7)
    default_generator.set_state(state)
    for what, one, other in zip(("Outputs", "Gradients"), first, _differentiated(overload, args, kwargs)):
        try:
            assert_close([each.detach() for each in one], [each.detach() for each in other], equal_nan=True, **close)
        except AssertionError as error:
            raise AssertionError(_DIFFERS.format(what)) from error


_CHECKS = {
    "test_schema": _schema, "test_autograd_registration": _autograd_registration, "test_faketensor": _fake,
    "test_aot_dispatch_static": _aot, "test_aot_dispatch_dynamic": _aot,
}  # fmt: skip
