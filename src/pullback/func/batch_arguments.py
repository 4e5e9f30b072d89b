"""What `vmap` asks of arguments, axes and results, with PyTorch's errors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from pullback.graph.batching import BatchLevel
from pullback.graph.tensor_base import TensorBase
from pullback.trees import TreeSpec, broadcast_to_leaves, tree_flatten


def name_of(func: Callable[..., Any]) -> str:
    """How errors call `func`."""
    if isinstance(func, functools.partial):
        return f"functools.partial({name_of(func.func)}, ...)"
    return getattr(func, "__name__", None) or repr(func)


def checked_arguments(
    func: Callable[..., Any], in_dims: Any, args: tuple[Any, ...]
) -> tuple[int, list[Any], list[Any], TreeSpec]:
    """The number of examples, the leaves of the arguments with the axis of the batch in each, and how they nest."""
    name = name_of(func)
    told = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{told}expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    leaves, spec = tree_flatten(args)
    axes = broadcast_to_leaves(in_dims, spec)
    if axes is None:
        raise ValueError(
            f"{told}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{tree_flatten(in_dims)[1]} but inputs has structure {spec}."
        )
    axes = [_checked_axis(leaf, axis, told) for leaf, axis in zip(leaves, axes)]
    return _size(leaves, axes), leaves, axes, spec


def _checked_axis(leaf: Any, axis: Any, told: str) -> int | None:
    if axis is None:
        return None
    if not isinstance(axis, int):
        raise ValueError(
            f"{told}Got in_dim={axis} for an input but in_dim must be either an integer dimension or None."
        )
    if not isinstance(leaf, TensorBase):
        raise ValueError(
            f"{told}Got in_dim={axis} for an input but the input is of type {type(leaf)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    ndim: int = leaf._array.ndim
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"{told}Got in_dim={axis} for some input, but that input is a Tensor of dimensionality {ndim} so expected "
            f"in_dim to satisfy -{ndim} <= in_dim < {ndim}."
        )
    return axis % ndim


def _size(leaves: list[Any], axes: list[Any]) -> int:
    sizes = [leaf._array.shape[axis] for leaf, axis in zip(leaves, axes) if axis is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
            "mapped dimension"
        )
    return sizes[0]


def checked_outputs(
    func: Callable[..., Any], out_dims: Any, found: list[Any], spec: TreeSpec, level: BatchLevel | None
) -> list[Any]:
    """Where the batch is to stand in each leaf of the results."""
    name = name_of(func)
    places = _places(name, out_dims, spec)
    for leaf, place in zip(found, places):
        if place is None:
            if isinstance(leaf, TensorBase) and (level is None or level.is_batched(leaf)):
                raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        elif not isinstance(leaf, TensorBase):
            raise ValueError(
                f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(leaf)}. Did you mean to set "
                "out_dims= to None for output?"
            )
        elif not -leaf._array.ndim - 1 <= place <= leaf._array.ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-leaf._array.ndim - 1}, {leaf._array.ndim}], "
                f"but got {place})"
            )
    return places


def _places(name: str, out_dims: Any, spec: TreeSpec) -> list[Any]:
    for each in tree_flatten(out_dims)[0]:
        if each is not None and not isinstance(each, int):
            raise ValueError(
                f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of "
                "ints representing where in the outputs the vmapped dimension should appear."
            )
    if spec.type is None and isinstance(out_dims, tuple) and len(out_dims) == 1:
        return list(out_dims)
    places = broadcast_to_leaves(out_dims, spec)
    if places is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of "
            f"`outputs`. out_dims has structure {tree_flatten(out_dims)[1]} but outputs has structure {spec}."
        )
    return places
