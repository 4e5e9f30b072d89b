"""Steps that give their samples in turn."""

from __future__ import annotations

import copy
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pullback
from pullback.utils.data._utils.collate import default_collate
from pullback.utils.data.datapipes.branches import DemultiplexerIterDataPipe, ForkerIterDataPipe
from pullback.utils.data.datapipes.datapipe import (
    DataChunk,
    IterDataPipe,
    Shuffling,
    functional_datapipe,
    warn_of_lambda,
)


class IterableWrapperIterDataPipe(IterDataPipe):
    """The samples of an iterable, copied first so that reading leaves it as it is."""

    def __init__(self, iterable: Any, deepcopy: bool = True) -> None:
        self.iterable = iterable
        self.deepcopy = deepcopy

    def __iter__(self) -> Iterator[Any]:
        yield from copy.deepcopy(self.iterable) if self.deepcopy else self.iterable

    def __len__(self) -> int:
        try:
            return len(self.iterable)
        except TypeError:
            raise TypeError(f"{type(self).__name__} instance doesn't have valid length") from None


@functional_datapipe("map")
class MapperIterDataPipe(IterDataPipe):
    """Each sample through `fn`; of a tuple, list or dictionary only `input_col`, stored at `output_col`."""

    def __init__(self, datapipe: Any, fn: Callable[..., Any], input_col: Any = None, output_col: Any = None) -> None:
        if input_col is None and output_col is not None:
            raise ValueError("`output_col` must be None when `input_col` is None.")
        warn_of_lambda(fn)
        self.datapipe, self.fn, self.input_col, self.output_col = datapipe, fn, input_col, output_col

    def __iter__(self) -> Iterator[Any]:
        for sample in self.datapipe:
            yield self._apply(sample)

    def _apply(self, sample: Any) -> Any:
        if self.input_col is None:
            return self.fn(sample)
        several = isinstance(self.input_col, (list, tuple))
        result = self.fn(*(sample[c] for c in self.input_col)) if several else self.fn(sample[self.input_col])
        place = self.output_col if self.output_col is not None else self.input_col
        place = place[0] if isinstance(place, (list, tuple)) else place
        changed = list(sample) if isinstance(sample, tuple) else copy.copy(sample)
        if place == -1 and self.output_col is not None:
            changed.append(result)
        else:
            changed[place] = result
        return tuple(changed) if isinstance(sample, tuple) else changed

    def __len__(self) -> int:
        return len(self.datapipe)


@functional_datapipe("collate")
class CollatorIterDataPipe(MapperIterDataPipe):
    """Each batch as tensors."""

    def __init__(self, datapipe: Any, collate_fn: Callable[..., Any] = default_collate) -> None:
        super().__init__(datapipe, collate_fn)


@functional_datapipe("filter")
class FilterIterDataPipe(IterDataPipe):
    """The samples for which `filter_fn` is true."""

    def __init__(self, datapipe: Any, filter_fn: Callable[..., bool], input_col: Any = None) -> None:
        warn_of_lambda(filter_fn)
        self.datapipe, self.filter_fn, self.input_col = datapipe, filter_fn, input_col

    def __iter__(self) -> Iterator[Any]:
        for sample in self.datapipe:
            kept = self.filter_fn(sample if self.input_col is None else sample[self.input_col])
            if not isinstance(kept, bool):
                raise ValueError("Boolean output is required for `filter_fn` of FilterIterDataPipe, got", type(kept))
            if kept:
                yield sample


@functional_datapipe("batch")
class BatcherIterDataPipe(IterDataPipe):
    """`batch_size` samples at a time."""

    def __init__(self, datapipe: Any, batch_size: int, drop_last: bool = False, wrapper_class: Any = DataChunk) -> None:
        if batch_size <= 0:
            raise AssertionError("Batch size is required to be larger than 0!")
        self.datapipe, self.batch_size, self.drop_last = datapipe, batch_size, drop_last
        self.wrapper_class = wrapper_class

    def __iter__(self) -> Iterator[Any]:
        samples = iter(self.datapipe)
        while batch := list(itertools.islice(samples, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield self.wrapper_class(batch)

    def __len__(self) -> int:
        whole, rest = divmod(len(self.datapipe), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)


@functional_datapipe("unbatch")
class UnBatcherIterDataPipe(IterDataPipe):
    """The samples of batches, `unbatch_level` levels deep; -1 stands for all."""

    def __init__(self, datapipe: Any, unbatch_level: int = 1) -> None:
        self.datapipe, self.unbatch_level = datapipe, unbatch_level

    def __iter__(self) -> Iterator[Any]:
        for batch in self.datapipe:
            yield from self._opened(batch, self.unbatch_level)

    def _opened(self, batch: Any, level: int) -> Iterator[Any]:
        if level < -1:
            raise ValueError("unbatch_level must be -1 or >= 0")
        if level == 0 or (level == -1 and not isinstance(batch, list)):
            yield batch
        elif not isinstance(batch, list):
            raise IndexError(f"unbatch_level {self.unbatch_level} exceeds the depth of the DataPipe")
        else:
            for each in batch:
                yield from self._opened(each, level if level == -1 else level - 1)


class _SeveralIterDataPipe(IterDataPipe):
    refused = "All inputs are required to be `IterDataPipe`."

    def __init__(self, *datapipes: Any) -> None:
        if not datapipes:
            raise ValueError("Expected at least one DataPipe, but got nothing")
        if not all(isinstance(each, IterDataPipe) for each in datapipes):
            raise TypeError(self.refused)
        self.datapipes = datapipes


@functional_datapipe("concat")
class ConcaterIterDataPipe(_SeveralIterDataPipe):
    """One step's samples after the other's."""

    refused = "Expected all inputs to be `IterDataPipe`"

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self.datapipes)

    def __len__(self) -> int:
        return sum(map(len, self.datapipes))


@functional_datapipe("zip")
class ZipperIterDataPipe(_SeveralIterDataPipe):
    """Tuples with a sample of each, as long as all have one."""

    refused = "All inputs are required to be `IterDataPipe` for `ZipIterDataPipe`."

    def __iter__(self) -> Iterator[Any]:
        return zip(*self.datapipes)

    def __len__(self) -> int:
        return min(map(len, self.datapipes))


@functional_datapipe("mux")
class MultiplexerIterDataPipe(_SeveralIterDataPipe):
    """A sample of each in turn, until one has no more."""

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(zip(*self.datapipes))

    def __len__(self) -> int:
        return min(map(len, self.datapipes)) * len(self.datapipes)


@functional_datapipe("groupby")
class GrouperIterDataPipe(IterDataPipe):
    """Lists of samples with the same key: as soon as there are `group_size`, the largest when the buffer is full, the
    others at the end in the order in which their keys were met.
    """

    def __init__(
        self, datapipe: Any, group_key_fn: Callable[..., Any], *, keep_key: bool = False, buffer_size: int = 10000,
        group_size: int | None = None, guaranteed_group_size: int | None = None, drop_remaining: bool = False,
    ) -> None:  # fmt: skip
        warn_of_lambda(group_key_fn)
        if group_size is not None and not 0 < group_size <= buffer_size:
            raise AssertionError("group_size must be > 0 and <= buffer_size")
        if guaranteed_group_size is not None and not (group_size and 0 < guaranteed_group_size <= group_size):
            raise AssertionError("guaranteed_group_size must be > 0 and <= group_size and group_size must be set")
        self.datapipe, self.group_key_fn, self.keep_key, self.buffer_size = (
            datapipe,
            group_key_fn,
            keep_key,
            buffer_size,
        )
        self.group_size, self.drop_remaining = group_size, drop_remaining
        self.guaranteed_group_size = group_size if guaranteed_group_size is None else guaranteed_group_size

    def __iter__(self) -> Iterator[Any]:
        groups: dict[Any, list[Any]] = defaultdict(list)
        for sample in self.datapipe:
            key = self.group_key_fn(sample)
            groups[key].append(sample)
            if len(groups[key]) == self.group_size:
                yield self._group(key, groups.pop(key))
            if sum(map(len, groups.values())) == self.buffer_size:
                key = max(groups, key=lambda each: len(groups[each]))
                group = groups.pop(key)
                if len(group) >= (self.guaranteed_group_size or 0):
                    yield self._group(key, group)
                elif not self.drop_remaining:
                    raise RuntimeError("Failed to group items", str(group))
        for key, group in groups.items():
            yield self._group(key, group)

    def _group(self, key: Any, group: list[Any]) -> Any:
        return (key, DataChunk(group)) if self.keep_key else DataChunk(group)


@functional_datapipe("read_from_stream")
class StreamReaderIterDataPipe(IterDataPipe):
    """The bytes of each labelled stream, all at once or `chunk` at a time."""

    def __init__(self, datapipe: Any, chunk: int | None = None) -> None:
        self.datapipe, self.chunk = datapipe, chunk

    def __iter__(self) -> Iterator[Any]:
        for label, stream in self.datapipe:
            while data := stream.read(self.chunk):
                yield label, data
            stream.close()


@functional_datapipe("shuffle")
class ShufflerIterDataPipe(Shuffling):
    """The samples in random order, out of a buffer of `buffer_size`."""

    def __init__(self, datapipe: Any, *, buffer_size: int = 10000, unbatch_level: int = 0) -> None:
        if buffer_size <= 0:
            raise AssertionError("buffer_size should be larger than 0")
        self.datapipe = datapipe.unbatch(unbatch_level=unbatch_level) if unbatch_level else datapipe
        self.buffer_size = buffer_size

    def __iter__(self) -> Iterator[Any]:
        if not self._enabled:
            yield from self.datapipe
            return
        stream = self._stream()
        kept: list[Any] = []
        for sample in self.datapipe:
            if len(kept) == self.buffer_size:
                index = stream.randint(0, len(kept) - 1)
                out, kept[index] = kept[index], sample
                yield out
            else:
                kept.append(sample)
        while kept:
            yield kept.pop(stream.randint(0, len(kept) - 1))

    def __len__(self) -> int:
        return len(self.datapipe)


@functional_datapipe("sharding_filter")
class ShardingFilterIterDataPipe(IterDataPipe):
    """Every n-th sample, for one of n workers."""

    def __init__(self, source_datapipe: Any, sharding_group_filter: Any = None) -> None:
        self.source_datapipe = source_datapipe
        self.num_of_instances, self.instance_id = 1, 0

    def apply_sharding(self, num_of_instances: int, instance_id: int, sharding_group: Any = None) -> None:
        """Take the samples of worker `instance_id` of `num_of_instances`."""
        if instance_id >= num_of_instances:
            raise ValueError(f"instance_id({instance_id}) should be smaller than num_of_instances({num_of_instances})")
        self.num_of_instances, self.instance_id = num_of_instances, instance_id

    def __iter__(self) -> Iterator[Any]:
        return itertools.islice(self.source_datapipe, self.instance_id, None, self.num_of_instances)

    def __len__(self) -> int:
        return len(range(self.instance_id, len(self.source_datapipe), self.num_of_instances))


class SamplerIterDataPipe(IterDataPipe):
    """The indices that a sampler gives for a step."""

    def __init__(
        self, datapipe: Any, sampler: Any = pullback.utils.data.SequentialSampler, sampler_args: Any = (),
        sampler_kwargs: Any = None,
    ) -> None:  # fmt: skip
        self.datapipe = datapipe
        self.sampler = sampler(*sampler_args, data_source=datapipe, **(sampler_kwargs or {}))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.sampler)

    def __len__(self) -> int:
        return len(self.sampler)


Batcher = BatcherIterDataPipe
Collator = CollatorIterDataPipe
Concater = ConcaterIterDataPipe
Demultiplexer = DemultiplexerIterDataPipe
Filter = FilterIterDataPipe
Forker = ForkerIterDataPipe
Grouper = GrouperIterDataPipe
IterableWrapper = IterableWrapperIterDataPipe
Mapper = MapperIterDataPipe
Multiplexer = MultiplexerIterDataPipe
Sampler = SamplerIterDataPipe
ShardingFilter = ShardingFilterIterDataPipe
Shuffler = ShufflerIterDataPipe
StreamReader = StreamReaderIterDataPipe
UnBatcher = UnBatcherIterDataPipe
Zipper = ZipperIterDataPipe

__all__ = [
    "Batcher",
    "Collator",
    "Concater",
    "Demultiplexer",
    "Filter",
    "Forker",
    "Grouper",
    "IterableWrapper",
    "Mapper",
    "Multiplexer",
    "Sampler",
    "ShardingFilter",
    "Shuffler",
    "StreamReader",
    "UnBatcher",
    "Zipper",
]
