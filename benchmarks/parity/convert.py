"""A PyTorch sample, rebuilt for any library that speaks torch's names.

Tensors travel as NumPy arrays that keep their strides, so an expanded or transposed input arrives expanded or
transposed; bfloat16 travels as its bits. Everything else (dtypes, sizes, options) is looked up by name in the
other library.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch.utils._pytree import tree_leaves

from .compare import WITHOUT_NUMPY, NotSampled

PARAMETER_ATTRIBUTES = {"p": "norm"}  # a constructor's parameter that its object keeps under another name


def name_of(dtype: Any) -> str:
    """``"float32"`` for any library's ``float32``."""
    return str(dtype).rpartition(".")[2]


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """`tensor` without a graph and without lazy conjugation.

    Raises:
        NotSampled: for a tensor that is sparse, not on the CPU, or of a dtype that NumPy lacks.
    """
    if tensor.layout is not torch.strided:
        raise NotSampled("sparse tensors")
    if tensor.device.type != "cpu":
        raise NotSampled(f"tensors on the {tensor.device.type} device")
    if name_of(tensor.dtype) in WITHOUT_NUMPY:
        raise NotSampled(f"NumPy has no {name_of(tensor.dtype)}")
    return tensor.detach().resolve_conj().resolve_neg()


def _address(tensor: torch.Tensor) -> int:
    """Where `tensor`'s storage begins."""
    return tensor.untyped_storage().data_ptr()


def _typed(made: Any, like: torch.Tensor, library: ModuleType) -> Any:
    """`made`, whose bits are taken for bfloat16 where `like` is."""
    return made.view(library.bfloat16) if like.dtype is torch.bfloat16 else made


class Memory:
    """Copies of a sample's memory: strides and offsets are kept, and tensors that share memory share its one copy."""

    def __init__(self, sample: Any) -> None:
        self._copies: dict[int, tuple[torch.UntypedStorage, np.ndarray]] = {}
        self._wholes: dict[tuple[int, np.dtype[Any]], Any] = {}
        tensors = {id(leaf): leaf for leaf in tree_leaves(sample) if isinstance(leaf, torch.Tensor)}
        met = Counter(_address(t) for t in tensors.values() if t.layout is torch.strided)
        self._shared = {address for address, times in met.items() if times > 1}

    def _copy(self, tensor: torch.Tensor) -> np.ndarray:
        """All bytes of `tensor`'s storage."""
        storage, address = tensor.untyped_storage(), _address(tensor)
        if address not in self._copies:  # the storage is kept: a freed one's address may come back
            everything = torch.empty(0, dtype=torch.uint8).set_(storage)
            self._copies[address] = storage, everything.numpy().copy()
        return self._copies[address][1]

    def rebuild(self, tensor: torch.Tensor, library: ModuleType) -> Any:
        """`tensor` in `library`: a leaf that requires no grad; bfloat16 goes as its bits.

        Raises:
            NotSampled: see `_plain`; also for more dimensions than NumPy has, or a tensor beyond its memory.
        """
        plain = _plain(tensor)
        size, offset = plain.element_size(), plain.storage_offset()
        dtype = np.dtype("int16" if plain.dtype is torch.bfloat16 else name_of(plain.dtype))
        memory = self._copy(plain)
        strides = tuple(step * size for step in plain.stride())
        try:
            array = np.ndarray(tuple(plain.shape), dtype, memory, offset * size, strides)
        except ValueError as error:
            raise NotSampled(f"NumPy: {error}") from error
        if not offset and _address(plain) not in self._shared:
            return _typed(library.from_numpy(array), plain, library)
        key = _address(plain), dtype
        if key not in self._wholes:
            self._wholes[key] = library.from_numpy(memory[: memory.size // size * size].view(dtype))
        whole = _typed(self._wholes[key], plain, library)
        return whole.as_strided(tuple(plain.shape), plain.stride(), offset).detach()


class Converter:
    """Rebuilds samples for `library` and keeps the differentiable tensors, in the order met, in `inputs`.

    The same tensor met twice is one tensor on the other side too. `prepare` takes each differentiable tensor,
    made without ``requires_grad``, and returns what stands in its place (the default asks for its gradient).
    """

    def __init__(self, library: ModuleType, prepare: Callable[[Any], Any] | None = None) -> None:
        self.library = library
        self.prepare = prepare or (lambda tensor: tensor.requires_grad_())
        self.inputs: list[Any] = []
        self._made: dict[int, Any] = {}
        self._memory: Memory | None = None

    def __call__(self, value: Any) -> Any:
        """`value` with every tensor, dtype, size and option in it rebuilt for the library."""
        self._memory = self._memory or Memory(value)  # made by the outermost call: it sees the whole sample
        for kind, convert in self._KINDS:
            if isinstance(value, kind):
                return convert(self, value)
        if type(value).__module__.startswith("torch."):
            return self._rebuilt(value)
        return value

    def tensor(self, value: torch.Tensor) -> Any:
        """The library's own tensor with `value`'s numbers, dtype and strides."""
        if id(value) not in self._made:
            assert self._memory is not None
            made = self._memory.rebuild(value, self.library)
            if value.requires_grad:
                made = self.prepare(made)
                self.inputs.append(made)
            self._made[id(value)] = made
        return self._made[id(value)]

    def _named(self, value: Any) -> Any:
        return getattr(self.library, name_of(value))

    def _rebuilt(self, value: Any) -> Any:
        """An object of a class of ``torch.nn``, made again from the attributes its constructor names."""
        parameters = inspect.signature(type(value)).parameters
        attributes = {name: getattr(value, PARAMETER_ATTRIBUTES.get(name, name)) for name in parameters}
        return getattr(self.library.nn, type(value).__name__)(**self(attributes))

    _KINDS: tuple[tuple[Any, Callable[[Converter, Any], Any]], ...] = (
        (torch.Tensor, tensor),
        ((torch.dtype, torch.layout, torch.memory_format), _named),
        (torch.device, lambda self, value: self.library.device(str(value))),
        (torch.Size, lambda self, value: self.library.Size(value)),
        (list, lambda self, value: [self(item) for item in value]),
        (tuple, lambda self, value: tuple(self(item) for item in value)),
        (dict, lambda self, value: {key: self(item) for key, item in value.items()}),
        (slice, lambda self, value: slice(self(value.start), self(value.stop), self(value.step))),
    )
