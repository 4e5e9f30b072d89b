"""What `torch.compile` makes of a module: a module around it, which runs it as it stands."""

from __future__ import annotations

from typing import Any

from pullback.nn import Module

__all__ = ["OptimizeContext", "OptimizedModule"]


class OptimizeContext:
    """The settings a module was compiled with, which have no effect here."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings


class OptimizedModule(Module):
    """A compiled module: `_orig_mod` is the module itself, to which attributes are passed on; names in its state begin
    with ``_orig_mod.``.

    >>> import pullback as torch
    >>> list(torch.compile(torch.nn.Linear(2, 1)).state_dict())
    ['_orig_mod.weight', '_orig_mod.bias']
    """

    _is_torch_compile = True

    def __init__(self, mod: Module, dynamo_ctx: Any = None) -> None:
        super().__init__()
        own = self.__dict__
        del own["training"]  # that of the module, see `training`
        own["_modules"]["_orig_mod"] = mod
        own["dynamo_ctx"] = dynamo_ctx

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self._orig_mod(*args, **kwargs)

    @property
    def training(self) -> bool:  # type: ignore[override]
        """The module's own."""
        return self._orig_mod.training  # type: ignore[no-any-return]

    @training.setter
    def training(self, value: bool) -> None:
        self._orig_mod.training = value

    def __getattr__(self, name: str) -> Any:
        modules = self.__dict__.get("_modules", ())
        if name in modules or "_orig_mod" not in modules:
            return super().__getattr__(name)
        return getattr(modules["_orig_mod"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training" or name in self.__dict__:
            object.__setattr__(self, name, value)
        else:
            setattr(self._orig_mod, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._orig_mod, name)

    def __len__(self) -> int:
        if not hasattr(type(self._orig_mod), "__len__"):
            raise TypeError(f"{type(self._orig_mod).__name__} does not support len()")
        return len(self._orig_mod)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._orig_mod)})
