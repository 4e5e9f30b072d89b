"""Operators under the names of PyTorch's C++ library: ``aten.mul.Tensor`` is an overload of ``aten.mul``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, reduce
from importlib import import_module
from inspect import signature
from typing import Any

from pullback.graph.record import OPERATORS, Operator

_OVERLOADS = {
    **dict.fromkeys(
        ("add", "sub", "rsub", "mul", "div", "remainder", "fmod", "eq", "ne", "lt", "le", "gt", "ge", "slice", "lerp"),
        "Tensor",
    ),
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), "Tensor"),
    **dict.fromkeys(("select", "transpose", "unbind"), "int"),
    **dict.fromkeys(("softmax", "log_softmax"), "int"),
    "masked_fill": "Scalar", "pow": "Tensor_Scalar", "split": "Tensor", "where": "self", "index": "Tensor",
    "std": "correction", "var": "correction", "std_mean": "correction", "var_mean": "correction", "empty": "memory_format",
    "squeeze": "dim",
}  # fmt: skip
"""The overload that is meant, where it is not ``default``."""
_BY_LAST = frozenset(
    "eq ne lt le gt ge rsub remainder fmod bitwise_and bitwise_or bitwise_xor masked_fill fill lerp".split()
)
"""Operators whose overload tells whether the last operand is a number."""
_BY_DIM = {
    "sum": "dim_IntList",
    "mean": "dim",
    "max": "dim",
    "min": "dim",
    "any": "dim",
    "all": "dim",
    "prod": "dim_int",
}
"""The overload of reductions along axes."""
_NAMES = {"slice_": "slice", "pow_number": "pow", "addmm_turned": "addmm", "max_dim": "max", "min_dim": "min",
          "true_divide": "div", "div_rounded": "div", "mm_turned": "mm", "logsigmoid": "log_sigmoid_forward",
          "filled_number": "fill", "filled_tensor": "fill", "embedding_rows": "embedding", "squeezed": "squeeze",
          "squeezed_dim": "squeeze", "transposed": "transpose", "c2c": "_fft_c2c", "r2c": "_fft_r2c", "c2r": "_fft_c2r",
          "round_whole": "round", "round_decimals": "round", "attention": "_scaled_dot_product_flash_attention_for_cpu",
          "unsafe_view": "_unsafe_view", "prelu_kernel": "_prelu_kernel", "max_pool2d": "max_pool2d_with_indices",
          "scaled": "mul", "divided": "div", "masked": "native_dropout"}  # fmt: skip
_SUFFIX = re.compile("_((by_|of_|at_)?number|numbers|tensors?|dims?|all|src|value)$")
"""Names of declarations that differ from those of PyTorch's library."""


def _proxy_among(args: Sequence[Any]) -> Any:
    """What stands for a tensor while a program is traced (`pullback.fx`), if an argument does."""
    for each in args:
        if hasattr(type(each), "_record_call"):
            return each
        if each.__class__ in (list, tuple) and (found := _proxy_among(each)) is not None:
            return found
    return None


def _found(*path: str) -> Any:
    """An operator or overload of a pickle."""
    return reduce(getattr, path, import_module("pullback.ops"))


class Overload:
    """An operator as modes and policies are told of it. All overloads of an operator are equal.

    >>> import pullback as torch
    >>> torch.ops.aten.mul.Tensor, torch.ops.aten.mul.Tensor(torch.ones(2), 3)
    (<OpOverload(op='aten.mul', overload='Tensor')>, tensor([3., 3.]))
    """

    namespace = "aten"

    def __init__(self, name: str, overload: str, function: Callable[..., Any], operator: Operator | None) -> None:
        self._name, self._overload, self.operator, self._op = name, overload, operator, function
        self.__name__, self.__module__ = f"{name}.{overload}", f"torch._ops.{self.namespace}"
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (proxy := _proxy_among(args)) is not None:
            return proxy._record_call(self, args, kwargs)
        return self._op(*args, **kwargs)

    def __reduce__(self) -> Any:
        return _found, (self.namespace, self._name, self._overload)

    def __str__(self) -> str:
        return f"{self.namespace}.{self._name}.{self._overload}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self.namespace}.{self._name}', overload='{self._overload}')>"

    def __eq__(self, other: Any) -> bool:
        operator = getattr(other, "operator", None)
        name = getattr(other, "_name", None) or (operator and overload_of(operator)._name)
        return bool(name == self._name)

    def __hash__(self) -> int:
        return hash(self._name)

    @property
    def _overloadname(self) -> str:
        return self._overload

    @property
    def _schema(self) -> Any:
        """What is known of the operands: their names, and whether the call writes into the first."""
        from pullback.ops.schemas import written_schema

        return written_schema(self)

    @property
    def tags(self) -> list[Any]:
        """None are known."""
        return []

    def name(self) -> str:
        """``aten::mul.Tensor``."""
        return f"{self.namespace}::{self._name}" + ("" if self._overload == "default" else f".{self._overload}")

    @property
    def overloadpacket(self) -> Packet:
        """The operator with all its overloads."""
        return packet(self._name)

    _overloadpacket = overloadpacket


class Packet:
    """An operator with its overloads as attributes, each made when asked for; a call goes to the operator."""

    namespace = "aten"

    def __init__(self, name: str, function: Callable[..., Any], operator: Operator | None = None) -> None:
        self._qualified_op_name = f"{self.namespace}::{name}"
        self.__name__, self.__doc__ = name, function.__doc__
        self._function, self._operator = function, operator

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if (proxy := _proxy_among(args)) is not None:
            return proxy._record_call(self, args, kwargs)
        try:
            return self._function(*args, **kwargs)
        except TypeError as error:
            if f"{self._function.__name__}() got an unexpected keyword" not in str(error):
                raise
            raise RuntimeError(
                f"Overloaded torch operator invoked from Python failed to match any schema:\n{error}"
            ) from None

    def __getattr__(self, name: str) -> Overload:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _made.get((self.__name__, name, self._operator))
        if made is None:
            made = Overload(self.__name__, name, self._function, self._operator)
            _made[self.__name__, name, self._operator] = made
        setattr(self, name, made)
        return made

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Packet) and other._qualified_op_name == self._qualified_op_name

    def __hash__(self) -> int:
        return hash(self._qualified_op_name)

    def __reduce__(self) -> Any:
        return _found, (self.namespace, self.__name__)

    def __str__(self) -> str:
        return f"{self.namespace}.{self.__name__}"

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"


_made: dict[tuple[str, str, Any], Overload] = {}
"""Overloads by name and operator: one object for each."""


def overload_for(operator: Operator, args: Sequence[Any] = (), kwargs: Any = None) -> Overload:
    """The overload by which modes and classes are told of a call."""
    name = aten_name(operator)
    key = name, overload_name(name, args), operator
    found = _made.get(key)
    if found is None:
        found = _made[key] = _public(operator, *key[:2]) or Overload(*key[:2], operator.function, operator)
    return found


def _public(operator: Operator, name: str, overload: str) -> Overload | None:
    """The overload that programs get by its name, if it takes what the operator takes."""
    try:
        public = packet(name)
    except AttributeError:
        return None
    wanted = [each.name for each in operator.parameters]
    try:
        found = signature(public._function).parameters.values()
        taken = [each.name for each in found if each.kind is not each.KEYWORD_ONLY][: len(wanted)]
    except (TypeError, ValueError):
        return None
    return getattr(public, overload) if taken == wanted else None  # type: ignore[no-any-return]


@cache
def aten_name(operator: Operator) -> str:
    """What PyTorch's library calls an operator: ``squeeze`` what is declared as ``squeeze_dim``."""
    name = _NAMES.get(operator.name, operator.name)
    for prefix in ("Linalg", "Special"):
        if operator.node_name.startswith(prefix) and not name.startswith(prefix.lower()):
            name = f"{prefix.lower()}_{name}"
    return _SUFFIX.sub("", name)


@cache
def overload_of(operator: Operator) -> Overload:
    """The overload by which policies are told of an operator."""
    return overload_for(operator)


def overload_name(name: str, args: Sequence[Any]) -> str:
    """Which overload fits the operands."""
    last = None if len(args) < 2 else "Scalar" if isinstance(args[-1], (bool, int, float, complex)) else "Tensor"
    if name in _BY_LAST:
        return last or "Tensor"
    if name == "pow" and last:
        return "Scalar" if not hasattr(args[0], "dtype") else f"Tensor_{last}"
    if name in _BY_DIM:
        return _BY_DIM[name] if last else "default"
    return _OVERLOADS.get(name, "default")


@cache
def packet(name: str) -> Packet:
    """The operator that is declared by this name, or the public function. ``AttributeError`` if there is none."""
    pullback = import_module("pullback")  # the public names, which stand above the operators
    for space in (pullback, pullback.nn.functional, pullback.special, pullback.Tensor):
        function = getattr(space, name.removesuffix("_copy"), None) if not name.startswith("__") else None
        if callable(function):
            return Packet(name, function, getattr(function, "operator", None) or _declared(name))
    found = _declared(name)
    if found is None:
        raise AttributeError(f"'_OpNamespace' 'aten' object has no attribute '{name}'")
    return Packet(name, found.function, found)


def _declared(name: str) -> Operator | None:
    named = (each for each in OPERATORS.values() if each.name == name.lstrip("_"))
    return next(named, None) or next((each for each in OPERATORS.values() if aten_name(each) == name), None)
