"""Forward mode: tangents that travel with the tensors while a dual level is open.

How a tangent passes an operator is declared or derived, so no operator is without:

- elementwise: the rules multiply by the derivative, so the same formulas serve (for a function that is not
  holomorphic they give the adjoint, and the tangent is conjugated on the way in and out);
- linear and view: the operator itself, applied to the tangents;
- general: its ``jvp=``, or else the transpose of its reverse rules: these are linear in the cotangent, so the
  gradient of <vjp(u), tangent> with respect to u is the Jacobian times the tangent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import conj
from pullback.graph.engine import gradients
from pullback.graph.modes import FORWARD, NO_GRAD, current_mode, set_mode, switched
from pullback.graph.record import LIST, Operator, names_of
from pullback.graph.tensor_base import TensorBase, twin, wrap

_level = -1
"""The open level: PyTorch has at most one. Tangents are tagged with the serial number of their level."""
_serial = 0


def enter_level() -> int:
    """Open a forward-mode level; its number is 0."""
    global _level, _serial
    if _level >= 0:
        raise RuntimeError(
            "Nested forward mode AD is not supported at the moment. Please make sure that the previous dual level "
            "was exited before entering a new one."
        )
    _level = 0
    _serial += 1
    set_mode(current_mode() | FORWARD)
    return _level


def exit_level(level: int | None = None) -> None:
    """Close the open level; all its tangents are forgotten."""
    global _level
    if _level < 0 or (level is not None and level != _level):
        raise RuntimeError(
            f"Trying to exit a forward AD level that was not the last one that was created: level {level}, "
            f"open {_level}."
        )
    _level = -1
    set_mode(current_mode() & ~FORWARD)


def current_level() -> int:
    """The open level, or -1."""
    return _level


def tangent_of(tensor: Any) -> Any:
    """The tangent of `tensor` at the open level, or `None`."""
    held = tensor._tangent
    return None if held is None or held[0] != _serial or _level < 0 else held[1]


def set_tangent(tensor: Any, tangent: Any) -> None:
    """Let `tangent` travel with `tensor` until the level is closed."""
    tensor._tangent = (_serial, tangent)


def push(operator: Operator, values: tuple[Any, ...], result: Any) -> None:
    """Give `result` the tangent that follows from those of the operands."""
    if not operator.over:
        return
    arguments = {p.name: v for p, v in zip(operator.parameters, values)}
    tangents = {name: t for name in operator.over if (t := _tangent_of_operand(arguments[name])) is not None}
    if not tangents:
        return
    pushed = _PUSH[operator.kind](operator, arguments, tangents, result)
    if isinstance(result, tuple):
        for each, tangent in zip(result, pushed):
            if tangent is not None and each._array.dtype.kind not in "biu":
                set_tangent(each, _fit(tangent, each))
    else:
        set_tangent(result, _fit(pushed, result))


def _tangent_of_operand(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return tangent_of(value)
    if isinstance(value, (list, tuple)) and any(tangent_of(each) is not None for each in value):
        return [tangent_of(each) for each in value]
    return None


def _fit(tangent: Any, primal: Any) -> Any:
    """The tangent in the shape and dtype of the primal."""
    if not isinstance(tangent, TensorBase):
        tangent = wrap(np.asarray(tangent))
    if tangent._array.dtype.kind == "c" and primal._array.dtype.kind != "c":
        tangent = np.real(tangent)  # type: ignore[call-overload]
    if tangent._array.shape != primal._array.shape:
        tangent = np.broadcast_to(tangent, primal._array.shape)  # type: ignore[call-overload]
    if tangent._array.dtype != primal._array.dtype:
        tangent = tangent.to(primal.dtype)
    return tangent


def _named(name: str, arguments: dict[str, Any], result: Any) -> Any:
    """What a rule means by `name`."""
    if name in ("result", "results"):
        return result
    if name in arguments:
        return arguments[name]
    source, _, fact = name.rpartition("_")
    if source not in arguments:
        return None  # something the forward kept
    value = arguments[source]
    if isinstance(value, (list, tuple)):
        return [getattr(each._array, fact) for each in value]
    return None if value is None else getattr(value._array, fact)


def _push_elementwise(operator: Operator, arguments: dict[str, Any], tangents: dict[str, Any], result: Any) -> Any:
    if operator.jvp is not None:
        return _push_declared(operator, arguments, tangents, result)
    total = None
    for name, tangent in tangents.items():
        if tangent._array.shape != result._array.shape:
            tangent = np.broadcast_to(tangent, result._array.shape)  # type: ignore[call-overload]
        rule = operator.rules[name]
        turn = (lambda value: value) if operator.holomorphic else conj
        known = [turn(tangent) if n == "grad" else _named(n, arguments, result) for n in names_of(rule)]
        term = turn(rule(*known))
        total = term if total is None else total + term
    return total


def _push_linear(operator: Operator, arguments: dict[str, Any], tangents: dict[str, Any], result: Any) -> Any:
    moved = dict(arguments)
    kinds = {p.name: p.kind for p in operator.parameters}
    for name in operator.over:
        if name in tangents and kinds[name] == LIST:
            moved[name] = [
                wrap(np.zeros(v._array.shape, v._array.dtype)) if t is None else t
                for t, v in zip(tangents[name], arguments[name])
            ]
        elif name in tangents:
            moved[name] = tangents[name]
        elif isinstance(arguments[name], TensorBase):
            moved[name] = wrap(np.zeros(arguments[name]._array.shape, arguments[name]._array.dtype))
        elif arguments[name] is not None:
            moved[name] = 0
    positional = [moved[p.name] for p in operator.parameters if not p.keyword_only]
    keywords = {p.name: moved[p.name] for p in operator.parameters if p.keyword_only}
    return operator.function(*positional, **keywords)


def _push_general(operator: Operator, arguments: dict[str, Any], tangents: dict[str, Any], result: Any) -> Any:
    if operator.jvp is not None:
        return _push_declared(operator, arguments, tangents, result)
    return transposed(operator, arguments, tangents)


def _push_declared(operator: Operator, arguments: dict[str, Any], tangents: dict[str, Any], result: Any) -> Any:
    """Call ``jvp=``: ``d_input`` is the tangent of ``input`` or `None`, other names are as in the rules."""
    assert operator.jvp is not None
    known = []
    for name in names_of(operator.jvp):
        if name.startswith("d_"):
            known.append(tangents.get(name[2:]))
        else:
            known.append(_named(name, arguments, result))
    return operator.jvp(*known)


def transposed(operator: Operator, arguments: dict[str, Any], tangents: dict[str, Any]) -> Any:
    """The pushforward of an operator that declares only reverse rules."""
    recording = not current_mode() & NO_GRAD
    moved = dict(arguments)
    pairs: list[tuple[Any, Any]] = []

    def tracked(value: Any, tangent: Any) -> Any:
        if tangent is None:
            return value
        if not value._requires_grad:
            value = twin(value, value._array)
            value._requires_grad = True
        pairs.append((value, tangent))
        return value

    for name, tangent in tangents.items():
        if isinstance(tangent, list):
            moved[name] = [tracked(v, t) for v, t in zip(arguments[name], tangent)]
        else:
            moved[name] = tracked(arguments[name], tangent)
    positional = [moved[p.name] for p in operator.parameters if not p.keyword_only]
    keywords = {p.name: moved[p.name] for p in operator.parameters if p.keyword_only}
    with switched(off=NO_GRAD):
        again = operator.function(*positional, **keywords)
        outputs = [t for t in (again if isinstance(again, tuple) else (again,)) if t._requires_grad]
        dummies = [wrap(np.zeros(t._array.shape, t._array.dtype), requires_grad=True) for t in outputs]
        pulled = gradients(outputs, dummies, [v for v, _ in pairs], create_graph=True, allow_unused=True)
        live = [(g, t) for g, (_, t) in zip(pulled, pairs) if g is not None and g._requires_grad]
        if not live:
            found = [None] * len(dummies)
        else:
            found = gradients(
                [g for g, _ in live], [t for _, t in live], dummies, create_graph=recording, allow_unused=True
            )
    by_output = iter(found)
    results = [
        (next(by_output) if t._requires_grad else None) for t in (again if isinstance(again, tuple) else (again,))
    ]
    results = [
        wrap(np.zeros(t._array.shape, t._array.dtype)) if g is None else g
        for g, t in zip(results, again if isinstance(again, tuple) else (again,))
    ]
    return results if isinstance(again, tuple) else results[0]


_PUSH = {
    "elementwise": _push_elementwise,
    "linear": _push_linear,
    "view": _push_linear,
    "general": _push_general,
    "nondifferentiable": _push_linear,
}
