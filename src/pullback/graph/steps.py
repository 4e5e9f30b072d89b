"""The steps from a base to a view of it: triples of an operator, its arguments, and the number of the output taken."""

from __future__ import annotations

from typing import Any

Steps = tuple[tuple[Any, tuple[Any, ...], "int | None"], ...]


def replay(base: Any, steps: Steps) -> Any:
    """Follow `steps` from the tensor `base`."""
    for operator, arguments, nr in steps:
        base = operator.function(base, *arguments)
        if nr is not None:
            base = base[nr]
    return base


def replay_array(array: Any, steps: Steps) -> Any:
    """Follow `steps` from a raw array."""
    for operator, arguments, nr in steps:
        array = operator.forward(array, *arguments)
        if nr is not None:
            array = array[nr]
    return array
