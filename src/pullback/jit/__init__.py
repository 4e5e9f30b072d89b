"""torch.jit: PyTorch's own language, which is not here. Functions and modules stay what they are, with a warning."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final as Final, NamedTuple, TypeVar

from pullback.futures import Future
from pullback.nn import Module

__all__ = [
    "Attribute",
    "Final",
    "Future",
    "ScriptFunction",
    "ScriptModule",
    "annotate",
    "export",
    "fork",
    "freeze",
    "ignore",
    "interface",
    "is_scripting",
    "is_tracing",
    "isinstance",
    "load",
    "optimize_for_inference",
    "save",
    "script",
    "script_if_tracing",
    "script_method",
    "trace",
    "trace_module",
    "unused",
    "wait",
]

T = TypeVar("T")


class Error(RuntimeError):
    """What a compiled program raises."""


class TracerWarning(Warning):
    """What a tracer says of what it may miss."""


class ScriptWarning(Warning):
    """What a compiler says of what it leaves out."""


class ScriptModule(Module):
    """The class of compiled modules: no module is one."""


class RecursiveScriptModule(ScriptModule):
    """The class of compiled modules: no module is one."""


class ScriptFunction:
    """The class of compiled functions: no function is one."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("pullback does not compile: there is nothing to call")


class ScriptMethod(ScriptFunction):
    """The class of compiled methods: no method is one."""


class Attribute(NamedTuple):
    """A value and its type, for attributes of compiled modules."""

    value: Any
    type: Any


def _warn(name: str) -> None:
    warnings.warn(f"torch.jit.{name}: pullback does not compile; what it was given runs as Python", stacklevel=3)


def script(obj: Any, optimize: None = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None) -> Any:
    """`obj` itself, with a warning."""
    _warn("script")
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **settings: Any) -> Any:
    """`func` itself, with a warning. Unlike a trace it follows its own branches."""
    _warn("trace")
    return func


def trace_module(mod: Any, inputs: Any, *args: Any, **settings: Any) -> Any:
    """`mod` itself, with a warning."""
    _warn("trace_module")
    return mod


def script_if_tracing(fn: T) -> T:
    """`fn` itself: nothing is ever traced."""
    return fn


def script_method(fn: T) -> T:
    """`fn` itself."""
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself; also ``@ignore(drop=True)``."""
    return drop if callable(drop) else lambda fn: fn


def unused(fn: T) -> T:
    """`fn` itself."""
    return fn


def export(fn: T) -> T:
    """`fn` itself."""
    return fn


def interface(obj: T) -> T:
    """`obj` itself."""
    return obj


_overload = _overload_method = interface


def freeze(mod: T, preserved_attrs: Any = None, optimize_numerics: bool = True) -> T:
    """`mod` itself."""
    return mod


def optimize_for_inference(mod: T, other_methods: Any = None) -> T:
    """`mod` itself."""
    return mod


def annotate(the_type: Any, the_value: T) -> T:
    """`the_value` itself."""
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether `obj` is an instance; of ``List[int]`` and its like, whether it is a list."""
    kinds = target_type if builtins.isinstance(target_type, tuple) else (target_type,)
    return builtins.isinstance(obj, tuple(getattr(kind, "__origin__", None) or kind for kind in kinds))


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future:
    """Call `func` at once, and hand out what it returns as a future."""
    future = Future()
    future.set_result(func(*args, **kwargs))
    return future


def wait(future: Future) -> Any:
    """The result of a future."""
    return future.wait()


@contextmanager
def optimized_execution(should_optimize: bool) -> Iterator[None]:
    """Nothing to switch."""
    yield


@contextmanager
def fuser(name: str) -> Iterator[None]:
    """Nothing to switch."""
    yield


def save(m: Any, f: Any, _extra_files: Any = None) -> None:
    """Raises ``RuntimeError``: there is no compiled program to save."""
    raise RuntimeError("torch.jit.save: pullback does not compile; save the state_dict() with torch.save")


def load(f: Any, map_location: Any = None, _extra_files: Any = None, _restore_shapes: bool = False) -> Any:
    """Raises ``RuntimeError``: a TorchScript archive is a program for PyTorch's own interpreter."""
    raise RuntimeError(
        "torch.jit.load: the file is a program for PyTorch's own interpreter, which pullback does not have; load the "
        "weights with torch.load from a state_dict()"
    )
