"""What PyTorch's schemas say of the functions of a graph."""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import pullback
from pullback.fx.node import Node
from pullback.nn import Module


class ArgsKwargsPair(NamedTuple):
    """The arguments of a call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def _is_operator(target: Any) -> bool:
    """Whether `target` is a function of ``torch`` or of its functional modules."""
    name = getattr(target, "__name__", "")
    spaces = (pullback, pullback.nn.functional, pullback.linalg, pullback.fft, pullback.special)
    return bool(name) and not isinstance(target, type) and any(getattr(each, name, None) is target for each in spaces)


def get_signature_for_torch_op(op: Any, return_schemas: bool = False) -> Any:
    """The signatures of an operator, `None` for what is no operator."""
    signature = _of_function(op) if _is_operator(op) else None
    signatures = None if signature is None else [signature]
    return (signatures, None) if return_schemas else signatures


def check_for_mutable_operation(target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise ``RuntimeError`` if the call of an operator writes into its arguments."""
    name = getattr(target, "__name__", "")
    writes = kwargs.get("out") is not None or (name.endswith("_") and not name.endswith("__"))
    if writes and _is_operator(target):
        raise RuntimeError(
            f"Tried to trace mutable operation aten::{name}{'.out' if 'out' in kwargs else ''}. FX only supports functional "
            "code, so operations that mutate operands in-place (e.g. via `out` arguments) are not supported"
        )


def _named(signature: inspect.Signature, args: Any, kwargs: Any, only_names: bool) -> ArgsKwargsPair:
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    given: dict[str, Any] = {}
    positional: list[Any] = []
    for i, parameter in enumerate(signature.parameters.values()):
        if parameter.name not in bound.arguments:
            continue
        value = bound.arguments[parameter.name]
        if only_names or i >= len(args) or parameter.kind == parameter.KEYWORD_ONLY:
            given[parameter.name] = value
        else:
            positional.append(value)
    return ArgsKwargsPair(tuple(positional), given)


def normalize_function(
    target: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    arg_types: Any = None,
    kwarg_types: Any = None,
    normalize_to_only_use_kwargs: bool = False,
) -> ArgsKwargsPair | None:
    """The arguments of a call with the defaults of its function, by name if that is asked; `None` if nobody knows it."""
    for signature in get_signature_for_torch_op(target) or [_of_function(target)]:
        if signature is None:
            continue
        try:
            return _named(signature, args, kwargs or {}, normalize_to_only_use_kwargs)
        except TypeError:
            continue
    return None


def _of_function(target: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(inspect.unwrap(target))
    except (TypeError, ValueError):
        return None


def normalize_module(
    root: Module,
    target: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    normalize_to_only_use_kwargs: bool = False,
) -> ArgsKwargsPair | None:
    """The arguments of a call of a module of PyTorch's with the defaults of its forward; `None` for other modules."""
    try:
        module = root.get_submodule(target)
    except AttributeError as error:
        raise RuntimeError(
            f"Tried to normalize node with target {target} but root did not have that target!"
        ) from error
    if getattr(pullback.nn, type(module).__name__, None) is not type(module):
        return None
    return _named(
        inspect.signature(type(module).forward.__get__(module)), args, kwargs or {}, normalize_to_only_use_kwargs
    )


def normalized_arguments(node: Node, root: Module, only_names: bool = False) -> ArgsKwargsPair | None:
    """The arguments of a node with the defaults of what it calls."""
    if node.op == "call_function":
        return normalize_function(node.target, node.args, node.kwargs, None, None, only_names)
    return normalize_module(root, node.target, node.args, node.kwargs, only_names) if node.op == "call_module" else None
