"""torch.torch_version: a version that is a text and compares as a version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pullback.version import __version__ as internal_version

__all__ = ["TorchVersion"]


class TorchVersion(str):
    """A version: compares with others, with texts and with tuples, number by number.

    >>> version = TorchVersion("2.13.0+cpu")
    >>> version > "2.9", version >= (1, 8), version == "2.13.0+cpu", version.split(".")[0]
    (True, True, True, '2')
    """

    __slots__ = ()
    __hash__ = str.__hash__

    def _compare(self, other: Any, compare: str) -> bool:
        try:
            theirs = _key(other)
        except ValueError:
            return bool(getattr(str, compare)(self, str(other)))
        return bool(getattr(_key(self), compare)(theirs))

    def __lt__(self, other: Any) -> bool:
        return self._compare(other, "__lt__")

    def __le__(self, other: Any) -> bool:
        return self._compare(other, "__le__")

    def __gt__(self, other: Any) -> bool:
        return self._compare(other, "__gt__")

    def __ge__(self, other: Any) -> bool:
        return self._compare(other, "__ge__")

    def __eq__(self, other: Any) -> bool:
        return self._compare(other, "__eq__")

    def __ne__(self, other: Any) -> bool:
        return not self == other


_FORM = re.compile(
    r"v?(\d+(?:\.\d+)*)[-_.]?(?:(a|b|c|rc|alpha|beta|pre|dev)[-_.]?(\d*))?.*?(?:\+(.*))?$", re.IGNORECASE
)
_BEFORE_RELEASE = {"dev": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3}
_RELEASE = 4


def _key(version: Any) -> tuple[Any, ...]:
    """What versions are ordered by: the numbers without zeros at the end, then how near to the release, then the label."""
    text = version if isinstance(version, str) else ".".join(map(str, version)) if _is_many(version) else None
    found = None if text is None else _FORM.match(text)
    if found is None:
        raise ValueError(f"{version!r} is no version")
    numbers = [int(number) for number in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    stage = _BEFORE_RELEASE[found[2].lower()] if found[2] else _RELEASE
    return numbers, stage, int(found[3] or 0), found[4] or ""


def _is_many(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (bytes, dict))


__version__ = TorchVersion(internal_version)
