"""The graph of what classes compute: an operator's node around their results, and where backward passes start."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from pullback.arrays.dtypes import from_numpy
from pullback.device import channels_last, channels_last_3d, contiguous_format
from pullback.graph.hooks import note_hooked
from pullback.graph.modes import INFERENCE, NO_GRAD, current_mode
from pullback.graph.node import edge_of, next_sequence_number
from pullback.graph.operands import NUMBERS, number
from pullback.graph.record import LIST, NUMBER, PARAMETER, Operator
from pullback.graph.saved_hooks import Packed
from pullback.graph.tensor_base import TensorBase
from pullback.graph.torch_function import as_call
from pullback.graph.views import refresh
from pullback.graph.vjp_source import kept_names
from pullback.ops import aten
from pullback.ops.creation.filled import ones, ones_like
from pullback.ops.overloads import Overload, overload_for, overload_name
from pullback.torch_dispatch.asking import ask, bare, is_asked

_SAME = (lambda tensor: tensor,) * 2


def accumulate(leaf: Any, cotangent: Any) -> None:
    """Add a cotangent of such a class to the gradient of a leaf."""
    before = leaf._grad
    if before is None:
        leaf._grad = cotangent.detach() if current_mode() & NO_GRAD else cotangent
    elif current_mode() & NO_GRAD:
        before.add_(cotangent)
    else:
        leaf._grad = before + cotangent


def call(operator: Operator, values: tuple[Any, ...], out: Any, asked: list[Any]) -> Any:
    """An operator by the classes of `asked`: what they compute, at a node of the operator."""
    overload, args, kwargs = told(operator, values)
    if out is not None:
        kwargs["out"] = out
        overload = overload.overloadpacket.out
    found = asked_for(operator, ask(asked, overload, args, kwargs))
    several = isinstance(found, (tuple, list))
    for each in found if several else [found]:
        if not isinstance(each, TensorBase):
            raise RuntimeError(f"Unable to cast {each} to Tensor")
    results = [_apart(each, values) for each in found] if several else [_apart(found, values)]
    if operator.kind == "view":
        for each in results:
            each._shows = True
    if out is None and not current_mode() & (NO_GRAD | INFERENCE) and operator.over:
        record(operator, values, results)
    return tuple(results) if several else results[0]


def asked_for(operator: Operator, result: Any) -> Any:
    """What the caller gets of `result`: the first where PyTorch's operator has more, as ``native_layer_norm`` has."""
    return result[0] if operator.outputs == 1 and type(result) is tuple else result


_ORDERS = {each.name: each for each in (contiguous_format, channels_last, channels_last_3d)}


_FORMS: dict[str, Any] = {
    "to_copy": lambda input, dtype: ("_to_copy", (input,), {"dtype": from_numpy(dtype)}),
    "to_integers": lambda input, dtype: ("_to_copy", (input,), {"dtype": from_numpy(dtype)}),
    "softmax": lambda input, dim: ("_softmax", (input, dim, False), {}),
    "log_softmax": lambda input, dim: ("_log_softmax", (input, dim, False), {}),
    "clone": lambda input, how: (
        "clone",
        (input,),
        {} if how == "preserve_format" else {"memory_format": _ORDERS[how]},
    ),
}
"""Operators that PyTorch's library has in other forms."""


_ZERO_DIM = frozenset("cat stack unbind split".split())
"""Operators whose last operand goes without saying if it is 0."""


def told(operator: Operator, values: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """A call as classes and modes are told of it: the overload, its arguments."""
    args, kwargs = as_call(operator, values)
    if operator.name in _FORMS and not kwargs and len(args) <= 2:
        name, args, kwargs = _FORMS[operator.name](*args)
        return getattr(aten, name).default, args, kwargs
    if operator.name in _ZERO_DIM and args[-1] == 0:
        return overload_named(operator.name, args[:-1]), args[:-1], kwargs
    return overload_for(operator, args), args, kwargs


def overload_named(name: str, args: Sequence[Any]) -> Overload:
    """The overload of a public function or method, as of ``"add_"``."""
    found: Overload = getattr(getattr(aten, name), overload_name(name.rstrip("_"), args))
    return found


def _apart(result: Any, values: tuple[Any, ...]) -> Any:
    """A result; where it is an operand itself, another object that shows the same."""
    return bare(result) if any(result is each for each in values) and isinstance(result, TensorBase) else result


def record(operator: Operator, values: tuple[Any, ...], results: Sequence[Any]) -> Any:
    """Make the node of a call that somebody else computed, and put `results` there; `None` if nothing requires grad."""
    given = dict(zip([p.name for p in operator.parameters], values))
    kinds = {p.name: p.kind for p in operator.parameters}
    node = operator.node_class()
    node._seq, edges = next_sequence_number(), []
    for name in operator.over:
        parts = list(given[name]) if kinds[name] == LIST else [given[name]]
        found = [_edge(each) for each in parts]
        if kinds[name] == LIST:
            setattr(node, f"n_{name}", len(found))
        edges += found
    if not any(edge is not None for edge in edges):
        return None
    node._edges = tuple(edges)
    node._code, node._offset = sys._getframe(1).f_code, sys._getframe(1).f_lasti
    for name in kept_names(operator):
        if (value := _kept(name, given, kinds, results, operator)) is not _NOTHING:
            setattr(node, f"s_{name}", value)
            if isinstance(value, TensorBase) and value._counter is not None:
                node._versions = {**(node._versions or {}), name: value._counter.value}
    facts = [(each._array.shape, each._array.dtype) for each in results if isinstance(each, TensorBase)]
    if operator.outputs == 1:
        node._shape, node._dtype = facts[0]
    else:
        node._n_outputs = len(facts)
        node._shape, node._dtype = facts[0] if len(facts) == 1 else ([s for s, _ in facts], [d for _, d in facts])
    for nr, each in enumerate(results):
        if isinstance(each, TensorBase) and each._array.dtype.kind not in "biu":
            each._maker, each._output_nr, each._requires_grad = node, nr, True
    node.__dict__["_made"] = weakref.ref(results[0])
    _nodes.add(node)
    note_hooked(node)  # leads to the pass that hands tensors to rules
    return node


_NOTHING = object()


def _edge(value: Any) -> Any:
    if not isinstance(value, TensorBase):
        return None
    if value._view is not None:
        refresh(value)
    return edge_of(value)


def _kept(name: str, given: dict[str, Any], kinds: dict[str, Any], results: Sequence[Any], operator: Operator) -> Any:
    """What a node keeps under `name`."""
    if name == "result":
        return Packed(_detached(results[0]), _SAME, 0)
    if name == "results":
        return [Packed(_detached(each), _SAME, nr) for nr, each in enumerate(results)]
    if name in operator.keeps:
        return _NOTHING
    if name not in kinds:
        name, _, fact = name.rpartition("_")
        value = given[name]
        if kinds[name] == LIST:
            return [getattr(each._array, fact) for each in value]
        if not isinstance(value, TensorBase):
            return None if value is None else getattr(_as_array(value, given, kinds), fact)
        return getattr(value._array, fact)
    if kinds[name] == NUMBER and given[name].__class__ in NUMBERS:
        return _as_array(given[name], given, kinds)
    return list(given[name]) if kinds[name] == LIST else given[name]


def _detached(tensor: Any) -> Any:
    return tensor.detach() if is_asked(tensor) else bare(tensor)


def _as_array(value: Any, given: dict[str, Any], kinds: dict[str, Any]) -> Any:
    """A number in the dtype that it takes beside the tensors of a call."""
    beside = [v for name, v in given.items() if kinds[name] != PARAMETER and isinstance(v, TensorBase)]
    return number(value, beside[0]._array)


_nodes: weakref.WeakSet[Any] = weakref.WeakSet()


def takes_part() -> bool:
    """Whether a backward pass may meet a class, or a mode is to be told of it."""
    return bool(_nodes) or bool(modes.get())


def started(starts: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Where a pass starts: cotangents that nobody gave are made as the class of the result makes them, and told to modes."""
    found = []
    for edge, start in starts:
        node = edge[0] if edge.__class__ is tuple else edge
        made = getattr(node, "__dict__", {}).get("_made", lambda: None)()
        if (is_asked(made) or modes.get()) and not is_asked(start) and (start._array == 1).all():
            start = ones_like(made) if is_asked(made) else ones(start.shape, dtype=start.dtype)
        found.append((edge, start))
    return found


modes: ContextVar[tuple[Any, ...]] = ContextVar("torch dispatch modes", default=())
"""The modes of `pullback.utils._python_dispatch` that are entered, the newest last."""
