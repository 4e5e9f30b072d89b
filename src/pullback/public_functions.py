"""Public functions that ask a class with ``__torch_function__`` before they run.

Operators ask by themselves (`graph.torch_function`), at no cost to those who have no such classes. But most of PyTorch's
functions are made of several operators, or prepare their arguments, and a class is to be asked for the function that
was called, with the arguments it was called with. So when the first class that wants to be asked turns up, the code of
every public function is exchanged for one that asks first (`ask_first`): names, identities and signatures stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from types import FunctionType
from typing import Any

from pullback.graph import torch_function
from pullback.graph.record import Operator
from pullback.graph.slow import set_site
from pullback.graph.torch_function import ask, asked_in, call_modes, has_modes, is_enabled

# These make no tensors of others, or set something; nobody is asked.
_NEVER = frozenset(
    "is_storage typename vmap compile "
    "__new__ __init_subclass__ __torch_function__ __array_ufunc__ __array_function__ __dir__ __reduce_ex__ as_subclass "
    "_make_subclass __delattr__ __dlpack__ __dlpack_device__ __copy__ __iter__ __getattr__ __setstate__".split()
)

# What Python's symbols are called where a class is asked.
_SYMBOLS = {
    "__matmul__": "matmul",
    "__rmatmul__": "__rmatmul__",
    "__mod__": "remainder",
    "__pow__": "pow",
    "true_divide": "div",
}
_started: list[bool] = []
_HOMES = ("pullback.ops.", "pullback.nn.functional", "pullback.methods.", "pullback.graph.inplace", "pullback.facts")


def ask_first() -> None:
    """Let every public function ask from now on."""
    if _started:
        return
    _started.append(True)  # looking at all functions loads some that meet a class
    for function, public in dict(_public_functions()).items():
        exchange(function, partial(_caller, public))
    torch_function.public_of = public_of


def _public_functions() -> Iterator[tuple[FunctionType, Any]]:
    """The functions that are to ask, each with the one that classes are told."""
    import pullback
    from pullback.tensor import Tensor

    spaces = (pullback, Tensor, pullback.nn.functional, pullback.linalg, pullback.fft, pullback.special)
    for space in spaces:
        for name in dir(space):
            if name in _NEVER or (name.startswith("_") and not name.endswith("__")):
                continue
            function = getattr(space, name, None)
            if isinstance(function, FunctionType) and not _asks_already(function):
                if space is Tensor and not hasattr(Tensor, function.__name__):
                    function.__name__ = name  # ``__getitem__``, for classes that look at the name
                yield function, getattr(space, _SYMBOLS.get(name, name), function)


def _asks_already(function: Any) -> bool:
    """Whether `function` is an operator, or none of those that take tensors."""
    dispatches = function.__globals__.get("self") is function  # it was written for an operator, see `graph.dispatch`
    return dispatches or not function.__module__.startswith(_HOMES)


_MAKING = frozenset(
    "is_tensor as_tensor asarray from_numpy frombuffer from_dlpack tensor empty zeros ones full eye arange range linspace "
    "logspace rand randn randint randperm empty_strided empty_permuted scalar_tensor tril_indices triu_indices "
    "bartlett_window blackman_window hamming_window hann_window kaiser_window".split()
)
"""Functions that make tensors of none: modes are asked, classes are not."""


def exchange(function: FunctionType, caller: Callable[[Any], Callable[..., Any]]) -> None:
    """Give `function` a code that hands ``(args, kwargs)`` to what `caller` makes of the function it was."""
    inner = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    inner.__kwdefaults__ = function.__kwdefaults__
    inner.__dict__.update(function.__dict__)
    function.__wrapped__ = inner  # type: ignore[attr-defined]  # for `inspect.signature`
    function.__code__ = _asking_code(function.__code__.co_freevars).replace(co_name=function.__name__)
    function.__defaults__, function.__kwdefaults__ = None, {"call_": caller(inner)}


@cache
def _asking_code(free: tuple[str, ...]) -> Any:
    """The code of a function that hands everything to `call_`; it names the free variables, which are the function's."""
    names = ", ".join(free)
    made: dict[str, Any] = {}
    source = f"def outer({names}):\n def asking(*args, call_, **kwargs):\n  return call_(args, kwargs)\n  {names}\n return asking"
    exec(compile(source, "<asks first>", "exec"), made)
    return made["outer"](*free).__code__


def _caller(public: Callable[..., Any], inner: Callable[..., Any]) -> Callable[..., Any]:
    makes = inner.__name__ in _MAKING
    spreads = public.__name__ == "einsum"  # classes are told of operands one by one, not of a list

    def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if spreads and len(args) == 2 and isinstance(args[0], str) and isinstance(args[1], (list, tuple)):
            args = (args[0], *args[1])
        if has_modes():
            return call_modes(public, args, kwargs)
        if not makes and is_enabled() and (asked := asked_in(args, kwargs)):
            return ask(asked, public, args, kwargs)
        below = torch_function.below
        if below is not None and (found := below.direct_call(inner, args, kwargs)) is not NotImplemented:
            return found
        return made_by_user(inner(*args, **kwargs), call)

    return call


def made_by_user(result: Any, call: Any) -> Any:
    """`result`, whose node was made on the user's line, not on that of `call`."""
    first = result[0] if isinstance(result, tuple) and result else result
    node = getattr(first, "_maker", None)
    if node is not None and getattr(node, "_code", None) is call.__code__:
        set_site(result)
    return result


def public_of(operator: Operator) -> Any:
    """The public function that an operator is called by."""
    import pullback
    from pullback.tensor import Tensor

    function = operator.function
    if not function.__name__.startswith("_") and operator.name not in _SYMBOLS:
        return function
    name = _SYMBOLS.get(operator.name, operator.name)
    for space in (Tensor, pullback, pullback.nn.functional, pullback.linalg):
        found = getattr(space, name, None)
        if found is not None:
            return found
    return function
