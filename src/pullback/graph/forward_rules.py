"""How a tangent passes an operator. It is declared or derived, so no operator is without:

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
from pullback.graph.forward_mode import current_level, is_primal, note_saved, set_tangent, tangent_of, zeros_beside
from pullback.graph.levels import settle
from pullback.graph.modes import NO_GRAD, current_mode, switched
from pullback.graph.record import LIST, Operator, names_of
from pullback.graph.tensor_base import TensorBase, twin, wrap
from pullback.graph.versions import counter_of

Values = dict[str, Any]


def push(operator: Operator, values: tuple[Any, ...], result: Any) -> None:
    """Give `result` the tangent that follows from those of the operands."""
    if not operator.over:
        return
    arguments = {p.name: v for p, v in zip(operator.parameters, values)}
    tangents = {name: t for name in operator.over if (t := _tangent_of_operand(arguments[name])) is not None}
    results = result if isinstance(result, tuple) else (result,)
    if not tangents:
        if operator.kind == "view" and is_primal(arguments[operator.over[0]]):
            for each in results:
                set_tangent(each, None)
        return
    arguments |= {name: _primal(arguments[name]) for name in tangents}
    try:
        pushed = _PUSH[operator.kind](operator, arguments, tangents, result)
    except NotImplementedError as error:
        raise NotImplementedError(
            f"Trying to use forward AD with {operator.name} that does not support it because it has not been "
            "implemented yet."
        ) from error
    for each, tangent in zip(results, pushed if isinstance(result, tuple) else (pushed,)):
        if tangent is not None and each._array.dtype.kind not in "biu":
            tangent = _fit(tangent, each)
            set_tangent(each, tangent if operator.kind == "view" else _own(tangent, tangents))
    note_saved(results)


def _own(tangent: Any, tangents: Values) -> Any:
    """`tangent`, copied if it shows memory of those of the operands (``x + 1`` has that of ``x``): a write into the result
    must not reach them."""
    array = tangent._array
    for given in tangents.values():
        for each in given if isinstance(given, list) else (given,):
            other = None if each is None else each._array
            if array is other or (
                array.__class__ is other.__class__ is np.ndarray and np.may_share_memory(array, other)
            ):
                return tangent.clone()
    return tangent


def pushforward(operator: Operator, arguments: Values, tangents: Values, result: Any) -> Any:
    """What `tangents` of operands become at `result`; of several results a tangent, or `None`, for each."""
    pushed = _PUSH[operator.kind](operator, arguments, tangents, result)
    if not isinstance(result, tuple):
        return _fit(pushed, result)
    return tuple([None if t is None or r._array.dtype.kind in "biu" else _fit(t, r) for t, r in zip(pushed, result)])


def _tangent_of_operand(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return tangent_of(value)
    if isinstance(value, (list, tuple)):
        found = [tangent_of(each) for each in value if isinstance(each, TensorBase)]
        return found if any(each is not None for each in found) else None
    return None


def _primal(value: Any) -> Any:
    """`value` without its tangent: the tangent of a tangent is nobody's."""
    if isinstance(value, (list, tuple)):
        return [_primal(each) for each in value]
    if not isinstance(value, TensorBase):
        return value
    if current_level() < 0:
        return value
    if value._requires_grad and (value._maker is None or value._view is not None):
        primal = value.view_as(value)  # type: ignore[attr-defined]
    else:
        primal = twin(value, value._array)
        primal._counter = value._counter if not value._requires_grad else counter_of(value)
    set_tangent(primal, None)
    return primal


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


def _named(name: str, arguments: Values, result: Any) -> Any:
    """What a rule means by `name`."""
    if name in ("result", "results"):
        return _primal(result)
    if name in arguments:
        return arguments[name]
    source, _, fact = name.rpartition("_")
    if source not in arguments:
        return None  # something the forward kept
    value = arguments[source]
    if isinstance(value, (list, tuple)):
        return [getattr(each._array, fact) for each in value]
    if value is None:
        return None
    return getattr(value._array if isinstance(value, TensorBase) else np.asarray(value), fact)


def _push_elementwise(operator: Operator, arguments: Values, tangents: Values, result: Any) -> Any:
    if operator.jvp is not None:
        return _push_declared(operator, arguments, tangents, result)
    total = None
    turn = (lambda value: value) if operator.holomorphic else conj
    for name, tangent in tangents.items():
        if tangent._array.shape != result._array.shape:
            tangent = np.broadcast_to(tangent, result._array.shape)  # type: ignore[call-overload]
        rule = operator.rules[name]
        known = [turn(tangent) if n == "grad" else _named(n, arguments, result) for n in names_of(rule)]
        term = turn(rule(*known))
        total = term if total is None else total + term
    return total


def _push_linear(operator: Operator, arguments: Values, tangents: Values, result: Any) -> Any:
    moved = dict(arguments)
    kinds = {p.name: p.kind for p in operator.parameters}
    for name in operator.over:
        if name in tangents and kinds[name] == LIST:
            pairs = zip(tangents[name], arguments[name])
            moved[name] = [zeros_beside(value) if tangent is None else tangent for tangent, value in pairs]
        elif name in tangents:
            moved[name] = tangents[name]
        elif isinstance(arguments[name], TensorBase):
            moved[name] = zeros_beside(arguments[name])
        elif arguments[name] is not None:
            moved[name] = 0
    return _called(operator, moved)


def _called(operator: Operator, arguments: Values) -> Any:
    positional = [arguments[p.name] for p in operator.parameters if not p.keyword_only]
    keywords = {p.name: arguments[p.name] for p in operator.parameters if p.keyword_only}
    return operator.function(*positional, **keywords)


def _push_general(operator: Operator, arguments: Values, tangents: Values, result: Any) -> Any:
    if operator.jvp is not None:
        return _push_declared(operator, arguments, tangents, result)
    return transposed(operator, arguments, tangents)


def _push_declared(operator: Operator, arguments: Values, tangents: Values, result: Any) -> Any:
    """Call ``jvp=``: ``d_input`` is the tangent of ``input`` or `None`, other names are as in the rules."""
    assert operator.jvp is not None
    known = [
        tangents.get(name[2:]) if name.startswith("d_") else _named(name, arguments, result)
        for name in names_of(operator.jvp)
    ]
    return operator.jvp(*known)


def transposed(operator: Operator, arguments: Values, tangents: Values) -> Any:
    """The pushforward of an operator that declares only reverse rules."""
    recording = not current_mode() & NO_GRAD and _any_requires_grad([*arguments.values(), *tangents.values()])
    moved = dict(arguments)
    pairs: list[tuple[Any, Any]] = []
    with switched(off=NO_GRAD):
        for name, tangent in tangents.items():
            if isinstance(tangent, list):
                moved[name] = [_tracked(v, t, pairs) for v, t in zip(arguments[name], tangent)]
            else:
                moved[name] = _tracked(arguments[name], tangent, pairs)
        again = _called(operator, moved)
        every = again if isinstance(again, tuple) else (again,)
        outputs = [each for each in every if each._requires_grad]
        cotangents = [_cotangent(each) for each in outputs]
        pulled = gradients(outputs, cotangents, [v for v, _ in pairs], create_graph=True)
        live = [(g, t) for g, (_, t) in zip(pulled, pairs) if g is not None and g._requires_grad]
        found: list[Any] = [None] * len(cotangents)
        if live:
            starts = [t for _, t in live]
            found = gradients([g for g, _ in live], starts, cotangents, create_graph=recording)
    by_output = iter(found)
    results = [(next(by_output) if each._requires_grad else None) for each in every]
    results = [zeros_beside(each) if tangent is None else tangent for tangent, each in zip(results, every)]
    return results if isinstance(again, tuple) else results[0]


def _any_requires_grad(values: list[Any]) -> bool:
    return any(
        value._requires_grad if isinstance(value, TensorBase) else _any_requires_grad(list(value))
        for value in values
        if isinstance(value, (TensorBase, list, tuple))
    )


def _tracked(value: Any, tangent: Any, pairs: list[tuple[Any, Any]]) -> Any:
    """An operand that requires grad, at a place in the graph that it shares with no other operand."""
    if tangent is None:
        return value
    if value._requires_grad:
        value = value.view_as(value)
    else:
        value = settle(twin(value, value._array))
        value._requires_grad = True
    pairs.append((value, tangent))
    return value


def _cotangent(output: Any) -> Any:
    """A cotangent that stands for all: what is pulled back is linear in it, so its value does not matter."""
    return settle(wrap(np.zeros(output._array.shape, output._array.dtype), requires_grad=True))


_PUSH = {
    "elementwise": _push_elementwise,
    "linear": _push_linear,
    "view": _push_linear,
    "general": _push_general,
}
