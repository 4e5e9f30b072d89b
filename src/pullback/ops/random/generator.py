"""torch.Generator: a random stream with PyTorch's methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.streams import Stream
from pullback.device import CPU, check_device, device as device_type
from pullback.graph.levels import open_levels
from pullback.graph.tensor_base import TensorBase, wrap


class Generator:
    """A source of random numbers, which many functions take as ``generator=``.

    A new one starts from PyTorch's default seed.

    >>> import pullback as torch
    >>> torch.rand(2, generator=torch.Generator().manual_seed(0))
    tensor([0.4963, 0.7682])
    """

    __slots__ = ("__weakref__", "_stream")

    def __init__(self, device: Any = "cpu") -> None:
        wanted = device_type("cpu" if device is None else device)
        if wanted.type == "cuda":
            raise RuntimeError("Cannot get CUDA generator without ATen_cuda library: pullback draws on the CPU")
        check_device(wanted)
        self._stream = Stream()

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {id(self):#x}>"

    def __reduce__(self) -> Any:
        return Generator, (self.device,), self._stream.get_state()

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple):  # as PyTorch pickles one: seed, offset, state
            self.set_state(state[2])
        else:
            self._stream.set_state(state)

    @property
    def device(self) -> device_type:
        """Where it draws: the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start over from `seed`, a number of 64 bits with or without sign. Returns the generator.

        Raises:
            RuntimeError: for what is no integer.
            ValueError: for an integer that 64 bits do not hold.
        """
        if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        self._stream.manual_seed(int(seed))
        return self

    def seed(self) -> int:
        """Start over from a seed that nobody can foresee. Returns that seed."""
        return self._stream.seed()

    def initial_seed(self) -> int:
        """The seed it last started from."""
        return self._stream.initial_seed()

    def get_state(self) -> Any:
        """The state as a uint8 tensor of 5056 bytes, which PyTorch understands too."""
        return wrap(self._stream.get_state())

    def set_state(self, new_state: Any) -> Generator:
        """Go on from a state that `get_state` gave. Returns the generator.

        Raises:
            TypeError: for what is no uint8 tensor.
            RuntimeError: for one that holds no state.
        """
        if not isinstance(new_state, TensorBase):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        self._stream.set_state(np.asarray(new_state._array))
        return self

    def clone_state(self) -> Generator:
        """A generator of its own that stands where this one stands."""
        clone = Generator()
        clone._stream = self._stream.clone()
        return clone

    def get_offset(self) -> int:
        """Only generators on accelerators count an offset: raises ``RuntimeError``."""
        raise RuntimeError("CPU Generator does not use offset")

    def set_offset(self, offset: int) -> Generator:
        """Only generators on accelerators count an offset: raises ``RuntimeError``."""
        raise RuntimeError("CPU Generator does not use offset")


default_generator = Generator()
"""What draws where no generator is given; `torch.manual_seed` seeds it."""

_default_stream = default_generator._stream


def stream_of(generator: Any, name: str) -> Stream:
    """The stream that the function `name` draws from.

    Raises:
        TypeError: if `generator` is none.
    """
    if generator is None:
        stream = _default_stream
    elif generator.__class__ is Generator:
        stream = generator._stream
    else:
        raise TypeError(f"{name}(): argument 'generator' must be torch.Generator, not {type(generator).__name__}")
    for level in open_levels():
        stream = level.stream(stream)
    return stream
