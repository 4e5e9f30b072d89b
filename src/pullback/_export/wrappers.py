"""What marks a class as fit for exporting. Nothing is exported here, so a mark changes nothing."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def mark_subclass_constructor_exportable_experimental(constructor_subclass: F) -> F:
    """The constructor of a class of tensors, as it is."""
    return constructor_subclass
