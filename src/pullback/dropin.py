"""``torch`` and every ``torch.x.y`` as names of pullback's own modules.

`install` puts a finder in front of the import system: ``import torch.nn.functional`` gives the very module object
``pullback.nn.functional``. Classes are the same under both names; they say that they are PyTorch's (``__module__``),
because programs tell tensors and layers by that name without importing ``torch``.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from pullback.absent import fill_modules
from pullback.graph import torch_function

_REAL = {"torch": "pullback", "functorch": "pullback._functorch.functorch"}

_TOLD = {
    "pullback.tensor": "torch",
    "pullback.size": "torch",
    "pullback.device": "torch",
    "pullback.arrays.dtypes": "torch",
    "pullback.arrays.limits": "torch",
    "pullback.ops.random.generator": "torch._C",
    "pullback.graph.hooks": "torch.utils.hooks",
}
"""What PyTorch calls the home of the classes of a module that stands elsewhere here."""

_ALIKE = ("pullback.nn.", "pullback.optim.", "pullback.distributions.", "pullback.autograd.", "pullback.utils.data.")
_FOLDED = "pullback.optim.lr_scheduler"


class _AliasLoader(importlib.abc.Loader):
    """Hands out the module that exists under the other name."""

    def __init__(self, real_name: str) -> None:
        self.real_name = real_name

    def create_module(self, spec: Any) -> ModuleType:
        module = importlib.import_module(self.real_name)
        self.kept = (module.__spec__, module.__loader__, module.__package__, module.__name__)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__, module.__loader__, module.__package__, module.__name__ = self.kept
        # Submodules that are loaded already get their other name too: importing one anew would set it as an attribute
        # of its package, over a function of the same name (``torch.autograd.gradcheck``).
        for name in [each for each in sys.modules if each.startswith(self.real_name + ".")]:
            sys.modules.setdefault("torch" + name[len("pullback") :], sys.modules[name])


def _tell_home(module: ModuleType) -> None:
    """Let the classes of one of our modules say where they stand in PyTorch."""
    name = module.__name__
    home = _TOLD.get(name)
    if home is None:
        if not name.startswith(_ALIKE) or "._" in name:
            return
        home = "torch" + (_FOLDED if name.startswith(_FOLDED) else name)[len("pullback") :]
        if home[len("torch") :] == name[len("pullback") :]:
            sys.modules.setdefault(home, module)  # whoever asks what a class's annotations mean looks there
    files = name.rpartition(".")[0] + "._"  # of ours alone, for what stands in one of PyTorch's
    for value in list(vars(module).values()):
        if isinstance(value, type) and (value.__module__ == name or value.__module__.startswith(files)):
            value.__module__ = home


def _telling(spec: Any) -> Any:
    """`spec`, whose loader has the module's classes say their home at last."""
    run = spec and spec.loader and spec.loader.exec_module

    def exec_module(module: ModuleType) -> None:
        run(module)
        _tell_home(module)

    if run:
        spec.loader.exec_module = exec_module
    return spec


class TorchFinder(importlib.abc.MetaPathFinder):
    """Finds ``torch`` and its submodules in pullback."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> Any:
        top, dot, rest = fullname.partition(".")
        if fullname in _TOLD or fullname.startswith(_ALIKE):
            others = (finder for finder in sys.meta_path if finder is not self)
            specs = (finder.find_spec(fullname, path, target) for finder in others)
            return _telling(next(filter(None, specs), None))
        if top not in _REAL:
            return None
        real = _REAL[top] + dot + rest
        try:
            found = importlib.util.find_spec(real)
        except ModuleNotFoundError:
            return None
        if found is None:
            raise ModuleNotFoundError(f"No module named '{fullname}'", name=fullname)
        spec = importlib.machinery.ModuleSpec(
            fullname, _AliasLoader(real), is_package=found.submodule_search_locations is not None
        )
        spec.submodule_search_locations = [] if spec.submodule_search_locations is not None else None
        return spec

    def find_distributions(self, context: Any = None) -> Iterator[Any]:
        """The package `torch`, for programs that ask `importlib.metadata` which version is installed."""
        name = getattr(context, "name", None)
        if name is None or name.lower() == "torch":
            from importlib.metadata import Distribution
            from pathlib import Path

            from pullback.torch_version import __version__

            class Torch(Distribution):
                def read_text(self, filename: str) -> str | None:
                    facts = f"Metadata-Version: 2.1\nName: torch\nVersion: {__version__}\nSummary: pullback's names\n"
                    return facts if filename == "METADATA" else None

                def locate_file(self, path: Any) -> Any:
                    return Path(__file__).parent / path

            yield Torch()


def _notice_classes() -> None:
    """Let public functions ask classes with a ``__torch_function__`` from the first such class on, tensor or not.

    Subclasses of tensors say so themselves. What is no tensor would be noticed at the first operator that meets it,
    which is too late for a function that prepares its arguments; so the making of classes is watched until then.
    """
    make = builtins.__build_class__

    def noticing(*args: Any, **kwargs: Any) -> Any:
        made = make(*args, **kwargs)
        facts = getattr(made, "__dict__", {})
        if "__torch_function__" in facts and not facts.get("__module__", "").startswith("pullback."):
            if builtins.__build_class__ is noticing:
                builtins.__build_class__ = make
            torch_function.when_met()
        return made

    builtins.__build_class__ = noticing


def install() -> None:
    """Make ``import torch`` mean pullback in this process. ``RuntimeError`` if PyTorch is already imported."""
    import pullback

    present = sys.modules.get("torch")
    if present is not None and present is not pullback:
        raise RuntimeError("PyTorch is already imported in this process; install pullback's names before that")
    if not any(isinstance(finder, TorchFinder) for finder in sys.meta_path):
        fill_modules()
        sys.meta_path.insert(0, TorchFinder())
        for module in [found for name, found in sys.modules.items() if name in _TOLD or name.startswith(_ALIKE)]:
            _tell_home(module)
        _notice_classes()
    sys.modules["torch"] = pullback
    pullback.__name__ = "torch"
