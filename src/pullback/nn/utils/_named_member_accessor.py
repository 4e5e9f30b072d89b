"""Reading and replacing tensors and modules by dotted path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pullback.nn.modules.module import Module
from pullback.tensor import Tensor

_MISSING: Any = object()


def set_tensor(module: Any, name: str, tensor: Any) -> None:
    """Put `tensor` in the place of the parameter or buffer `name`."""
    swap_tensor(module, name, tensor, allow_missing=True)


def swap_tensor(module: Any, name: str, tensor: Any, allow_missing: bool = False) -> Any:
    """Put `tensor` in the place of `name`, whatever its kind, and return what was there."""
    if not isinstance(module, Module):
        raise TypeError(f"{module} is not an instance of torch.nn.Module")
    if tensor is not _MISSING and tensor is not None and not isinstance(tensor, Tensor):
        raise TypeError(f"{tensor} is not an instance of torch.Tensor")
    _check_name("tensor", name)
    for store in (module._parameters, module._buffers):
        if name in store:
            former = store[name]
            if tensor is _MISSING:
                del store[name]
            else:
                store[name] = tensor
            return former
    former = getattr(module, name, _MISSING)
    if former is _MISSING and not allow_missing:
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    if former is not _MISSING and former is not None and not isinstance(former, Tensor):
        raise TypeError(f"attribute `{name}`: {former} is not an instance of torch.Tensor")
    if tensor is not _MISSING:
        setattr(module, name, tensor)
    elif former is not _MISSING:
        delattr(module, name)
    return former


def swap_submodule(module: Any, name: str, submodule: Any) -> Any:
    """Put `submodule` in the place of the child `name` and return what was there."""
    for each in (module, submodule):
        if not isinstance(each, Module):
            raise TypeError(f"{each} is not an instance of torch.nn.Module")
    _check_name("submodule", name)
    if name not in module._modules:
        raise KeyError(f"submodule {name} does not exist")
    former = module._modules[name]
    if not isinstance(former, Module):
        raise TypeError(f"{name} attribute is not an instance of torch.nn.Module")
    module._modules[name] = submodule
    return former


def _check_name(kind: str, name: str) -> None:
    if "." in name:
        raise KeyError(f'{kind} name can\'t contain "."')
    if name == "":
        raise KeyError(f'{kind} name can\'t be empty string ""')


class NamedMemberAccessor:
    """Members of a module by dotted path. Owners are looked up once, so replacing many is quick.

    >>> import pullback as torch
    >>> accessor = NamedMemberAccessor(torch.nn.Sequential(torch.nn.Linear(1, 1)))
    >>> accessor.swap_tensor("0.weight", torch.zeros(1, 1)).shape
    torch.Size([1, 1])
    """

    def __init__(self, module: Any) -> None:
        self.module = module
        self.memo: dict[str, Any] = {}

    def get_submodule(self, name: str) -> Any:
        """The module at the path `name`."""
        if name not in self.memo:
            self.memo[name] = self.module.get_submodule(name)
        return self.memo[name]

    def _owner(self, name: str) -> tuple[Any, str]:
        path, _, last = name.rpartition(".")
        return self.get_submodule(path), last

    def swap_submodule(self, path: str, value: Any) -> Any:
        """Replace the module at `path` and return what was there."""
        owner, last = self._owner(path)
        return swap_submodule(owner, last, value)

    def get_tensor(self, name: str) -> Any:
        """The tensor at the path `name`."""
        owner, last = self._owner(name)
        tensor = getattr(owner, last)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"{tensor} is not an instance of torch.Tensor")
        return tensor

    def set_tensor(self, name: str, value: Any) -> None:
        """Replace the tensor at `name`, which need not exist."""
        owner, last = self._owner(name)
        set_tensor(owner, last, value)

    def del_tensor(self, name: str) -> None:
        """Take the tensor at `name` away."""
        owner, last = self._owner(name)
        swap_tensor(owner, last, _MISSING)

    def swap_tensor(self, name: str, value: Any, allow_missing: bool = False) -> Any:
        """Replace the tensor at `name` and return what was there."""
        owner, last = self._owner(name)
        return swap_tensor(owner, last, value, allow_missing=allow_missing)

    def get_tensors(self, names: Iterable[str]) -> list[Any]:
        """The tensors at several paths."""
        return [self.get_tensor(name) for name in names]

    def set_tensors(self, names: Iterable[str], values: Iterable[Any]) -> None:
        """Replace the tensors at several paths."""
        for name, value in _pairs(names, values):
            self.set_tensor(name, value)

    def set_tensors_dict(self, named_tensors: dict[str, Any]) -> None:
        """Replace the tensors at the paths that are keys."""
        for name, value in named_tensors.items():
            self.set_tensor(name, value)

    def del_tensors(self, names: Iterable[str]) -> None:
        """Take the tensors at several paths away."""
        for name in names:
            self.del_tensor(name)

    def swap_tensors(self, names: Iterable[str], values: Iterable[Any], allow_missing: bool = False) -> list[Any]:
        """Replace the tensors at several paths and return what was there."""
        return [self.swap_tensor(name, value, allow_missing) for name, value in _pairs(names, values)]

    def swap_tensors_dict(
        self, named_tensors: dict[str, Any], allow_missing: bool = False
    ) -> tuple[dict[str, Any], list[str]]:
        """Replace the tensors at the paths that are keys.

        Returns:
            What was there, by path, and the paths where nothing was. After an error everything is as before.
        """
        former: dict[str, Any] = {}
        missing: list[str] = []
        try:
            for name, tensor in named_tensors.items():
                former[name] = self.swap_tensor(name, tensor, allow_missing=True)
                if former[name] is _MISSING:
                    missing.append(name)
        except Exception as error:
            self._put_back(former)
            if not allow_missing and missing:
                raise RuntimeError(f"Missing key(s): {_quoted(missing)}.") from error
            raise
        if not allow_missing and missing:
            self._put_back(former)
            raise RuntimeError(f"Missing key(s): {_quoted(missing)}.")
        return former, missing

    def _put_back(self, former: dict[str, Any]) -> None:
        for name, tensor in former.items():
            self.swap_tensor(name, tensor, allow_missing=True)

    def check_keys(self, keys: Iterable[str]) -> tuple[list[str], list[str]]:
        """Paths of tensors that `keys` lacks, and paths among them where there is none."""
        given = set(keys)
        known = {name for name, _ in self.named_tensors(remove_duplicate=False)}
        return sorted(known - given), sorted(given - known)

    def named_parameters(self, remove_duplicate: bool = True) -> Iterable[tuple[str, Any]]:
        """Parameters with their paths."""
        yield from self.module.named_parameters(remove_duplicate=remove_duplicate)

    def named_buffers(self, remove_duplicate: bool = True) -> Iterable[tuple[str, Any]]:
        """Buffers with their paths."""
        yield from self.module.named_buffers(remove_duplicate=remove_duplicate)

    def named_tensors(self, remove_duplicate: bool = True) -> Iterable[tuple[str, Any]]:
        """Parameters and buffers with their paths."""
        yield from self.named_parameters(remove_duplicate)
        yield from self.named_buffers(remove_duplicate)

    def named_modules(self, remove_duplicate: bool = True) -> Iterable[tuple[str, Any]]:
        """Modules with their paths."""
        yield from self.module.named_modules(remove_duplicate=remove_duplicate)


def _pairs(names: Iterable[str], values: Iterable[Any]) -> list[tuple[str, Any]]:
    names, values = list(names), list(values)
    if len(names) != len(values):
        raise ValueError("names and values must have the same length")
    return list(zip(names, values))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(names)))
