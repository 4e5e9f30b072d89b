"""Which entries a change of the code reaches: those whose operator's module changed, or a module that it needs."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from . import entries
from .resolve import Missing, counterpart

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
# Where operators and their numbers live; what lies below (`graph`) or beside has tests of its own.
FOLDERS = tuple(
    f"pullback.{name}" for name in "ops arrays methods nn.functional linalg fft special masked signal".split()
)


def git(*words: str) -> list[str]:
    """The lines that git answers; none where there is no git, no repository or no such commit."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return done.stdout.split("\n")[:-1]


def base() -> str:
    """The commit to compare with: ``$PARITY_BASE``, where this branch left ``origin/main``, or the one before."""
    if named := os.environ.get("PARITY_BASE"):
        return named
    [head] = git("rev-parse", "HEAD") or [""]
    fork = git("merge-base", "HEAD", "origin/main")
    return fork[0] if fork and fork[0] != head else "HEAD~1"


def changed_modules(commit: str) -> set[str]:
    """The modules of operators that differ from `commit` in the work tree."""
    files = git("diff", "--name-only", commit, "--", "src/pullback")
    return {module for module in map(_module, files) if _counts(module)}


def _module(file: str) -> str:
    return file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _counts(module: str) -> bool:
    return any(module == folder or module.startswith(f"{folder}.") for folder in FOLDERS)


@cache
def needs(module: str) -> frozenset[str]:
    """The modules of operators that `module` names in its imports, those that are loaded later included."""
    place = SOURCE / module.replace(".", "/")
    file = next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.exists()), None)
    return frozenset(filter(_counts, _imported(file))) if file else frozenset()


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.JoinedStr()]):  # a package that picks its own
                yield from (_module(str(each.relative_to(ROOT))) for each in file.parent.glob("*.py"))
            case ast.ImportFrom(module=str(package), names=names):
                yield from (package, *(f"{package}.{each.name}" for each in names))
            case ast.Call(func=ast.Name(id="later"), args=[ast.Constant(value=package), ast.Constant(value=names)]):
                yield from (f"{package}.{name}" for name in names.split())


def distance(homes: set[str], changed: set[str]) -> int | None:
    """How many imports lie between `homes` and the nearest of `changed`; None where none leads there."""
    seen, layer, steps = set(homes), homes, 0
    while layer:
        if layer & changed:
            return steps
        layer = {found for module in layer for found in needs(module)} - seen
        seen |= layer
        steps += 1
    return None


def homes(entry: Any, library: ModuleType) -> set[str]:
    """The modules that hold the operator of `entry`, or what the table's own function for it calls."""
    try:
        found = counterpart(entry.op, entry.name, library)
    except Missing:
        return set()
    if isinstance(found, FunctionType) and found.__module__.startswith("torch.testing"):
        places = (library.Tensor, library, library.nn.functional, library.linalg)
        return {_home(getattr(place, name, None)) for name in _names(found.__code__) for place in places}
    return {_home(found)}


def _names(code: CodeType) -> Iterator[str]:
    """The names in `code` and in the functions that it defines."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _home(found: Any) -> str:
    """The module that defines a function, a property or a partial application of one."""
    for inner in ("func", "fget"):
        found = getattr(found, inner, found)
    return getattr(found, "__module__", None) or ""


def reached(library: ModuleType, commit: str = "") -> list[str]:
    """Keys of the entries that what changed since `commit` reaches, the nearest first."""
    changed = changed_modules(commit or base())
    if not changed:
        return []
    found = ((distance(homes(entry, library), changed), key) for key, entry in entries.table().items())
    return [key for _, key in sorted((steps, key) for steps, key in found if steps is not None)]
