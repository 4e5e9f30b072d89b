"""Checking a text for parts in their order."""

from __future__ import annotations

import re


class FileCheck:
    """Collects what a text must hold, in order; `run` looks for it, each part behind the last.

    >>> FileCheck().check("a").check_not("x").check_next("b").run("a 1\\nb 2")
    """

    def __init__(self) -> None:
        self._checks: list[tuple[str, str, str]] = []

    def _add(self, kind: str, text: str, tag: str) -> FileCheck:
        self._checks.append((kind, text, tag))
        return self

    def check(self, test_string: str) -> FileCheck:
        """Next comes `test_string`, anywhere behind the last part."""
        return self._add("find", test_string, "CHECK")

    def check_not(self, test_string: str) -> FileCheck:
        """`test_string` does not come before the next part."""
        return self._add("not", test_string, "CHECK-NOT")

    def check_same(self, test_string: str) -> FileCheck:
        """Next comes `test_string`, in the same line."""
        return self._add("same", test_string, "CHECK-SAME")

    def check_next(self, test_string: str) -> FileCheck:
        """Next comes `test_string`, in the next line."""
        return self._add("next", test_string, "CHECK-NEXT")

    def check_count(self, test_string: str, count: int, exactly: bool = False) -> FileCheck:
        """`test_string` comes `count` times, and if `exactly` not once more."""
        for _ in range(count):
            self._add("find", test_string, f"CHECK-COUNT-{count}")
        return self.check_not(test_string) if exactly else self

    def check_dag(self, test_string: str) -> FileCheck:
        """`test_string` comes; several of these may come in any order."""
        return self._add("dag", test_string, "CHECK-DAG")

    def check_regex(self, test_string: str) -> FileCheck:
        """Next comes a match of a regular expression."""
        return self._add("regex", test_string, "CHECK-REGEX")

    def run(self, test_string: str) -> None:
        """Look for everything in `test_string`.

        Raises:
            RuntimeError: for a part that is missing, or there where it should not be, or if nothing was asked.
        """
        text = str(test_string)
        if not self._checks:
            raise RuntimeError("No checks have been added to this instance ofFilecheck! Check for bad input.")
        start = end = 0
        absent: list[str] = []
        for i, (kind, wanted, tag) in enumerate(self._checks):
            if kind == "not":
                absent.append(wanted)
                continue
            if kind == "dag" and (i == 0 or self._checks[i - 1][0] != "dag"):
                start = end
            found = _find(text, kind, wanted, tag, start if kind == "dag" else end)
            if kind in ("same", "next"):
                _check_lines(text, end, found[0], kind, wanted, tag)
            for each in absent:
                _refuse(text, each, end, found[0])
            absent = []
            end = max(end, found[1]) if kind == "dag" else found[1]
        for each in absent:
            _refuse(text, each, end, len(text))


def _find(text: str, kind: str, wanted: str, tag: str, start: int) -> tuple[int, int]:
    found = re.compile(wanted if kind == "regex" else re.escape(wanted)).search(text, start)
    if found is None:
        word = "regex " if kind == "regex" else ""
        raise RuntimeError(
            f'Expected to find {word}"{wanted}" but did not find it\nSearched string:\n{text[start:]}\nFrom {tag}: {wanted}\n'
        )
    return found.span()


def _check_lines(text: str, end: int, start: int, kind: str, wanted: str, tag: str) -> None:
    breaks = text.count("\n", end, start)
    if breaks != (kind == "next"):
        raise RuntimeError(f'Expected to not find "\\n" but found it\n{text[end:]}\nFrom {tag}: {wanted}\n')


def _refuse(text: str, wanted: str, start: int, end: int) -> None:
    place = text.find(wanted, start, end)
    if place >= 0:
        begin = text.rfind("\n", 0, place) + 1
        line = text[begin:].partition("\n")[0]
        raise RuntimeError(
            f'Expected to not find "{wanted}" but found it\n{line}\n{" " * (place - begin)}{"~" * len(wanted)} <--- HERE\n'
            f"From CHECK-NOT: {wanted}\n"
        )
