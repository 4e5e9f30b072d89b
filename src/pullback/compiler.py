"""torch.compile and torch.compiler: there is no compiler, so functions come back as they are, modules in a wrapper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = [
    "allow_in_graph",
    "assume_constant_result",
    "compile",
    "cudagraph_mark_step_begin",
    "disable",
    "is_compiling",
    "is_dynamo_compiling",
    "is_exporting",
    "list_backends",
    "reset",
    "set_stance",
]

_MODES = ("default", "lite", "reduce-overhead", "max-autotune-no-cudagraphs", "max-autotune")


def compile(
    model: Callable[..., Any] | None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = None,
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
) -> Any:
    """A function itself, which computes what a compiled one would; a module in an `OptimizedModule`, as programs expect
    to find it in ``_orig_mod``. All settings are about speed, and accepted.

    >>> import pullback as torch
    >>> @torch.compile(fullgraph=True)
    ... def double(x):
    ...     return x * 2
    >>> double(torch.ones(2))
    tensor([2., 2.])

    Raises:
        RuntimeError: if both `mode` and `options` are given, or there is no such `mode`.
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if mode not in (None, *_MODES):
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(_MODES)}")

    def compiled(model: Any) -> Any:
        from pullback._dynamo.eval_frame import OptimizeContext, OptimizedModule
        from pullback.nn import Module

        if disable or not isinstance(model, Module) or isinstance(model, OptimizedModule):
            return model
        return OptimizedModule(model, OptimizeContext(backend=backend or "inductor", mode=mode, options=options))

    return compiled if model is None else compiled(model)


def disable(fn: Callable[..., Any] | None = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """`fn` itself: nothing is compiled anyway."""
    return (lambda function: function) if fn is None else fn


_disable_dynamo = disable


def allow_in_graph(fn: Any) -> Any:
    """`fn` itself, or the functions of a list."""
    return fn


def nested_compile_region(fn: Any = None, options: Any = None) -> Any:
    """`fn` itself; also ``@nested_compile_region()``."""
    return fn if fn is not None else lambda fn: fn


def assume_constant_result(fn: Any) -> Any:
    """`fn` itself."""
    return fn


def reset() -> None:
    """Nothing to forget."""


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """No compilers."""
    return []


def cudagraph_mark_step_begin() -> None:
    """Nothing to mark."""


class set_stance:
    """Accepted, also as a ``with`` block: nothing is compiled in any stance."""

    def __init__(self, stance: str = "default", **settings: Any) -> None:
        self.stance = stance

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        return None


def is_compiling() -> bool:
    """False."""
    return False


def is_dynamo_compiling() -> bool:
    """False."""
    return False


def is_exporting() -> bool:
    """False."""
    return False
