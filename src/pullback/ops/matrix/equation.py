"""Einstein's summation convention in text: ``"ij,jk->ik"``.

An equation becomes lists of labels, one list for each operand and one for the result. A label is a letter; the axes that
an ellipsis stands for are the labels 0, 1, … counted from the last one back, so that they broadcast from the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

Labels = list[Any]
ELLIPSIS = "..."


class Equation(NamedTuple):
    """The labels of each operand's axes and of the result's; `ELLIPSIS` stands for any number of axes."""

    operands: list[Labels]
    result: Labels | None


def parse(text: str) -> Equation:
    """The labels in an equation.

    Raises ``RuntimeError`` for what is not a letter, an ellipsis, a comma or one arrow.

    >>> parse("i...,ij->j...")
    Equation(operands=[['i', '...'], ['i', 'j']], result=['j', '...'])
    """
    arrow = text.find("->")
    left, right = (text, None) if arrow < 0 else (text[:arrow], text[arrow + 2 :])
    operands, start = [], 0
    for number, part in enumerate(left.split(",")):
        operands.append(_labels(part, start, f"operand {number}"))
        start += len(part) + 1
    return Equation(operands, None if right is None else _labels(right, arrow + 2, "output"))


def _labels(part: str, start: int, owner: str) -> Labels:
    found: Labels = []
    place = 0
    while place < len(part):
        letter = part[place]
        if letter == ".":
            if ELLIPSIS in found:
                why = "but an ellipsis (...)" if owner == "output" else "for which an ellipsis"
                raise RuntimeError(f"einsum(): found '.' for {owner} {why} was already found")
            if part[place : place + 3] != ELLIPSIS:
                dots = " (...)" if owner == "output" else ""
                raise RuntimeError(f"einsum(): found '.' for {owner} that is not part of any ellipsis{dots}")
            found.append(ELLIPSIS)
            place += 2
        elif letter.isascii() and letter.isalpha():
            found.append(letter)
        elif letter != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + place} in the equation string, subscripts must be "
                "in [a-zA-Z]"
            )
        place += 1
    return found


def from_lists(arguments: Sequence[Any]) -> tuple[str, list[Any]]:
    """The equation and the operands of the form ``operand, labels, operand, labels, …, result labels``.

    >>> from_lists(["A", [0, 1], "B", [1, 2], [0, 2]])
    ('AB,BC->AC', ['A', 'B'])
    """
    pairs = len(arguments) // 2
    text = ",".join(_letters(labels) for labels in arguments[1 : 2 * pairs : 2])
    if len(arguments) % 2:
        text += "->" + _letters(arguments[-1])
    return text, list(arguments[0 : 2 * pairs : 2])


def _letters(labels: Sequence[Any]) -> str:
    letters = []
    for label in labels:
        if label is Ellipsis:
            letters.append(ELLIPSIS)
        elif 0 <= label < 26:
            letters.append(chr(ord("A") + label))
        elif 26 <= label < 52:
            letters.append(chr(ord("a") + label - 26))
        else:
            raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    return "".join(letters)


def settle(equation: Equation, ranks: Sequence[int]) -> tuple[list[Labels], Labels]:
    """The labels with every ellipsis spelled out, for operands of these ranks; an implied result is made explicit.

    Raises ``RuntimeError`` if the numbers of operands or of axes do not fit.

    >>> settle(parse("...j,jk"), [3, 2])
    ([[1, 0, 'j'], ['j', 'k']], [1, 0, 'k'])
    """
    if len(equation.operands) > len(ranks):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    if len(equation.operands) < len(ranks):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    spelled, widest = [], 0
    for number, (labels, rank) in enumerate(zip(equation.operands, ranks)):
        rest = rank - len(labels) + (ELLIPSIS in labels)
        if (rest and ELLIPSIS not in labels) or rest < 0:
            words = "and no ellipsis was given" if ELLIPSIS not in labels else "even with an ellipsis of no dimensions"
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(labels) - (ELLIPSIS in labels)}) does not "
                f"match the number of dimensions ({rank}) for operand {number} {words}"
            )
        widest = max(widest, rest if ELLIPSIS in labels else 0)
        spelled.append(_spell(labels, rest))
    if equation.result is None:
        once = [x for x in _all(spelled) if isinstance(x, str) and sum(labels.count(x) for labels in spelled) == 1]
        return spelled, _spell([ELLIPSIS], widest) + sorted(set(once))
    result = _spell(equation.result, widest)
    for label in result:
        if result.count(label) > 1:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if isinstance(label, str) and label not in _all(spelled):
            raise RuntimeError(
                f"einsum(): output subscript {label} does not appear in the equation for any input operand"
            )
    return spelled, result


def _spell(labels: Labels, count: int) -> Labels:
    """The labels with an ellipsis of `count` axes spelled out."""
    if ELLIPSIS not in labels:
        return list(labels)
    at = labels.index(ELLIPSIS)
    return [*labels[:at], *range(count - 1, -1, -1), *labels[at + 1 :]]


def _all(operands: list[Labels]) -> Labels:
    return [label for labels in operands for label in labels]
