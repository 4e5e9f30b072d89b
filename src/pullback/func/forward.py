"""Forward mode as a transform of functions: `jvp` and `linearize`.

Tensors carry one tangent at a time. The outermost `jvp` lets them travel; one inside it pulls back twice instead: what is
pulled back is linear in the cotangent, so its derivative by the cotangent is the Jacobian itself. ::

    g(u) = uᵀ J,   d g / d u · t = J t
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.func.reverse import Traced, check_aux, check_tensors, split_aux, traced_vjp
from pullback.func.tracking import Tracking, is_recording, leaf_of
from pullback.graph import engine, forward_mode, levels
from pullback.graph.modes import FORWARD, INFERENCE, NO_GRAD, switched
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.trees import tree_flatten, tree_leaves, tree_map, tree_unflatten

_NAME = "jvp(f, primals, tangents)"


def jvp(
    func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, strict: bool = False,
    has_aux: bool = False,
) -> Any:  # fmt: skip
    """The value of `func` at `primals`, and its derivative in the direction of `tangents`, nested like the value.

    With `has_aux` a third result is what `func` returned beside its value; with `strict` a result that does not depend
    on the primals is an error. Raises ``RuntimeError`` if primals and tangents do not fit each other.

    >>> import pullback as torch
    >>> torch.func.jvp(torch.sin, (torch.zeros(2),), (torch.tensor([1., 2.]),))
    (tensor([0., 0.]), tensor([1., 2.]))
    """
    _check_pair(primals, tangents)
    if forward_mode.current_level() >= 0:
        return _by_two_pulls(func, primals, tangents, has_aux)
    with switched(off=INFERENCE):
        shown, pushed = _pushed(func, primals, tangents, strict, has_aux)
    return (shown[0], pushed, shown[1]) if has_aux else (shown[0], pushed)


def _pushed(func: Any, primals: Any, tangents: Any, strict: bool, has_aux: bool) -> tuple[Any, Any]:
    """What `func` returned and what beside it, without tangents; and the tangents."""
    forward_mode.enter_level()
    enabled = forward_mode.is_enabled()
    try:
        forward_mode.set_enabled(True)
        duals = tree_map(dual, primals, tangents)
        with levels.transformed(func):
            result = func(*duals)
        result, aux = split_aux(_NAME, result) if has_aux else (result, None)
        check_tensors(_NAME, result)
        if has_aux:
            check_aux(aux)
        pushed = tree_map(lambda each: pushed_of(each, strict), result)
        return tree_map(_primal, (result, aux)), pushed
    finally:
        forward_mode.exit_level()
        forward_mode.set_enabled(enabled)


def _check_pair(primals: Any, tangents: Any) -> None:
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{_NAME}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    leaves, spec = tree_flatten(primals)
    given, spec_given = tree_flatten(tangents)
    if spec != spec_given:
        raise RuntimeError(
            f"{_NAME}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {spec} and tangents with structure "
            f"{spec_given}"
        )
    for name, values in (("primals", leaves), ("tangents", given)):
        if not values:
            raise RuntimeError(f"{_NAME}: Expected {name} to contain at least one Tensor.")
        for each in values:
            if not isinstance(each, TensorBase):
                raise RuntimeError(f"{_NAME}: Expected {name} to only contain Tensors, got {type(each)}")


def _check_floating(value: Any, name: str) -> None:
    if value._array.dtype.kind in "biu":
        raise ValueError(f"Expected {name} to be floating point or complex, but got: {value.dtype}")


def dual(primal: Any, tangent: Any) -> Any:
    """A view of `primal` with which `tangent` travels."""
    _check_floating(primal, "primal")
    _check_floating(tangent, "tangent")
    forward_mode.check_tangent(primal, tangent)
    with switched(off=FORWARD):
        shown = primal.view_as(primal)
    forward_mode.set_tangent(shown, forward_mode.laid_out_as(primal, tangent))
    return shown


def pushed_of(tensor: Any, strict: bool = False) -> Any:
    """The tangent that arrived with `tensor`, or zeros."""
    tangent = forward_mode.tangent_of(tensor)
    if tangent is not None:
        return tangent
    if strict:
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
            "with strict=True."
        )
    return wrap(np.zeros(tensor._array.shape, tensor._array.dtype))


def _primal(value: Any) -> Any:
    """A result without its tangent; a dual that was handed through is seen without its mark."""
    if not isinstance(value, TensorBase) or forward_mode.tangent_of(value) is None:
        return value
    with switched(off=FORWARD):
        return value.view_as(value) if value.requires_grad else leaf_of_primal(value)  # type: ignore[attr-defined]


def leaf_of_primal(value: Any) -> Any:
    """A leaf in the memory of `value`, without its tangent."""
    shown = leaf_of(value)
    forward_mode.set_tangent(shown, None)
    return shown


class Linearized:
    """The Jacobian at a point, ready to be applied to tangents."""

    def __init__(self, traced: Traced, output: Any) -> None:
        self.tracking = traced.tracking
        self.spec = traced.spec
        self.outputs, self.output_spec = tree_flatten(output)
        edges = self.tracking.edges(self.outputs)
        with switched(off=NO_GRAD | INFERENCE), levels.transformed(None):
            self.cotangents = [_unknown(each) for each in self.outputs]
            found = self.tracking.pulled(edges, self.cotangents, keep=True, create_graph=True)
            self.pulled = [(g, n) for n, g in enumerate(found) if g.requires_grad]
        self.linear = Tracking(self.cotangents, inside=self.tracking)
        self.edges = self.linear.edges([g for g, _ in self.pulled])

    def apply(self, tangents: list[Any], keep: bool) -> Any:
        """The tangents of the outputs, nested like them."""
        found: Any = [None] * len(self.outputs)
        if self.pulled:
            found = engine.gradients(
                [g for g, _ in self.pulled],
                [tangents[n] for _, n in self.pulled],
                self.cotangents,
                keep=keep,
                create_graph=is_recording() and (_any_tracked(tangents) or self.linear.leads_on(self.edges)),
            )
        zeros = [
            wrap(np.zeros(each._array.shape, each._array.dtype)) if value is None else value
            for value, each in zip(found, self.outputs)
        ]
        return tree_unflatten(zeros, self.output_spec)


def _any_tracked(tensors: list[Any]) -> bool:
    return any(each.requires_grad for each in tensors)


def _unknown(output: Any) -> Any:
    """A cotangent that stands for all: what is pulled back is linear in it, so its value does not matter."""
    return levels.settle(wrap(np.zeros(output._array.shape, output._array.dtype), requires_grad=True))


def _by_two_pulls(func: Any, primals: Any, tangents: Any, has_aux: bool) -> Any:
    given = tree_leaves(tangents)
    for primal, tangent in zip(tree_leaves(primals), given):
        _check_floating(primal, "primal")
        if primal._array.shape != tangent._array.shape:
            forward_mode.check_tangent(primal, tangent)
    traced, output, rest = traced_vjp(func, primals, tuple(range(len(primals))), has_aux, _NAME)
    pushed = Linearized(traced, output).apply(given, keep=False)
    value = traced.released(output)
    traced.tracking.close()
    return value, pushed, *rest


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of `func` at `primals`, and the function that pushes tangents forward there.

    `func` is called once; the second result takes one tangent for each primal and may be called many times.

    >>> import pullback as torch
    >>> value, push = torch.func.linearize(torch.sin, torch.zeros(2))
    >>> push(torch.tensor([1., 2.]))
    tensor([1., 2.])
    """
    traced, output, _ = traced_vjp(func, primals, tuple(range(len(primals))), False, "linearize(f, *primals)")
    linear = Linearized(traced, output)
    value = traced.released(output)
    traced.tracking.close()
    leaves, spec = tree_flatten(primals)

    def push(*tangents: Any) -> Any:
        """The derivative in the direction of `tangents`."""
        given, spec_given = tree_flatten(tangents)
        if spec != spec_given:
            raise RuntimeError(f"Expected the tangents {spec_given} to have the same argspec as the primals {spec}")
        for number, (tangent, primal) in enumerate(zip(given, leaves)):
            if tangent._array.shape != primal._array.shape:
                raise RuntimeError(
                    f"tangent:{number} with shape {tangent.shape} in flattened pytree doesn't match the shape "
                    f"{primal.shape} of the corresponding primal."
                )
            if tangent._array.dtype != primal._array.dtype:
                raise RuntimeError(
                    f"tangent:{number} with dtype {tangent.dtype} in flattened pytree doesn't match the dtype "
                    f"{primal.dtype} of the corresponding primal."
                )
        return linear.apply(given, keep=True)

    return value, push
