"""Steps with several ends: one source whose samples all get (fork), or one of them each (demux)."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from pullback.utils.data.datapipes.datapipe import IterDataPipe, functional_datapipe, warn_of_lambda

_COPIES: dict[Any, Callable[[Any], Any]] = {None: lambda x: x, "shallow": copy.copy, "deep": copy.deepcopy}


class _Source:
    """What the ends of one step share. A second pass of any end begins all of them anew."""

    def __init__(self, datapipe: Any, ends: int, buffer_size: int) -> None:
        if ends < 1:
            raise ValueError(f"Expected `num_instances` larger than 0, but {ends} is found")
        if buffer_size == 0:
            raise ValueError("Expected buffer size larger than 0")
        self.datapipe, self.ends, self.buffer_size = datapipe, ends, buffer_size
        self.begin()

    def begin(self) -> None:
        """Start from the first sample."""
        self.samples: Iterator[Any] | None = None
        self.waiting: list[deque[Any]] = [deque() for _ in range(self.ends)]
        self.begun = [False] * self.ends

    def of(self, end: int) -> Iterator[Any]:
        """The samples of one end."""
        if self.begun[end]:
            self.begin()
        self.begun[end] = True
        if self.samples is None:
            self.samples = iter(self.datapipe)
        samples = self.samples
        while True:
            while not self.waiting[end]:
                try:
                    self.hand_out(next(samples))
                except StopIteration:
                    return
            yield self.waiting[end].popleft()

    def hand_out(self, sample: Any) -> None:
        """Put a sample where it is waited for."""
        raise NotImplementedError

    def check(self, waiting: int, name: str) -> None:
        """Raise ``BufferError`` if too many samples wait."""
        if 0 <= self.buffer_size < waiting:
            raise BufferError(f"{name}IterDataPipe buffer overflow, buffer size {self.buffer_size} is insufficient.")


class _ForAll(_Source):
    copied: Callable[[Any], Any]

    def hand_out(self, sample: Any) -> None:
        for queue in self.waiting:
            queue.append(self.copied(sample))
        self.check(max(map(len, self.waiting)) - 1, "Forker")


class _ForOne(_Source):
    chosen: Callable[[Any], Any]
    drop_none: bool

    def hand_out(self, sample: Any) -> None:
        end = self.chosen(sample)
        if end is None and self.drop_none:
            return
        if end is None or not 0 <= end < self.ends:
            raise ValueError(
                f"Output of the classification fn should be between 0 and {self.ends - 1}. {end} is returned."
            )
        self.waiting[end].append(sample)
        self.check(sum(map(len, self.waiting)) - 1, "Demultiplexer")


class _ChildDataPipe(IterDataPipe):
    """One of the ends."""

    def __init__(self, main_datapipe: _Source, instance_id: int) -> None:
        self.main_datapipe, self.instance_id = main_datapipe, instance_id
        self.datapipe = main_datapipe.datapipe

    def __iter__(self) -> Iterator[Any]:
        return self.main_datapipe.of(self.instance_id)

    def __len__(self) -> int:
        if isinstance(self.main_datapipe, _ForOne):
            return super().__len__()
        return len(self.datapipe)


@functional_datapipe("fork")
class ForkerIterDataPipe(IterDataPipe):
    """`num_instances` steps that all give every sample; those that only some have taken wait in a buffer."""

    def __new__(cls, datapipe: Any, num_instances: int, buffer_size: int = 1000, copy: Any = None) -> Any:
        if copy not in _COPIES:
            raise ValueError(f"Unknown copy method `{copy}` requested, choose one of None, `shallow` or `deep`.")
        source = _ForAll(datapipe, num_instances, buffer_size)
        source.copied = _COPIES[copy]
        return [_ChildDataPipe(source, end) for end in range(num_instances)]


@functional_datapipe("demux")
class DemultiplexerIterDataPipe(IterDataPipe):
    """`num_instances` steps, each with the samples for which `classifier_fn` gives its number."""

    def __new__(
        cls, datapipe: Any, num_instances: int, classifier_fn: Callable[[Any], Any], drop_none: bool = False,
        buffer_size: int = 1000,
    ) -> Any:  # fmt: skip
        warn_of_lambda(classifier_fn)
        source = _ForOne(datapipe, num_instances, buffer_size)
        source.chosen, source.drop_none = classifier_fn, drop_none
        return [_ChildDataPipe(source, end) for end in range(num_instances)]
