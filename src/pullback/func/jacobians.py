"""Whole Jacobians: all basis vectors at once, as a batch of cotangents (`jacrev`) or of tangents (`jacfwd`)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np

from pullback.func import argnums as arguments
from pullback.func.batches import check_randomness
from pullback.func.forward import check_tensors, jvp
from pullback.func.reverse import Traced, split_aux
from pullback.graph import levels
from pullback.graph.batching import BatchLevel
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.shape.joining import cat
from pullback.trees import tree_flatten, tree_unflatten

Argnums = "int | tuple[int, ...]"


def basis(tensors: list[Any], start: int = 0, stop: int | None = None) -> list[Any]:
    """Rows `start` to `stop` of the standard basis of the space of all `tensors` together, in their shapes.

    For tensors of n₁, n₂, … elements there are n₁ + n₂ + … rows; each part has the rows in front.
    """
    counts = [each._array.size for each in tensors]
    rows = range(start, sum(counts) if stop is None else min(stop, sum(counts)))
    parts = []
    for each, offset in zip(tensors, accumulate([0, *counts])):
        size = each._array.size
        part = np.zeros((len(rows), size), each._array.dtype)
        first, last = max(rows.start, offset), min(rows.stop, offset + size)
        if first < last:
            inside = np.arange(first, last)
            part[inside - rows.start, inside - offset] = 1
        parts.append(wrap(part.reshape(len(rows), *each._array.shape)))
    return parts


def _check_real(transform: str, what: str, tensors: list[Any]) -> None:
    """``RuntimeError`` if a tensor is complex: rows of the basis would be half of its derivatives."""
    for number, each in enumerate(tensors):
        if isinstance(each, TensorBase) and each._array.dtype.kind == "c":
            raise RuntimeError(
                f"{transform}: Expected all {what} to be real but received complex tensor at flattened input idx: {number}"
            )


def _in_steps(total: int, chunk_size: int | None) -> list[tuple[int, int]]:
    step = chunk_size or max(total, 1)
    return [(start, min(start + step, total)) for start in range(0, total, step)]


def jacrev(
    func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """A function that returns the Jacobian of `func`, by reverse mode: one row for each element of the result.

    Args:
        func: takes tensors (or nested containers of them) and returns such.
        argnums: which arguments are differentiated: a number, or a tuple of numbers for a tuple of Jacobians.
        has_aux: `func` returns ``(output, aux)``; the result is then ``(jacobian, aux)``.
        chunk_size: rows that are computed at a time; all of them by default.

    The Jacobian has the shape ``(*output.shape, *input.shape)``, nested like the output, and in that like the input.

    >>> import pullback as torch
    >>> torch.func.jacrev(lambda x: x ** 2)(torch.tensor([1., 2.]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if chunk_size is not None and not chunk_size > 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        name = "vjp(f, *primals)"
        _check_real("jacrev", "inputs", tree_flatten(arguments.chosen(args, argnums))[0])
        traced = Traced(func, args, argnums, kwargs)
        output, aux = split_aux(name, traced.result) if has_aux else (traced.result, None)
        check_tensors(name, output)
        outputs, spec = tree_flatten(output)
        _check_real("jacrev", "outputs", outputs)
        rows = _rows(traced, outputs, chunk_size)
        found = tree_unflatten(_by_output(rows, outputs, traced), spec)
        aux = traced.aux(aux) if has_aux else None
        traced.tracking.close()
        return (found, aux) if has_aux else found

    return jacobian


def _rows(traced: Traced, outputs: list[Any], chunk_size: int | None) -> list[Any]:
    """The gradients of every element of `outputs`, one after the other along the first axis, for each input."""
    tracking = traced.tracking
    edges = tracking.edges(outputs)
    linked = traced.recording and tracking.leads_on(edges)
    steps = _in_steps(sum(each._array.size for each in outputs), chunk_size)
    parts = []
    for start, stop in steps:
        level = BatchLevel(stop - start)
        with levels.opened(level):
            cotangents = [level.split(each, 0) for each in basis(outputs, start, stop)]
            found = tracking.pulled(edges, cotangents, True, linked)
            parts.append([level.joined(each, 0) for each in found])
    if not parts:
        return [wrap(np.zeros((0, *each._array.shape), each._array.dtype)) for each in tracking.inputs]
    return parts[0] if len(parts) == 1 else [cat(list(column), 0) for column in zip(*parts)]


def _by_output(rows: list[Any], outputs: list[Any], traced: Traced) -> list[Any]:
    """The rows cut into the parts of each output, nested like the inputs."""
    found = []
    for output, offset in zip(outputs, accumulate([0, *[each._array.size for each in outputs]])):
        shape, size = output._array.shape, output._array.size
        parts = [each if size == each._array.shape[0] else each.narrow(0, offset, size) for each in rows]
        shaped = [each.reshape((*shape, *each._array.shape[1:])) for each in parts]
        found.append(tree_unflatten(shaped, traced.spec))
    return found


def jacfwd(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error",
    chunk_size: int | None = None,
) -> Callable[..., Any]:  # fmt: skip
    """A function that returns the Jacobian of `func`, by forward mode: one column for each element of the input.

    The arguments and the result are those of `jacrev`; `randomness` says whether `func` may draw random numbers, see
    `vmap`.

    >>> import pullback as torch
    >>> torch.func.jacfwd(lambda x: x ** 2)(torch.tensor([1., 2.]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    check_randomness(randomness)
    if chunk_size is not None and not chunk_size > 0:
        raise ValueError("jacfwd: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        chosen = arguments.chosen(args, argnums)
        inputs, spec = tree_flatten(chosen)
        _check_real("jacfwd", "inputs", inputs)
        columns = _Columns(func, args, kwargs, argnums, spec, has_aux)
        total = sum(each._array.size for each in inputs if isinstance(each, TensorBase))
        parts = [columns.some(inputs, start, stop, randomness) for start, stop in _in_steps(total, chunk_size)]
        if not parts:
            parts = [columns.some(inputs, 0, 0, randomness)]
        pushed = parts[0] if len(parts) == 1 else [cat(list(each), 0) for each in zip(*parts)]
        found = [_by_input(each, inputs, spec) for each in pushed]
        whole = tree_unflatten(found, columns.output_spec)
        return (whole, columns.aux) if has_aux else whole

    return jacobian


class _Columns:
    """A function that is pushed along basis vectors of some of its arguments."""

    def __init__(self, func: Any, args: Any, kwargs: Any, argnums: Any, spec: Any, has_aux: bool) -> None:
        self.args = args
        self.argnums = argnums
        self.spec = spec
        self.has_aux = has_aux
        self.func = lambda chosen: func(*arguments.replaced(args, argnums, chosen), **kwargs)
        self.output_spec: Any = None
        self.aux: Any = None

    def some(self, inputs: list[Any], start: int, stop: int, randomness: str) -> list[Any]:
        """The derivatives along basis vectors `start` to `stop`, one after the other along the first axis."""
        level = BatchLevel(stop - start, randomness)
        with levels.opened(level):
            tangents = [level.split(each, 0) for each in basis(inputs, start, stop)]
            primals = tree_unflatten(inputs, self.spec)
            _, pushed, *rest = jvp(self.func, (primals,), (tree_unflatten(tangents, self.spec),), has_aux=self.has_aux)
            leaves, self.output_spec = tree_flatten(pushed)
            _check_real("jacfwd", "outputs", leaves)
            if rest:
                aux, spec = tree_flatten(rest[0])
                self.aux = tree_unflatten(
                    [each if not level.is_batched(each) else level.joined(each, 0)[0] for each in aux], spec
                )
            return [level.joined(each, 0) for each in leaves]


def _by_input(pushed: Any, inputs: list[Any], spec: Any) -> Any:
    """Columns, which lie along the first axis, moved behind the axes of the output and cut into the parts of each input."""
    whole = pushed.movedim(0, -1)
    shape = pushed._array.shape[1:]
    found = []
    for each, offset in zip(inputs, accumulate([0, *[each._array.size for each in inputs]])):
        size = prod(each._array.shape)
        part = whole if size == whole._array.shape[-1] else whole.narrow(-1, offset, size)
        found.append(part.reshape((*shape, *each._array.shape)))
    return tree_unflatten(found, spec)


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that returns the second derivatives of `func`: forward mode over reverse mode.

    >>> import pullback as torch
    >>> torch.func.hessian(lambda x: (x ** 3).sum())(torch.tensor([1., 2.]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
