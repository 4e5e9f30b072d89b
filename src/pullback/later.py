"""Operators whose modules are loaded when they are first used.

Everything PyTorch offers is a lot to load for a program that adds and multiplies. Where a class body or a table binds
what few programs need, it takes the module from here and binds as usual::

    if TYPE_CHECKING:
        from pullback.ops.matrix import singular
    else:
        (singular,) = later("pullback.ops.matrix", "singular")

    class MatrixMethods:
        svd = singular.svd

`svd` is then a placeholder that turns into the function the first time somebody asks for it: as an attribute of the
class or an instance (it takes its own place in the class, so that happens once), or by a call.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def later(package: str, names: str) -> tuple[Module, ...]:
    """Stand-ins for the modules of `package` in the blank-separated list `names`."""
    return tuple([Module(f"{package}.{name}") for name in names.split()])


class Module:
    """A module that is loaded when something of it is used; its attributes are placeholders."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder(lambda: getattr(import_module(self._path), name))


class Placeholder:
    """Something that `load` will find."""

    __slots__ = ("_load", "_places")

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load
        self._places: list[tuple[type, str]] = []

    def then(self, wrap: Callable[[Any], Any]) -> Placeholder:
        """A placeholder for ``wrap(what this one stands for)``."""
        return Placeholder(lambda: wrap(self._load()))

    def __set_name__(self, owner: type, name: str) -> None:
        self._places.append((owner, name))

    def __get__(self, instance: Any, owner: type) -> Any:
        found = self._load()
        for cls, name in self._places:
            setattr(cls, name, found)
        return found.__get__(instance, owner)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._load()(*args, **kwargs)
