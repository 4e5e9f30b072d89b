"""Calling a module with other parameters and buffers than its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pullback.nn.utils._named_member_accessor import NamedMemberAccessor

__all__ = ["functional_call"]


def functional_call(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Deprecated name of `torch.func.functional_call`: call `module` with the given tensors in the place of its own.

    Args:
        module: the module, which is left as it was.
        parameters_and_buffers: tensors by dotted path.
        args: positional arguments of the call; one that is no tuple is the only one.
        kwargs: keyword arguments of the call.
        tie_weights: give a tensor that the module has under several names to all of them.
        strict: require all paths, and no others.
    """
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)


def _functional_call(
    module: Any,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    positional = () if args is None else args if isinstance(args, tuple) else (args,)
    with _reparametrize_module(module, parameters_and_buffers, tie_weights=tie_weights, strict=strict):
        return module(*positional, **({} if kwargs is None else kwargs))


@contextmanager
def _reparametrize_module(
    module: Any, parameters_and_buffers: dict[str, Any], *, tie_weights: bool = False, strict: bool = False
) -> Iterator[None]:
    """Within this context the module has the given tensors. What a forward writes into buffers goes to them."""
    given = _tied(module, parameters_and_buffers) if tie_weights else parameters_and_buffers
    accessor = NamedMemberAccessor(module)
    if strict:
        _check_keys(module, accessor.check_keys(given))
    former: dict[str, Any] = {}
    try:
        former, _ = accessor.swap_tensors_dict(given, allow_missing=True)
        yield
    finally:
        replaced, _ = accessor.swap_tensors_dict(former, allow_missing=True)
        # A buffer that the forward set anew belongs to the caller's tensors.
        parameters_and_buffers.update({name: replaced[name] for name in parameters_and_buffers if name in replaced})


def _check_keys(module: Any, keys: tuple[Iterable[str], Iterable[str]]) -> None:
    missing, unexpected = (", ".join(map(repr, each)) for each in keys)
    errors = []
    if unexpected:
        errors.append(f"Unexpected key(s): {unexpected}.")
    if missing:
        errors.append(f"Missing key(s): {missing}.")
    if errors:
        listed = "\n\t".join(errors)
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t{listed}")


def _tied(module: Any, given: dict[str, Any]) -> dict[str, Any]:
    """`given`, with what it says of one name said of all names of the same tensor."""
    names: dict[int, set[str]] = {}
    for pairs in (module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False)):
        for name, tensor in pairs:
            names.setdefault(id(tensor), set()).add(name)
    groups = {name: group for group in names.values() if len(group) > 1 for name in group}
    tied = dict(given)
    for name, tensor in given.items():
        group = groups.get(name, {name})
        named = sorted(each for each in group if each in given)
        if any(given[each] is not tensor for each in named):
            raise ValueError(
                f"functional_call got multiple values for keys {named}, which are tied. "
                "Consider using tie_weights=False"
            )
        tied.update(dict.fromkeys(group, tensor))
    return tied
