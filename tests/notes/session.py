"""Run the cells of a note as a notebook does: in one namespace, showing what is printed and the last value."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Check = Callable[[dict[str, Any], Any], bool]


@dataclass(frozen=True)
class Cell:
    """A cell of a note: its code and what the note shows under it."""

    code: str
    shows: str = ""
    random: bool = False
    """The note's numbers came from an unseeded generator: the form of the text is compared, and `check`."""
    check: Check | None = None
    """What must hold of the namespace and the shown value: the mathematics of the cell."""


class Session:
    """A notebook on pullback."""

    def __init__(self, torch: Any) -> None:
        self.names: dict[str, Any] = {"torch": torch}

    def run(self, code: str) -> tuple[str, Any]:
        """The text that a cell shows, and the value of its last expression."""
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        printed, value = io.StringIO(), None
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, "<cell>", "exec"), self.names)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.names)
        return (printed.getvalue() + ("" if value is None else displayed(value))).strip(), value


def displayed(value: Any) -> str:
    """A value as a notebook displays it: objects without a repr of their own as ``<Name at 0x…>``."""
    text = repr(value)
    plain = re.fullmatch(r"<(?:[\w.]+\.)?(\w+) object at (0x[0-9a-f]+)>", text)
    return f"<{plain[1]} at {plain[2]}>" if plain else text


def comparable(text: str, random: bool) -> str:
    """Text without what differs from run to run: addresses, and for random cells the digits and the padding."""
    text = re.sub(r"0x[0-9a-f]+", "0x0", text.strip())
    if random:
        text = re.sub(r"\s+", " ", re.sub(r"\s*-?\d+\.(\d+)", lambda m: " #." + "d" * len(m[1]), text))
    return text
