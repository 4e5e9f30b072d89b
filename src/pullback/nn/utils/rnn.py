"""Sequences of different lengths: padded to one, or packed so that nothing is computed for the padding.

Letters in shapes: N sequences, T times of the longest, ``*`` what there is at each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pullback
from pullback.ops.index.packing import packed
from pullback.tensor import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

_NOT_SORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
    "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not "
    "need ONNX exportability."
)


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


# The text of the tuple names the class that its users know.
_Packed.__name__ = "PackedSequence_"


class PackedSequence(_Packed):
    """Sequences of different lengths, time by time: first all first elements, then all second ones, …

    ::

        a b c          data         a d f b e c
        d e        →   batch_sizes  3 2 1
        f

    Made by `pack_padded_sequence` and `pack_sequence`; recurrent modules take and return it.

    Args:
        data: all elements ``(Σ lengths, *)``; the longest sequence comes first at every time.
        batch_sizes: how many sequences there are at each time, int64 ``(T)``.
        sorted_indices: how the sequences were put in order of length.
        unsorted_indices: how to put them back.
    """

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be created manually. "
                "They should be instantiated by functions like pack_sequence and pack_padded_sequences in "
                "nn.utils.rnn. https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The sequences with `data` of another dtype or device; itself where nothing changes."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The sequences on the CPU."""
        return self.to("cpu", *args, **kwargs)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The sequences on a GPU."""
        return self.to("cuda", *args, **kwargs)

    def pin_memory(self) -> PackedSequence:
        """The sequences in pinned memory."""
        return type(self)(self.data.pin_memory(), *self[1:])

    def double(self) -> PackedSequence:
        """The sequences as float64."""
        return self.to(dtype=pullback.double)

    def float(self) -> PackedSequence:
        """The sequences as float32."""
        return self.to(dtype=pullback.float)

    def half(self) -> PackedSequence:
        """The sequences as float16."""
        return self.to(dtype=pullback.half)

    def long(self) -> PackedSequence:
        """The sequences as int64."""
        return self.to(dtype=pullback.long)

    def int(self) -> PackedSequence:
        """The sequences as int32."""
        return self.to(dtype=pullback.int)

    def short(self) -> PackedSequence:
        """The sequences as int16."""
        return self.to(dtype=pullback.short)

    def char(self) -> PackedSequence:
        """The sequences as int8."""
        return self.to(dtype=pullback.int8)

    def byte(self) -> PackedSequence:
        """The sequences as uint8."""
        return self.to(dtype=pullback.uint8)

    @property
    def is_cuda(self) -> bool:
        """Whether `data` is on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """Whether `data` is in pinned memory."""
        return self.data.is_pinned()


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes `permutation`.

    >>> import pullback as torch
    >>> invert_permutation(torch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    inverse = pullback.empty_like(permutation, memory_format=pullback.contiguous_format)
    return inverse.scatter_(0, permutation, pullback.arange(permutation.numel(), device=permutation.device))


# --- packing ------------------------------------------------------------------------------------------------


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack padded sequences ``(T, N, *)``, or ``(N, T, *)`` with `batch_first`.

    Args:
        input: the padded sequences.
        lengths: how long each is.
        batch_first: whether the batch comes first.
        enforce_sorted: require the longest sequence to come first, and so on; otherwise they are sorted.

    Raises:
        RuntimeError: for lengths that are not positive, not in order, or not one for each sequence.

    >>> import pullback as torch
    >>> pack_padded_sequence(torch.tensor([[1, 2, 3], [4, 5, 0]]), [3, 2], batch_first=True).data
    tensor([1, 4, 2, 5, 3])
    """
    if not isinstance(input, Tensor):
        raise TypeError(
            f"_pack_padded_sequence(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    if lengths is None:
        raise TypeError("'NoneType' object cannot be interpreted as an integer")
    lengths = pullback.as_tensor(lengths, dtype=pullback.int64, device="cpu")
    if lengths.ndim != 1:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D cpu Long tensor"
        )
    sorted_indices = None
    if not enforce_sorted:
        lengths, sorted_indices = pullback.sort(lengths, descending=True)
        input = input.index_select(0 if batch_first else 1, sorted_indices)
    padded = input.transpose(0, 1) if batch_first else input
    if not padded.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    counts = _counts(lengths.tolist(), padded.size(1))
    steps = padded.size(0)
    # A length beyond the padded times claims times that have no elements, as in PyTorch.
    return PackedSequence(packed(padded, counts[:steps]), pullback.tensor(counts), sorted_indices, None)


def _counts(lengths: list[int], samples: int) -> list[int]:
    """How many sequences of `lengths` there are at each time."""
    if len(lengths) != samples:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(lengths)} (batch_size={samples})"
        )
    if any(later > earlier for earlier, later in zip(lengths, lengths[1:])):
        raise RuntimeError(_NOT_SORTED)
    if lengths[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    return [sum(length > time for length in lengths) for time in range(lengths[0])]


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Pad packed sequences, the inverse of `pack_padded_sequence`.

    Args:
        sequence: the packed sequences.
        batch_first: whether to put the batch first, ``(N, T, *)`` instead of ``(T, N, *)``.
        padding_value: what to pad with.
        total_length: length to pad to, instead of that of the longest sequence.

    Returns:
        The padded sequences, and the length of each.

    Raises:
        ValueError: if `total_length` is less than the longest sequence.
    """
    counts = sequence.batch_sizes.tolist()
    longest = len(counts)
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    rows = sequence.data.split(counts)
    steps = longest if total_length is None else total_length
    size = (steps, counts[0], *sequence.data.shape[1:])
    padded = sequence.data.new_full(size, padding_value)
    for time, row in enumerate(rows):
        padded[time, : row.size(0)] = row
    lengths = pullback.tensor([sum(count > place for count in counts) for place in range(counts[0])])
    if batch_first:
        padded = padded.transpose(0, 1)
    if sequence.unsorted_indices is not None:
        order = sequence.unsorted_indices
        return padded.index_select(0 if batch_first else 1, order), lengths[order]
    return padded, lengths


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of sequences ``(length, *)``; the longest comes first unless `enforce_sorted` is false.

    >>> import pullback as torch
    >>> pack_sequence([torch.tensor([1, 2, 3]), torch.tensor([4, 5]), torch.tensor([6])]).data
    tensor([1, 4, 6, 2, 5, 3])
    """
    lengths = pullback.tensor([sequence.size(0) for sequence in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The list of sequences that was packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


# --- padding ------------------------------------------------------------------------------------------------


def pad_sequence(
    sequences: Tensor | Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Stack sequences ``(length, *)`` as ``(T, N, *)``, or ``(N, T, *)`` with `batch_first`.

    Args:
        sequences: the sequences, which agree behind their length.
        batch_first: whether to put the batch first.
        padding_value: what to pad with.
        padding_side: ``"right"`` or ``"left"``.

    >>> import pullback as torch
    >>> pad_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 0, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    rows: Any = sequences.unbind(0) if isinstance(sequences, Tensor) else tuple(sequences)
    if not rows:
        raise RuntimeError("received an empty list of sequences")
    for place, row in enumerate(rows):
        if not isinstance(row, Tensor):
            raise TypeError(f"expected Tensor as element {place} in argument 0, but got {type(row).__name__}")
        for axis, (first, other) in enumerate(zip(rows[0].shape[1:], row.shape[1:]), 1):
            if first != other and 1 not in (first, other):
                raise RuntimeError(
                    f"The size of tensor a ({first}) must match the size of tensor b ({other}) at non-singleton "
                    f"dimension {axis}"
                )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    longest = max(row.size(0) for row in rows)
    sizes = (len(rows), longest) if batch_first else (longest, len(rows))
    padded = rows[0].new_full((*sizes, *rows[0].shape[1:]), padding_value)
    for number, row in enumerate(rows):
        start = longest - row.size(0) if padding_side == "left" else 0
        times = slice(start, start + row.size(0))
        padded[(number, times) if batch_first else (times, number)] = row
    return padded


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The list of sequences that were padded, each of its length."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:length].contiguous() for row, length in zip(rows, lengths.tolist())]
