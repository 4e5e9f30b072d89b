"""The words of operator signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

V = TypeVar("V", bound=Any)
"""A tensor in, a tensor out; an array in, an array out."""
Scalar: TypeAlias = "int | float | bool | complex"
Count: TypeAlias = "int"
"""An ``int``, for which callers may give a tensor without axes: the dispatcher reads it."""
Shape: TypeAlias = "Sequence[int]"
Dim: TypeAlias = "int | Sequence[int] | None"
