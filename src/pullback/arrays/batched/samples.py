"""Cotangents of which every sample owns a part: what per-sample gradients of an ordinary batch are made of.

The losses of N samples that went through a network together have N gradients. The cotangent that starts sample n's is zero
but at place n, and on its way back it stays zero outside sample n's rows, as long as operators keep samples apart. So all N
of them fit into one array of the ordinary shape: block n of one axis belongs to sample n. ::

    N cotangents     [[a 0 0] [0 b 0] [0 0 c]]        kept as    [a b c], axis 0

Where the axis of samples is summed over (in the gradient of a weight, that all samples share) each sample gives its own
sum: a `BatchedArray`. What does not keep samples apart gets the cotangents written out, which is right and slower.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.batched.array import BatchedArray
from pullback.arrays.batched.brackets import as_tuple, is_plain
from pullback.later import later

_rules = later("pullback.arrays.batched", "sample_rules")[0]
on_ufunc, rule_of = _rules.on_ufunc, _rules.rule_of

_PLAIN = (np.ndarray, np.generic, int, float, complex)


class SampleArray(np.lib.mixins.NDArrayOperatorsMixin):
    """`count` arrays of the shape of `payload`: the n-th is `payload` in the n-th block of `axis` and zero elsewhere."""

    __slots__ = ("axis", "count", "level", "payload")

    def __init__(self, payload: Any, axis: int, count: int, level: int) -> None:
        self.payload = payload
        self.axis = axis
        self.count = count
        self.level = level

    shape = property(lambda self: self.payload.shape)
    dtype = property(lambda self: self.payload.dtype)
    ndim = property(lambda self: self.payload.ndim)
    size = property(lambda self: self.payload.size)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("the cotangents of several samples are no single array")

    def like(self, payload: Any, axis: int | None = None) -> SampleArray:
        """Another array of the same samples."""
        return SampleArray(payload, self.axis if axis is None else axis, self.count, self.level)

    def cut(self, array: Any | None = None, axis: int | None = None) -> Any:
        """The payload (or another array with such an `axis`) with the samples in front: ``(count, block, *others)``."""
        array, axis = (self.payload, self.axis) if array is None else (array, axis)
        moved = np.moveaxis(array, axis, 0)
        return moved.reshape(self.count, moved.shape[0] // self.count, *moved.shape[1:])

    def written_out(self) -> BatchedArray:
        """All the cotangents with their zeros."""
        whole = np.zeros((self.count, *self.shape), self.dtype)
        place = np.arange(self.count)
        blocks = np.moveaxis(whole, self.axis + 1, 1).reshape(
            self.count, self.count, -1, *_without(self.shape, self.axis)
        )
        blocks[place, place] = self.cut()
        ordered = blocks.reshape(self.count, self.shape[self.axis], *_without(self.shape, self.axis))
        return BatchedArray(np.moveaxis(ordered, 1, self.axis + 1), self.level)

    copy = written_out

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        kwargs.pop("out", None)
        found = on_ufunc(ufunc, method, inputs, kwargs)
        return getattr(ufunc, method)(*opened(inputs), **kwargs) if found is None else found

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        rule = rule_of(function)
        found = None if rule is None else rule(*args, **kwargs)
        return function(*opened(args), **opened(kwargs)) if found is None else found

    def __getitem__(self, index: Any) -> Any:
        index = as_tuple(index)
        if is_plain(index):
            kept = _axis_after(index, self.axis, self.ndim)
            if kept is not None:
                return self.like(self.payload[index], kept)
        return self.written_out()[index]


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


def _axis_after(index: tuple[Any, ...], axis: int, ndim: int) -> int | None:
    """Where `axis` stands after a plain index; `None` if the index does not take it whole."""
    taken = sum(each is not None and each is not Ellipsis for each in index)
    items: list[Any] = []
    for each in index:
        items += [slice(None)] * (ndim - taken) if each is Ellipsis else [each]
    old = new = 0
    for each in items:
        if each is None:
            new += 1
            continue
        if old == axis:
            return new if each == slice(None) else None
        old += 1
        new += isinstance(each, slice)
    return new + axis - old


def opened(value: Any) -> Any:
    """`value`, in which every `SampleArray` is written out."""
    if value.__class__ is SampleArray:
        return value.written_out()
    if isinstance(value, (list, tuple)):
        return type(value)(opened(each) for each in value)
    if isinstance(value, dict):
        return {name: opened(each) for name, each in value.items()}
    return value


def is_shared(value: Any) -> bool:
    """Whether `value` is an ordinary array or a number: the same for all samples."""
    return isinstance(value, _PLAIN)


def sample_axis(array: SampleArray, shape: tuple[int, ...]) -> int | None:
    """The axis of samples after a reshape in C order; `None` where their blocks do not stay together.

    >>> sample_axis(SampleArray(np.zeros((4, 3, 5)), 0, 4, 1), (12, 5))
    0
    """
    before = prod(array.shape[: array.axis])
    for axis, length in enumerate(shape):
        if prod(shape[:axis]) == before and length and length % array.count == 0:
            return axis
    return None
