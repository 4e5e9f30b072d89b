"""Names that can be imported, of things that are not here: each raises when it is used.

`fill_modules` is for programs that know pullback as torch: whole modules of PyTorch that are missing here, and names
missing in modules that are here, as `absent_names.txt` lists them, so that a program that imports more than it uses runs.
"""

from __future__ import annotations

import ast
import importlib.abc
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType
from typing import Any


def absent(names: str, why: str, error: type[Exception] = NotImplementedError) -> dict[str, Any]:
    """Functions of these names that raise `error` when called."""

    def made(name: str) -> Any:
        def refuse(*args: Any, **settings: Any) -> Any:
            raise error(f"{name}: {why}")

        refuse.__name__ = refuse.__qualname__ = name
        return refuse

    return {name: made(name) for name in names.split()}


def _absent_class(name: str, module: str, why: str) -> type:
    def refuse(cls: type, *args: Any, **settings: Any) -> Any:
        raise NotImplementedError(f"{name}: {why}")

    return type(name, (), {"__new__": refuse, "__module__": module, "__doc__": f"Not here: {why}."})


def _stand_in(word: str, module: str, why: str) -> tuple[str, Any]:
    """The name and the value that a word of the list asks for."""
    name, sign, rest = word.partition("=")
    if sign:
        return name, ast.literal_eval(rest)
    name, sign, rest = word.partition("@")
    if sign:
        return name, resolve_name(rest if ":" in rest else f"{rest}:{name}")
    name = word.rstrip("!")
    if name != word or name.endswith(("Error", "Exception")):
        return name, type(name, (RuntimeError,), {"__module__": module})
    if name.lstrip("_")[:1].isupper():
        return name, _absent_class(name, module, why)
    return name, absent(name, why)[name]


def read_names() -> dict[str, tuple[str, str]]:
    """The list: for each module why it lacks names, and the words for them."""
    found: dict[str, tuple[str, str]] = {}
    why = module = ""
    for line in (Path(__file__).parent / "absent_names.txt").read_text().split("\n\n", 1)[1].splitlines():
        if line.startswith("# "):
            why = line[2:]
        elif line.startswith(" "):
            found[module] = (why, found[module][1] + line)
        else:
            short, _, words = line.partition(":")
            module = f"pullback.{short}"
            found[module] = (why, words)
            for above in (module.rsplit(".", n)[0] for n in range(1, module.count("."))):
                found.setdefault(above, (why, ""))
    return found


class _Loader(importlib.abc.Loader):
    """Loads a module as `inner` does, or makes an empty one up, and adds the names that it lacks."""

    def __init__(self, inner: Any, why: str, words: str) -> None:
        self.inner, self.why, self.words = inner, why, words

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def exec_module(self, module: ModuleType) -> None:
        if self.inner is None:
            module.__doc__ = f"Not here: {self.why}."
        else:
            self.inner.exec_module(module)
        fill(module, self.why, self.words)


def fill(module: ModuleType, why: str, words: str) -> None:
    """Add to `module` what it lacks of the names in `words`."""
    vars(module).setdefault("__path__", [])  # whatever is listed may have listed submodules
    late = "__getattr__" in vars(module)
    for word in words.split():
        name = word.split("=")[0].split("@")[0].rstrip("!")
        if name not in vars(module) and not (late and hasattr(module, name)):
            vars(module)[name] = _stand_in(word, module.__name__, why)[1]


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the list."""

    def __init__(self) -> None:
        self.names = read_names()

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if fullname not in self.names:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None:
            spec = ModuleSpec(fullname, None, is_package=True)
        spec.loader = _Loader(spec.loader, *self.names[fullname])
        return spec


def fill_modules() -> None:
    """Let the listed names be imported, from now on and in the modules loaded already."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    for name in finder.names.keys() & sys.modules.keys():
        fill(sys.modules[name], *finder.names[name])
