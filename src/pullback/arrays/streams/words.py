"""The Mersenne Twister as PyTorch seeds, draws and stores it.

MT19937 makes its words in blocks of 624. `Words` keeps the current block and how much of it is used, so a
small draw is a slice; a large one takes whole blocks from NumPy. NumPy's own twister therefore always
stands at the end of the block we hold, and its 624 numbers of state are those that PyTorch would store.
"""

from __future__ import annotations

import secrets
from threading import Lock
from typing import Any

import numpy as np

DEFAULT_SEED = 67280421310721
"""The seed of a generator that nobody seeded: PyTorch's choice, the largest prime factor of 2**128 + 1."""

_BLOCK = 624
_ONE_PAST = 1 << 32

# How PyTorch lays out a generator in bytes. `left` counts down from 624 to 1 as a block is used and `next`
# counts up; a fresh seed has left 1 and next 0. The fields on normals keep the second of two numbers that
# were drawn together; those called unused are there for generators of other times.
_LAYOUT = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("state", "<u8", (_BLOCK,)),
        ("unused_x", "<f8"),
        ("normal", "<f8"),
        ("unused_rho", "<f8"),
        ("has_normal", "<i8"),
        ("unused_float", "<i8"),
    ]
)
STATE_SIZE = _LAYOUT.itemsize
"""Bytes in a state: 5056."""


class Words:
    """Random words of 32 and 64 bits, from a seed."""

    __slots__ = ("_block", "_fresh", "_lock", "_seed", "_twister", "_used", "normals_ahead", "spare_normal")

    spare_normal: float | None
    """The second of two normal numbers, kept for the next draw. Normals come in pairs."""

    normals_ahead: tuple[np.ndarray[Any, Any], int, np.ndarray[Any, Any]] | None
    """Normal numbers made in advance of the words of a block: the block, the first word, the numbers."""

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._lock = Lock()
        self._twister = np.random.RandomState(0)
        self.manual_seed(seed)

    def manual_seed(self, seed: int) -> None:
        """Start over from `seed`, a number of 64 bits, signed or not; the twister sees its low 32 bits.

        Raises:
            ValueError: for a number that 64 bits do not hold.
        """
        if not -(1 << 63) <= seed < 1 << 64:
            raise ValueError(f"Overflow when unpacking long long: the seed {seed} does not fit in 64 bits")
        with self._lock:
            self._seed = seed & (1 << 64) - 1
            self._twister.seed(seed & 0xFFFFFFFF)
            self._block = _NOTHING
            self._used = _BLOCK
            self._fresh = True
            self.spare_normal = None
            self.normals_ahead = None

    def seed(self) -> int:
        """Start over from a seed that nobody can foresee, and return it."""
        self.manual_seed(secrets.randbits(64))
        return self._seed

    def initial_seed(self) -> int:
        """The seed last given, as a number without sign.

        >>> Words(-1).initial_seed() == 2**64 - 1
        True
        """
        return self._seed

    def words(self, count: int) -> np.ndarray[Any, Any]:
        """The next `count` words, uint32. The result may be shared: read it, do not write to it.

        >>> Words(5489).words(2)
        array([3499211612,  581869302], dtype=uint32)
        """
        with self._lock:
            start = self._used
            stop = start + count
            if stop > _BLOCK:
                return self._words_beyond(count)
            self._used = stop
            return self._block[start:stop]

    def _words_beyond(self, count: int) -> np.ndarray[Any, Any]:
        """The next `count` words where the block at hand does not hold them all."""
        rest = self._block[self._used :]
        wanted = count - len(rest)
        blocks = -(-wanted // _BLOCK)
        fresh = self._twister.randint(0, _ONE_PAST, blocks * _BLOCK, dtype=np.uint32)
        self._block = fresh[-_BLOCK:].copy() if blocks > 1 else fresh
        self._used = wanted - (blocks - 1) * _BLOCK
        self._fresh = False
        return np.concatenate((rest, fresh[:wanted])) if len(rest) else fresh[:wanted]

    def block_at_hand(self) -> tuple[np.ndarray[Any, Any], int]:
        """The block that words are taken from, and how many of it are used."""
        return self._block, self._used

    def rest_of_block(self) -> np.ndarray[Any, Any]:
        """The words up to the end of the block at hand, or of the next where none are left."""
        return self.words(_BLOCK - self._used or _BLOCK)

    def give_back(self, count: int) -> None:
        """Take back the last `count` words, which are of the block at hand: they will be drawn again."""
        with self._lock:
            self._used -= count

    def wide_words(self, count: int) -> np.ndarray[Any, Any]:
        """The next `count` words of 64 bits, uint64: the high half is drawn first.

        >>> Words(5489).wide_words(1) == 3499211612 << 32 | 581869302
        array([ True])
        """
        pairs = self.words(2 * count)
        wide = pairs[0::2].astype(np.uint64)
        wide <<= np.uint64(32)
        wide |= pairs[1::2]
        return wide

    def get_state(self) -> np.ndarray[Any, Any]:
        """The state as PyTorch stores it, uint8 ``(5056,)``: `torch.set_rng_state` goes on from there."""
        with self._lock:
            state = np.zeros((), _LAYOUT)
            state["seed"] = self._seed
            state["left"] = _BLOCK + 1 - self._used if self._used < _BLOCK else 1
            state["seeded"] = 1
            state["next"] = 0 if self._fresh else self._used
            state["state"] = self._twister.get_state(legacy=False)["state"]["key"]
            if self.spare_normal is not None:
                state["normal"] = self.spare_normal
                state["has_normal"] = 1
            return np.frombuffer(bytearray(state.tobytes()), np.uint8)

    def set_state(self, state: np.ndarray[Any, Any]) -> None:
        """Go on from `state`, uint8 ``(5056,)``, which `get_state` gave, here or in PyTorch.

        Raises:
            TypeError: if the elements are not bytes.
            RuntimeError: if the size is not that of a state, or the bytes are no state.
        """
        if state.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if state.size != STATE_SIZE:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_SIZE} "
                f"but found the input RNG state size to be {state.size}"
            )
        record = np.frombuffer(state.tobytes(), _LAYOUT)[0]
        if record["seeded"] != 1 or not 1 <= record["left"] <= _BLOCK or record["next"] > _BLOCK:
            raise RuntimeError("Invalid mt19937 state")
        with self._lock:
            self._seed = int(record["seed"])
            key = {"key": record["state"].astype(np.uint32), "pos": 0}
            self._twister.set_state({"bit_generator": "MT19937", "state": key})
            self._block = self._twister.randint(0, _ONE_PAST, _BLOCK, dtype=np.uint32)
            self._used = int(record["next"]) if record["left"] > 1 else _BLOCK
            self._fresh = record["next"] == 0
            self.spare_normal = float(record["normal"]) if record["has_normal"] & 1 else None


_NOTHING = np.empty(0, np.uint32)
