"""Questions about numbers that may be symbols; here each is a plain number, and known."""

from __future__ import annotations

from typing import Any


class GuardOnDataDependentSymNode(RuntimeError):
    """A symbol whose value is not known; never raised here."""


def statically_known_true(x: Any) -> bool:
    """Whether `x` is true."""
    return bool(x)


guard_or_false = guard_or_true = guard_bool = statically_known_true


def free_symbols(val: Any) -> set[Any]:
    """None."""
    return set()


free_unbacked_symbols = free_symbols


def has_free_symbols(val: Any) -> bool:
    """False."""
    return False


has_free_unbacked_symbols = has_symbolic_sizes_strides = has_free_symbols


def is_concrete_int(a: Any) -> bool:
    """True."""
    return True


is_concrete_bool = is_concrete_float = is_concrete_int
