"""Formulas written out: the arithmetic of a forward or a rule as lines of the generated source.

A rule such as ``lambda grad, other: grad * np.cos(other)`` is called once with symbols in the place of arrays. If all it
does is arithmetic and ufuncs, the symbols have noted it, line by line, ::

    v0 = cos(other)
    v1 = grad * v0

and these lines stand in the source in the place of a call: a frame less on the hottest path, and a reader of
``source_of(torch.sin)`` sees the derivative. A rule that asks for more than that (a dtype, a shape, a truth value, a
function that looks at its argument) ends the attempt and is called as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple, NoReturn

import numpy as np


class NotPlain(Exception):
    """The function does something that a line of arithmetic cannot say."""


class Notes:
    """The lines noted so far, and the ufuncs they call, under their names after `prefix`."""

    __slots__ = ("lines", "prefix", "ufuncs")

    def __init__(self, prefix: str) -> None:
        self.lines: list[str] = []
        self.prefix = prefix
        self.ufuncs: dict[str, Any] = {}

    def add(self, formula: str) -> Symbol:
        """Note a line; the symbol for its value."""
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {formula}")
        return Symbol(name, self)


def _written(value: Any) -> str:
    """An operand in source: a symbol's name or a Python number."""
    if type(value) is Symbol:
        return value._name
    if type(value) is int or (type(value) is float and isfinite(value)):
        return f"({value!r})" if value < 0 else repr(value)
    raise NotPlain


def _binary(sign: str) -> tuple[Any, Any]:
    def left(self: Symbol, other: Any) -> Symbol:
        return self._notes.add(f"{self._name} {sign} {_written(other)}")

    def right(self: Symbol, other: Any) -> Symbol:
        return self._notes.add(f"{_written(other)} {sign} {self._name}")

    return left, right


class Symbol:
    """Stands for an array while a formula is noted."""

    __slots__ = ("_name", "_notes")

    def __init__(self, name: str, notes: Notes) -> None:
        self._name = name
        self._notes = notes

    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")
    __pow__, __rpow__ = _binary("**")

    def __neg__(self) -> Symbol:
        return self._notes.add(f"-{self._name}")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Symbol:
        if method != "__call__" or kwargs or getattr(np, str(ufunc.__name__), None) is not ufunc:
            raise NotPlain
        name = self._notes.prefix + ufunc.__name__
        self._notes.ufuncs[name] = ufunc
        return self._notes.add(f"{name}({', '.join(map(_written, inputs))})")

    def _refuse(self, *_: Any) -> NoReturn:
        raise NotPlain

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __getitem__ = _refuse  # type: ignore[assignment]
    __array__ = __array_function__ = _refuse
    __class__ = property(_refuse)  # type: ignore[assignment]


class Formula(NamedTuple):
    """Lines of source, the expression of the value after them, and the ufuncs they call by name."""

    lines: list[str]
    value: str
    ufuncs: dict[str, Any]


def written_out(
    function: Callable[..., Any], symbols: dict[str, str], given: dict[str, Any], prefix: str = ""
) -> Formula | None:
    """What `function` does with arrays; `None` if it is no plain formula.

    `symbols` says what variable stands for each of its parameters, `given` the values of the others.

    >>> written_out(lambda grad, x: grad * np.cos(x), {"grad": "g", "x": "a_x"}, {}).lines
    ['v0 = cos(a_x)', 'v1 = g * v0']
    """
    notes = Notes(prefix)
    try:
        found = function(**{name: Symbol(variable, notes) for name, variable in symbols.items()}, **given)
    except Exception:
        return None
    return Formula(notes.lines, found._name, notes.ufuncs) if type(found) is Symbol else None
