"""Operators under the names of PyTorch's C++ library: ``aten.mul.Tensor`` is an overload of ``aten.mul``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
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
}  # fmt: skip
"""The overload that is meant, where it is not ``default``."""
_NAMES = {"slice_": "slice", "pow_number": "pow", "addmm_turned": "addmm", "max_dim": "max", "min_dim": "min"}
"""Names of declarations that differ from those of PyTorch's library."""


class Overload:
    """An operator as modes and policies are told of it. All overloads of an operator are equal.

    >>> import pullback as torch
    >>> torch.ops.aten.mul.Tensor, torch.ops.aten.mul.Tensor(torch.ones(2), 3)
    (<OpOverload(op='aten.mul', overload='Tensor')>, tensor([3., 3.]))
    """

    namespace = "aten"

    def __init__(self, name: str, overload: str, function: Callable[..., Any], operator: Operator | None) -> None:
        self._name, self._overload, self.operator, self._op = name, overload, operator, function
        self.__name__ = f"{name}.{overload}"
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._op(*args, **kwargs)

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

    def name(self) -> str:
        """``aten::mul.Tensor``."""
        return f"{self.namespace}::{self._name}" + ("" if self._overload == "default" else f".{self._overload}")

    @property
    def overloadpacket(self) -> Packet:
        """The operator with all its overloads."""
        return packet(self._name)


class Packet:
    """An operator with its overloads as attributes, each made when asked for; a call goes to the operator."""

    namespace = "aten"

    def __init__(self, name: str, function: Callable[..., Any], operator: Operator | None = None) -> None:
        self._qualified_op_name = f"{self.namespace}::{name}"
        self.__name__, self.__doc__ = name, function.__doc__
        self._function, self._operator = function, operator

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
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
        made = Overload(self.__name__, name, self._function, self._operator)
        setattr(self, name, made)
        return made

    def __str__(self) -> str:
        return f"{self.namespace}.{self.__name__}"

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"


@cache
def overload_of(operator: Operator) -> Overload:
    """The overload by which modes and policies are told of an operator."""
    name = _NAMES.get(operator.name, operator.name)
    return Overload(name, _OVERLOADS.get(name, "default"), operator.function, operator)


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
    return next((each for each in OPERATORS.values() if each.name == name.lstrip("_")), None)
