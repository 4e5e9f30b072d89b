"""What a `DataLoader` tells the steps of its dataset: whether to shuffle, from which seed, and which share is whose."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pullback
from pullback.utils.data.datapipes.datapipe import IterDataPipe, MapDataPipe


def is_pipe(dataset: Any) -> bool:
    """Whether a dataset is a step."""
    return isinstance(dataset, (IterDataPipe, MapDataPipe))


def steps_of(datapipe: Any) -> list[Any]:
    """A step and all before it, each once."""
    found: dict[int, Any] = {}

    def visit(value: Any) -> None:
        if is_pipe(value) and id(value) not in found:
            found[id(value)] = value
            for part in vars(value).values():
                visit(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                visit(part)

    visit(datapipe)
    return list(found.values())


def _with(datapipe: Any, *methods: str) -> Iterator[Any]:
    return (step for step in steps_of(datapipe) if all(callable(getattr(step, name, None)) for name in methods))


def apply_shuffle_settings(datapipe: Any, shuffle: bool | None = None) -> Any:
    """Switch shuffling on or off in all steps that shuffle; one is added if there are none to switch on."""
    if shuffle is None:
        return datapipe
    shufflers = list(_with(datapipe, "set_shuffle", "set_seed"))
    if shuffle and not shufflers:
        warnings.warn(
            "`shuffle=True` was set, but the datapipe does not contain a `Shuffler`. Adding one at the end. Be aware that "
            "the default buffer size might not be sufficient for your task.",
            stacklevel=2,
        )
        datapipe = datapipe.shuffle()
        shufflers = [datapipe]
    for step in shufflers:
        step.set_shuffle(shuffle)
    return datapipe


def apply_random_seed(datapipe: Any, rng: Any) -> Any:
    """Seeds for all steps that draw."""
    for step in _with(datapipe, "set_seed"):
        step.set_seed(int(pullback.empty((), dtype=pullback.int64).random_(generator=rng).item()))
    return datapipe


def apply_sharding(datapipe: Any, num_of_instances: int, instance_id: int, sharding_group: Any = None) -> Any:
    """The share of one of several workers, in the steps that share out."""
    for step in _with(datapipe, "apply_sharding"):
        step.apply_sharding(num_of_instances, instance_id)
    return datapipe
