"""The functions to call: `checkpoint` and `checkpoint_sequential`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pullback.graph.modes import is_grad_enabled
from pullback.utils.checkpoint.frames import run_checkpointed
from pullback.utils.checkpoint.reentrant import CheckpointFunction


def noop_context_fn() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Two contexts that do nothing, for the first and the second run."""
    return nullcontext(), nullcontext()


def _chosen(use_reentrant: bool | None, name: str) -> bool:
    if use_reentrant is None:
        warnings.warn(
            f"{name}: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
            f"{name.rpartition('.')[2]} without use_reentrant will raise an exception. use_reentrant=False is "
            "recommended, but if you need to preserve the current default behavior, you can pass use_reentrant=True. "
            "Refer to docs for more details on the differences between the two variants.",
            stacklevel=3,
        )
        return True
    return use_reentrant


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """``function(*args, **kwargs)``, which keeps nothing for the backward pass but its arguments and runs again there.

    Args:
        function: what to run; it must do the same twice.
        use_reentrant: which implementation; `False` is recommended, see the module. Warns if not given, and takes `True`.
        context_fn: gives two context managers, for the first run and for the second.
        determinism_check: ``"default"`` compares shapes and dtypes of what both runs save, ``"none"`` only the number.
        debug: if the runs differ, show the operators of both.
        early_stop: end the second run as soon as everything is there that is waited for.
        preserve_rng_state: (keyword, default true) let both runs draw the same random numbers.

    Raises:
        ValueError: for keywords, `context_fn` or `debug` with ``use_reentrant=True``.
        CheckpointError: in the backward pass, if the second run saves something else than the first.

    >>> import pullback as torch
    >>> from pullback.utils.checkpoint import checkpoint
    >>> x = torch.tensor([1., 2.], requires_grad=True)
    >>> y = checkpoint(lambda x: x.square().square(), x, use_reentrant=False)
    >>> y.sum().backward(); x.grad
    tensor([ 4., 32.])
    """
    reentrant = _chosen(use_reentrant, "torch.utils.checkpoint")
    preserve = kwargs.pop("preserve_rng_state", True)
    if reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    contexts = context_fn()
    if not is_grad_enabled():
        return function(*args, **kwargs)
    return run_checkpointed(function, args, kwargs, preserve, contexts, determinism_check, debug, early_stop)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Run `functions` one after the other, in `segments` parts of which all but the last are checkpointed.

    `functions` is a sequence of modules or functions, or a `Sequential`. ``preserve_rng_state`` is as in `checkpoint`.

    >>> import pullback as torch
    >>> x = torch.tensor(1., requires_grad=True)
    >>> steps = [torch.exp, torch.sin, torch.cos, torch.tanh]
    >>> torch.utils.checkpoint.checkpoint_sequential(steps, 2, x, use_reentrant=False).item() < 1
    True
    """
    reentrant = _chosen(use_reentrant, "torch.utils.checkpoint.checkpoint_sequential")
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(steps) // segments
    for start in range(0, size * (segments - 1), size) if size else ():
        part = _composed(steps[start : start + size])
        input = checkpoint(part, input, use_reentrant=reentrant, preserve_rng_state=preserve)
    return _composed(steps[size * (segments - 1) :])(input)


def _composed(functions: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value

    return run
