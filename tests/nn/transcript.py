"""Transcripts: what PyTorch 2.13 answered, to be compared with what pullback answers.

A transcript is a text of Python in which a line ``? expression`` is followed by lines ``= …``: the representation of the
result, the warnings that were given, or the error. ``python -m tests.nn.transcript`` asks PyTorch anew.
"""

from __future__ import annotations

import re
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "transcripts"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))
LONGEST = 1200
"""Characters that are kept of an answer."""

_NUMBER = re.compile(r"(?<![\w.])(-?\d+\.\d*(?:e[-+]\d+)?|-?\d+e[-+]\d+)")


def read(name: str) -> list[tuple[str, str]]:
    """Steps of a transcript: code without an answer, or ``? expression`` with one."""
    steps: list[tuple[str, str]] = []
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        if line == "=" or line.startswith("= "):
            code, text = steps[-1]
            steps[-1] = (code, f"{text}\n{line[2:]}" if text else line[2:])
        elif line.startswith("? ") or not steps or steps[-1][0].startswith("? "):
            steps.append((line, ""))
        else:
            steps[-1] = (f"{steps[-1][0]}\n{line}", "")
    return steps


def answers(steps: list[tuple[str, str]], torch: Any) -> list[tuple[str, str]]:
    """The expressions, each with what `torch`, which may be pullback, answers."""
    torch.manual_seed(0)
    names: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "__name__": "__main__"}
    found = []
    for code, _ in steps:
        if code.startswith("? "):
            found.append((code[2:], answer(code[2:], names)))
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(code, names)
    return found


def answer(expression: str, names: dict[str, Any]) -> str:
    """The representation of the result and of the warnings, or the error."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            text = told(eval(expression, names))
        except Exception as error:
            text = f"{type(error).__name__}: {str(error)[:100]}"
    text += "".join(f"\n{each.category.__name__}: {str(each.message)[:100]}" for each in given)
    return "\n".join(line.rstrip() for line in plain(text)[:LONGEST].split("\n"))


def told(value: Any) -> str:
    """The representation, in which ordered dictionaries are those of Python 3.11 on every Python."""
    if type(value) is OrderedDict:
        return (
            f"OrderedDict([{', '.join([f'({key!r}, {told(each)})' for key, each in value.items()])}])"
            if value
            else "OrderedDict()"
        )
    if type(value) in (list, tuple) and any(type(each) is OrderedDict for each in value):
        inside = ", ".join(map(told, value)) + ("," if type(value) is tuple and len(value) == 1 else "")
        return f"[{inside}]" if type(value) is list else f"({inside})"
    return repr(value)


def plain(text: str) -> str:
    """`text` without addresses, and with PyTorch's names of modules."""
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    text = re.sub(r"<pullback\.[\w.]*\.(\w*(?:Backward\d?|CopySlices|AccumulateGrad)) object>", r"<\1 object>", text)
    return re.sub(r"\bpullback\.", "torch.", text)


def same(one: str, other: str) -> bool:
    """Whether two answers agree: numbers closely, everything else to the letter."""
    parts, others = _NUMBER.split(one), _NUMBER.split(other)
    if parts[::2] != others[::2]:
        return False
    return all(abs(float(a) - float(b)) <= 2e-4 + 1e-3 * abs(float(b)) for a, b in zip(parts[1::2], others[1::2]))


def write(name: str, steps: list[tuple[str, str]]) -> None:
    """Write a transcript."""
    lines = []
    for code, text in steps:
        lines.append(code)
        lines += [f"= {line}".rstrip() for line in text.split("\n")] if code.startswith("? ") else []
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    import torch

    for each in NAMES:
        steps = read(each)
        asked = iter(answers(steps, torch))
        write(each, [(code, next(asked)[1] if code.startswith("? ") else "") for code, _ in steps])
