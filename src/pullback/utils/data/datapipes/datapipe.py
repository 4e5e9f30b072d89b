"""What steps of data have in common: the names under which a step is called on another."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar, TypeVar

import pullback
from pullback.utils.data.dataset import Dataset, IterableDataset

_Step = TypeVar("_Step", bound=type)
_S = TypeVar("_S", bound="Shuffling")


class DataChunk(list[Any]):
    """A batch of samples."""

    def __init__(self, items: Any) -> None:
        items = list(items)
        super().__init__(items)
        self.items = items

    def as_str(self, indent: str = "") -> str:
        """The samples in brackets."""
        return indent + "[" + ", ".join(map(str, self)) + "]"

    def raw_iterator(self) -> Iterator[Any]:
        """The samples, for subclasses that iterate otherwise."""
        yield from self.items


def warn_of_lambda(fn: Any) -> None:
    """Warn of a function that cannot be sent to other processes."""
    name = getattr(fn, "__qualname__", "")
    kind = "Lambda" if name.endswith("<lambda>") else "Local" if "<locals>" in name else None
    if kind is not None:
        warnings.warn(
            f"{kind} function is not supported by pickle, please use regular python function or functools.partial "
            "instead.",
            stacklevel=3,
        )


class _Chained:
    functions: ClassVar[dict[str, Callable[..., Any]]] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in type(self).functions:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}")
        return partial(type(self).functions[name], self)

    def __repr__(self) -> str:
        return type(self).__qualname__

    def __len__(self) -> int:
        raise TypeError(f"object of type '{type(self).__name__}' has no len()")

    @classmethod
    def register_function(cls, function_name: str, function: Callable[..., Any]) -> None:
        """Let every step of this kind have a method that calls `function` with the step first."""
        cls.functions[function_name] = function

    @classmethod
    def register_datapipe_as_function(cls, function_name: str, cls_to_register: Any, **options: Any) -> None:
        """Let every step of this kind have a method that makes a `cls_to_register` of it."""
        if function_name in cls.functions:
            raise Exception(f"Unable to add DataPipe function name {function_name} as it is already taken")
        cls.functions[function_name] = cls_to_register


class IterDataPipe(_Chained, IterableDataset[Any]):
    """A step that gives its samples in turn: subclasses define ``__iter__``."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}


class Shuffling(IterDataPipe):
    """A step whose order is drawn anew for each pass: whether, and from which seed."""

    _enabled = True
    _seed: int | None = None

    def set_shuffle(self: _S, shuffle: bool = True) -> _S:
        """Whether to shuffle at all."""
        self._enabled = shuffle
        return self

    def set_seed(self: _S, seed: int) -> _S:
        """The seed of the next pass; otherwise it is drawn from the default generator."""
        self._seed = seed
        return self

    def _stream(self) -> random.Random:
        """Where the next pass draws."""
        seed, self._seed = self._seed, None
        return random.Random(int(pullback.empty((), dtype=pullback.int64).random_().item()) if seed is None else seed)


class MapDataPipe(_Chained, Dataset[Any]):
    """A step that gives samples by index: subclasses define ``__getitem__`` and ``__len__``."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}


class functional_datapipe:
    """A decorator: the class becomes a method of every step of its kind.

    Raises:
        TypeError: for a class that is no data pipe.
        Exception: for a name that is taken.
    """

    def __init__(self, name: str, enable_df_api_tracing: bool = False) -> None:
        self.name = name

    def __call__(self, cls: _Step) -> _Step:
        for kind in (IterDataPipe, MapDataPipe):
            if issubclass(cls, kind):
                kind.register_datapipe_as_function(self.name, cls)
                return cls
        raise TypeError("Can only decorate IterDataPipe or MapDataPipe")
