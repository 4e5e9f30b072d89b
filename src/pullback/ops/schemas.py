"""Schemas of operators as text: ``(Tensor x, *, int n=2) -> Tensor``. Read, written from annotations, and bound to calls."""

from __future__ import annotations

import ast
import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from pullback.arrays import dtypes
from pullback.device import device
from pullback.graph.tensor_base import TensorBase

_NAMES = {int: "SymInt", float: "float", bool: "bool", str: "str", dtypes.dtype: "ScalarType", device: "Device"}
_SEQUENCES = (list, collections.abc.Sequence)
_RETURNED = ("Tensor", "Tensor[]", "SymInt", "float", "bool", "Scalar")
_CLASSES: dict[str, Any] = {
    "Tensor": TensorBase, "int": int, "SymInt": int, "float": (int, float), "bool": bool, "str": str,
}  # fmt: skip


class Argument(NamedTuple):
    """A parameter: ``Tensor(a!)? x=None`` is optional and written into."""

    name: str
    type: str
    default: Any
    keyword_only: bool
    mutable: bool
    aliased: bool = False

    @property
    def kwarg_only(self) -> bool:
        """`keyword_only` by PyTorch's name."""
        return self.keyword_only

    @property
    def default_value(self) -> Any:
        """The default, or `None`."""
        return None if self.default is inspect.Parameter.empty else self.default

    @property
    def alias_info(self) -> Any:
        """What has ``is_write`` for an argument whose memory is written into or shown by a result, else `None`."""
        return types.SimpleNamespace(is_write=self.mutable) if self.aliased else None


class Schema:
    """A schema that was read.

    Raises:
        RuntimeError: if `text` is no schema.
    """

    def __init__(self, text: str) -> None:
        name, opening, rest = text.partition("(")
        arguments, arrow, self.returns = rest.rpartition("->")
        if not opening:
            raise RuntimeError("Tried to parse a function schema but only the operator name was given")
        if not arrow or not arguments.rstrip().endswith(")"):
            raise RuntimeError(f"cannot read the schema {text!r}: expected 'name(type argument, …) -> type'")
        self.name, _, self.overload = name.strip().partition(".")
        self.text = f"{opening}{arguments.strip()} -> {self.returns.strip()}"
        self.arguments = list(_read_arguments(arguments.strip()[:-1], text))

    overload_name = property(lambda self: self.overload)

    @property
    def is_mutable(self) -> bool:
        """Whether a call writes into an argument."""
        return any(each.mutable for each in self.arguments)

    def bind(self, qualname: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """The value of each parameter, defaults filled in.

        Raises:
            RuntimeError: if the call does not fit.
        """
        declaration = f"Declaration: {qualname}{self.text}"
        positional = [each for each in self.arguments if not each.keyword_only]
        if len(args) > len(positional):
            raise RuntimeError(
                f"{qualname}() expected at most {len(positional)} argument(s) but received {len(args)} argument(s). "
                f"{declaration}"
            )
        values = {each.name: value for each, value in zip(positional, args)}
        for name, value in kwargs.items():
            if name in values or all(each.name != name for each in self.arguments):
                raise RuntimeError(
                    f"Unknown keyword argument '{name}' for operator '{qualname}'. Schema: {qualname}{self.text}"
                )
            values[name] = value
        found = []
        for place, each in enumerate(self.arguments):
            value = values.get(each.name, each.default)
            if value is inspect.Parameter.empty:
                raise RuntimeError(f"{qualname}() is missing value for argument '{each.name}'. {declaration}")
            expected = _CLASSES.get(each.type)
            undefined = value is None and (each.default is None or each.type == "Tensor")
            if expected and not isinstance(value, expected) and not undefined:
                raise RuntimeError(
                    f"{qualname}() Expected a value of type '{each.type}' for argument '{each.name}' but instead found "
                    f"type '{type(value).__name__}'.\nPosition: {place}\nValue: {value}\n{declaration}\n"
                    f"Cast error details: Unable to cast {value} to {each.type}"
                )
            found.append(float(value) if each.type == "float" and value is not None else value)
        return found


_KINDS = {"V": "Tensor", "V | Scalar": "Tensor", "V | None": "Tensor?", "Sequence[V]": "Tensor[]", "Count": "int"}


def written_schema(overload: Any) -> Schema:
    """The schema of one of our own operators, as far as its signature tells."""
    parts = []
    for place, each in enumerate(inspect.signature(overload._op).parameters.values()):
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) or each.name == "out":
            continue
        kind = _KINDS.get(str(each.annotation), str(each.annotation) if each.annotation in ("int", "bool") else "Any")
        if not place:
            kind = "Tensor(a!)" if overload._name.endswith("_") else "Tensor"
        parts.append(f"{kind} {'self' if each.name == 'input' else each.name}")
    name = overload.name()
    made = Schema(f"{name}({', '.join(parts)}) -> Tensor")
    made.name = name.partition(".")[0]
    return made


def _read_arguments(text: str, whole: str) -> Iterable[Argument]:
    keyword_only = False
    for part in _split(text):
        if part == "*":
            keyword_only = True
            continue
        declared, equals, default = part.partition("=")
        kind, space, name = declared.strip().rpartition(" ")
        if not space or not name.isidentifier():
            raise RuntimeError(f"cannot read the argument {part!r} of the schema {whole!r}")
        value = _default(default.strip()) if equals else inspect.Parameter.empty
        bare = kind.partition("(")[0] + kind.partition(")")[2] if "(" in kind else kind
        yield Argument(name, bare.replace(" ", ""), value, keyword_only, "!" in kind, "(" in kind)


def _split(text: str) -> list[str]:
    """The parts between the commas that are in no bracket and in no text."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if letter in "'\"" and quote in ("", letter):
            quote = "" if quote else letter
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _default(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return getattr(dtypes, text, text)  # float32; the names of layouts and reductions stay text


def infer_schema(
    prototype_function: Callable[..., Any], /, *, mutates_args: Any, op_name: str | None = None, tags: Any = ()
) -> str:
    """The schema of an annotated function.

    >>> import pullback as torch
    >>> def scale(x: torch.Tensor, factors: list[float], n: int = 1) -> torch.Tensor: ...
    >>> torch.library.infer_schema(scale, mutates_args={"x"})
    '(Tensor(a0!) x, float[] factors, SymInt n=1) -> Tensor'

    Raises:
        ValueError: for a parameter or a result without annotation, or with one that no schema has.
    """
    signature = inspect.signature(prototype_function, eval_str=True)

    def wrong(reason: str) -> ValueError:
        return ValueError(f"infer_schema(func): {reason} Got func with signature {signature})")

    parts, starred = [], False
    unknown = mutates_args == "unknown"
    for place, (name, each) in enumerate(signature.parameters.items()):
        if each.kind not in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY):
            raise wrong("We do not support positional-only args, varargs, or varkwargs.")
        if each.kind is each.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        if each.annotation is each.empty:
            raise wrong(f"Parameter {name} must have a type annotation.")
        kind = _type_name(each.annotation)
        if kind is None:
            raise wrong(f"Parameter {name} has unsupported type {each.annotation}.")
        if unknown or name in mutates_args:
            if kind.startswith("Tensor"):
                kind = kind.replace("Tensor", f"Tensor(a{place}!)", 1)
            elif not unknown:
                raise wrong(
                    f"Parameter {name} is in mutable_args but only Tensors or collections of Tensors can be mutated"
                )
        parts.append(
            f"{kind} {name}" + ("" if each.default is each.empty else f"={_written(name, each.default, wrong)}")
        )
    strange = set() if unknown else set(mutates_args) - set(signature.parameters)
    if strange:
        raise wrong(f"{strange} in mutates_args were not found in the custom op's signature.")
    return f"{op_name or ''}({', '.join(parts)}) -> {_returns(signature.return_annotation, wrong)}"


def _returns(annotation: Any, wrong: Callable[[str], ValueError]) -> str:
    if annotation is inspect.Signature.empty:
        raise wrong("No return type annotation was provided. Please add one.")
    if annotation is None:
        return "()"
    several = typing.get_origin(annotation) is tuple
    kinds = [_type_name(each) for each in (typing.get_args(annotation) if several else (annotation,))]
    for kind in kinds:
        if kind not in _RETURNED:
            raise wrong(f"Return has unsupported type {annotation}.")
    return f"({', '.join(map(str, kinds))})" if several else str(kinds[0])


def _type_name(annotation: Any) -> str | None:
    """``Tensor?`` for ``Optional[Tensor]``; `None` for what no schema has."""
    if isinstance(annotation, type) and issubclass(annotation, TensorBase):
        return "Tensor"
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        if set(inner) - {types.NoneType} == {int, float, bool}:
            return "Scalar" + "?" * (types.NoneType in inner)
        others = [each for each in inner if each is not types.NoneType]
        kind = _type_name(others[0]) if len(others) == 1 else None
        return kind and kind + "?"
    if origin in _SEQUENCES and len(inner) == 1:
        kind = _type_name(inner[0])
        return kind and kind + "[]"
    return _NAMES.get(annotation)


def _written(name: str, default: Any, wrong: Callable[[str], ValueError]) -> str:
    if default is None or isinstance(default, (bool, int, float)):
        return str(default)
    if isinstance(default, (str, device)):
        return f'"{default}"'
    if isinstance(default, dtypes.dtype):
        return str(default).removeprefix("torch.")
    raise wrong(f"Parameter {name} has an unsupported default value type {type(default)}.")
