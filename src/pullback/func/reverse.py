"""Reverse mode as a transform of functions: `vjp`, `grad` and `grad_and_value`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from pullback.func import argnums as arguments
from pullback.func.tracking import Tracking, fresh_tree, is_recording
from pullback.graph import levels, saved_hooks
from pullback.graph.modes import INFERENCE, NO_GRAD, switched
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.trees import TreeSpec, tree_flatten, tree_leaves, tree_map, tree_unflatten

NO_HOOKS = "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open an issue with your use case."


class Traced:
    """A function called on fresh inputs: what it returned, and the way back."""

    def __init__(
        self, func: Callable[..., Any], args: tuple[Any, ...], argnums: Any, kwargs: Any, hooks: bool = False
    ) -> None:
        self.recording = is_recording()
        allowed = nullcontext() if hooks else saved_hooks.disabled(NO_HOOKS)
        with switched(off=NO_GRAD | INFERENCE), levels.transformed(func), allowed:
            chosen = fresh_tree(arguments.chosen(args, argnums))
            inputs, self.spec = tree_flatten(chosen)
            self.tracking = Tracking(inputs)
            self.result = func(*arguments.replaced(args, argnums, chosen), **kwargs)

    def released(self, tree: Any) -> Any:
        """Results as the world outside sees them."""
        return tree_map(lambda each: self.tracking.released(each, self.recording), tree)

    def aux(self, tree: Any) -> Any:
        """What a function returns beside its result: tensors only."""
        check_aux(tree)
        return self.released(tree)

    def pull(self, edges: Sequence[Any], cotangents: Sequence[Any], keep: bool, recording: bool) -> Any:
        """The cotangents of the fresh inputs, nested as they were."""
        linked = recording and (any(each.requires_grad for each in cotangents) or self.tracking.leads_on(edges))
        with switched(off=INFERENCE):
            return tree_unflatten(self.tracking.pulled(edges, cotangents, keep, linked), self.spec)


def check_aux(tree: Any) -> None:
    """``RuntimeError`` if anything but a tensor is returned beside a result."""
    for each in tree_leaves(tree):
        if not isinstance(each, TensorBase):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(each)}")


def split_aux(name: str, result: Any) -> tuple[Any, Any]:
    """What a function returned, and what it returned beside it. ``RuntimeError`` if that is no pair."""
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def grad_and_value(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient of `func` and its value.

    With `has_aux`, `func` returns ``(output, aux)`` and the result is ``(gradient, (output, aux))``. See `grad`.

    >>> import pullback as torch
    >>> torch.func.grad_and_value(lambda x: x ** 3)(torch.tensor(2.))
    (tensor(12.), tensor(8.))
    """

    @functools.wraps(func)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        name = "grad_and_value(f)(*args)"
        traced = Traced(func, args, argnums, kwargs)
        output, aux = split_aux(name, traced.result) if has_aux else (traced.result, None)
        _check_scalar(name, output)
        gradient = traced.pull(traced.tracking.edges([output]), [_one(output)], False, traced.recording)
        value = traced.released(output)
        value = (value, traced.aux(aux)) if has_aux else value
        traced.tracking.close()
        return gradient, value

    return differentiated


def _check_scalar(name: str, output: Any) -> None:
    if not isinstance(output, TensorBase):
        raise RuntimeError(f"{name}: Expected f(*args) to return a Tensor, got {type(output)}")
    if output._array.ndim:
        raise RuntimeError(
            f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with {output._array.ndim} dims. Maybe you "
            "wanted to use the vjp or jacrev APIs instead?"
        )
    if output._array.dtype.kind == "c":
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {output.dtype}")  # type: ignore[attr-defined]


def _one(output: Any) -> Any:
    return wrap(np.ones((), output._array.dtype)[()])


def grad(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `func`, which returns one number.

    Args:
        func: takes tensors (or nested containers of them) and returns a tensor without axes.
        argnums: which arguments are differentiated: a number, or a tuple of numbers for a tuple of gradients.
        has_aux: `func` returns ``(output, aux)``; the result is then ``(gradient, aux)``.

    Raises:
        RuntimeError: if `func` does not return one real number, or `argnums` names no arguments.
        ValueError: if a differentiated argument is no tensor.

    >>> import pullback as torch
    >>> from torch.func import grad, vmap                                               # doctest: +SKIP
    >>> torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(0.5))
    tensor(-0.4794)
    >>> torch.func.vmap(torch.func.grad(lambda w, x: (w * x).sum() ** 2), (None, 0))(torch.ones(2), torch.eye(2))
    tensor([[2., 0.],
            [0., 2.]])
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `func` at `primals`, and the function that pulls cotangents back.

    The second takes cotangents nested like the value and returns a tuple of cotangents, one for each primal (one primal:
    that cotangent alone). It may be called many times. With `has_aux` a third result is what `func` returned beside
    its value.

    Raises ``RuntimeError`` if `func` returns anything but tensors, or cotangents do not fit its value.

    >>> import pullback as torch
    >>> value, pull = torch.func.vjp(torch.sin, torch.zeros(2))
    >>> value, pull(torch.tensor([1., 2.]))
    (tensor([0., 0.]), (tensor([1., 2.]),))
    """
    traced, output, rest = traced_vjp(func, primals, tuple(range(len(primals))), has_aux)
    pull, value = Pull(traced, output), traced.released(output)
    traced.tracking.close()
    return value, pull, *rest


def traced_vjp(func: Any, args: Any, argnums: Any, has_aux: bool, name: str = "vjp(f, *primals)") -> Any:
    """A traced call whose result was checked: the call, its result, and ``(aux,)`` or nothing."""
    hooks = not name.startswith("vjp")
    traced = Traced(func, args, argnums, {}, hooks) if args else Traced(lambda _: func(), ((),), 0, {}, hooks)
    output, aux = split_aux(name, traced.result) if has_aux else (traced.result, None)
    check_tensors(name, output)
    return traced, output, (traced.aux(aux),) if has_aux else ()


def check_tensors(name: str, output: Any) -> None:
    """``RuntimeError`` unless `output` is made of tensors; for `vjp` also if one of them has no derivative."""
    leaves = [] if output is None else tree_leaves(output)
    for each in leaves:
        if not isinstance(each, TensorBase):
            raise RuntimeError(
                f"{name}: expected f(*primals) to return only tensors, got unsupported type {type(each)}"
            )
        if name.startswith("vjp") and each._array.dtype.kind in "biu":
            raise RuntimeError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                f"{each.dtype}"  # type: ignore[attr-defined]
            )
    if not leaves:
        empty = [None] if output is None else []
        raise RuntimeError(f"{name}: Expected f to be a function that has non-empty output (got output = {empty})")


class Pull:
    """What `vjp` returns beside the value."""

    def __init__(self, traced: Traced, output: Any) -> None:
        self.traced = traced
        self.outputs, self.spec = tree_flatten(output)
        self.edges = traced.tracking.edges(self.outputs)

    def __call__(self, cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given, spec = tree_flatten(cotangents)
        _check_nesting(spec, self.spec)
        for number, (each, output) in enumerate(zip(given, self.outputs)):
            _check_cotangent(number, each, output)
        recording = is_recording() if create_graph is None else create_graph
        return self.traced.pull(self.edges, given, retain_graph, recording)


def _check_nesting(found: TreeSpec, wanted: TreeSpec) -> None:
    if found != wanted:
        raise RuntimeError(
            "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. "
            f"cotangents: {found.pattern()}, primal output: {wanted.pattern()}"
        )


def _check_cotangent(number: int, given: Any, output: Any) -> None:
    if not isinstance(given, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(given).__name__}")
    if given._array.shape != output._array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{number}] has a shape of {given.shape} and output[{number}] has a shape of "  # type: ignore[attr-defined]
            f"{output.shape}."
        )
