"""Classes of tensors of the user's own below autograd: `__torch_dispatch__` computes what an operator gives.

Such a class has a property for ``_array`` that refuses operators, as one with `__torch_function__` has. The operator's slow
path comes here: the class computes the result while nothing is recorded, and the node is made around it, keeping the
tensors themselves. Backward passes that meet such nodes hand tensors to the rules, so the class computes these too.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from copyreg import _slotnames  # type: ignore[attr-defined]
from typing import Any

from pullback.graph.hooks import note_hooked
from pullback.graph.modes import FORWARD, INFERENCE, NO_GRAD, OBSERVED, SAVED_HOOKS, current_mode, switched
from pullback.graph.node import edge_of, next_sequence_number
from pullback.graph.operands import NUMBERS, number
from pullback.graph.record import LIST, NUMBER, PARAMETER, Operator
from pullback.graph.saved_hooks import Packed
from pullback.graph.tensor_base import TensorBase
from pullback.graph.torch_function import Overridden, as_call, disabled_implementation, operands_of, when_met
from pullback.graph.views import refresh
from pullback.graph.vjp_source import kept_names

met: list[type] = []
"""The classes that there are; while it is empty nothing here is asked."""

_off: ContextVar[bool] = ContextVar("__torch_dispatch__ off", default=False)
_slot: Any = TensorBase._array  # type: ignore[misc]  # the slot itself
_SAME = (lambda tensor: tensor,) * 2


def overload_of(operator: Operator, args: Any, kwargs: Any) -> Any:
    """The overload that a class is told of; `pullback.utils._python_dispatch` knows it."""
    from pullback.ops.overloads import overload_for  # the names of operators, which stand above the graph

    return overload_for(operator, args, kwargs)


def _array(tensor: Any) -> Any:
    if sys._getframe(1).f_code.co_filename.startswith("<operator ") and not _off.get():
        raise Overridden("_array")
    return _slot.__get__(tensor)


_asking = property(_array, _slot.__set__, doc="The elements, or what stands for them, for everybody but operators.")


def take_in(cls: Any) -> None:
    """Let a class be asked: its own `__torch_function__` first, if it has one."""
    cls._array = _asking
    if all("__torch_function__" not in vars(base) for base in cls.__mro__[: cls.__mro__.index(TensorBase.result_class)]):
        cls.__torch_function__ = staticmethod(disabled_implementation)
    met.append(cls)
    when_met()


class switched_off:
    """No class is asked inside the ``with`` block."""

    def __enter__(self) -> None:
        self.token = _off.set(True)

    def __exit__(self, *exception: object) -> None:
        _off.reset(self.token)


def bare_implementation(func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """What `Tensor` has as `__torch_dispatch__`: the function itself, on the memory of its arguments."""
    with switched_off():
        return func(*args, **(kwargs or {}))


def is_asked(value: Any) -> bool:
    """Whether the class of `value` is to be asked."""
    return isinstance(value, TensorBase) and type(value)._array is _asking and not _off.get()  # type: ignore[misc]


def asked_among(values: Sequence[Any]) -> list[Any]:
    """Those of `values` whose class is asked, one for each class, a subclass before its bases."""
    found: list[Any] = []
    for value in values:
        if is_asked(value) and not any(type(value) is type(each) for each in found):
            place = next((n for n, each in enumerate(found) if issubclass(type(value), type(each))), len(found))
            found.insert(place, value)
    return found


def asked_of(operator: Operator, values: tuple[Any, ...]) -> list[Any]:
    """The operands of a call whose class is asked."""
    return asked_among(list(operands_of(operator, values))) if met else []


def ask(asked: Sequence[Any], overload: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What the first class computes that does not pass; ``TypeError`` if all do."""
    types = tuple(type(each) for each in asked)
    with switched(on=NO_GRAD, off=OBSERVED | FORWARD | SAVED_HOOKS | INFERENCE):
        for kind in types:
            found = kind.__torch_dispatch__(overload, types, args, kwargs)
            if found is not NotImplemented:
                return found
    told = "".join(f"\n\n  - tensor subclass {kind}" for kind in types)
    raise TypeError(
        f"Multiple dispatch failed for 'torch.ops.{overload}'; all __torch_dispatch__ handlers returned NotImplemented:{told}"
        "\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


def call(operator: Operator, values: tuple[Any, ...], out: Any, asked: list[Any]) -> Any:
    """An operator by the classes of `asked`: what they compute, at a node of the operator."""
    args, kwargs = as_call(operator, values)
    if out is not None:
        kwargs["out"] = out
    found = ask(asked, overload_of(operator, args, kwargs), args, kwargs)
    several = isinstance(found, (tuple, list))
    results = [_apart(each, values) for each in found] if several else [_apart(found, values)]
    if out is None and not current_mode() & (NO_GRAD | INFERENCE) and operator.over:
        record(operator, values, results)
    return tuple(results) if several else results[0]


def _apart(result: Any, values: tuple[Any, ...]) -> Any:
    """A result; where it is an operand itself, another object that shows the same."""
    return bare(result) if any(result is each for each in values) and isinstance(result, TensorBase) else result


def bare(tensor: Any) -> Any:
    """The same tensor, with no place in the graph."""
    made = object.__new__(type(tensor))
    made._array, made._requires_grad, made._output_nr = _slot.__get__(tensor), False, 0
    made._grad_fn = made._grad = made._view = None
    made._counter = tensor._counter
    for name in _slotnames(type(tensor)):
        if name not in TensorBase.__slots__ and hasattr(tensor, name):
            setattr(made, name, getattr(tensor, name))
    made.__dict__.update(tensor.__dict__)
    return made


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
    facts = [(each._array.shape, each._array.dtype) for each in results if isinstance(each, TensorBase)]
    if operator.outputs == 1:
        node._shape, node._dtype = facts[0]
    else:
        node._n_outputs = len(facts)
        node._shape, node._dtype = facts[0] if len(facts) == 1 else ([s for s, _ in facts], [d for _, d in facts])
    for nr, each in enumerate(results):
        if isinstance(each, TensorBase) and each._array.dtype.kind not in "biu":
            each._grad_fn, each._output_nr, each._requires_grad = node, nr, True
    node.__dict__["_made"] = weakref.ref(results[0])
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
        return Packed(bare(results[0]), _SAME, 0)
    if name == "results":
        return [Packed(bare(each), _SAME, nr) for nr, each in enumerate(results)]
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


def _as_array(value: Any, given: dict[str, Any], kinds: dict[str, Any]) -> Any:
    """A number in the dtype that it takes beside the tensors of a call."""
    beside = [v for name, v in given.items() if kinds[name] != PARAMETER and isinstance(v, TensorBase)]
    return number(value, beside[0]._array)


def started(starts: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Where a pass starts: cotangents that nobody gave as the class of the result makes them."""
    found = []
    for edge, start in starts:
        node = edge[0] if edge.__class__ is tuple else edge
        made = getattr(node, "__dict__", {}).get("_made", lambda: None)()
        if not isinstance(node, TensorBase) and is_asked(made) and not is_asked(start) and (start._array == 1).all():
            start = TensorBase.result_class.new_ones_like(made)  # type: ignore[attr-defined]
        found.append((edge, start))
    return found


def write(operator: Any, name: str, asked: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The in-place form of an operator (`None` for a composite): the class writes, the history is that of the operator."""
    from pullback.ops.overloads import overload_named

    target = args[0]
    recording = not current_mode() & (NO_GRAD | INFERENCE)
    if recording and target._requires_grad and target._grad_fn is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    before = bare(target)
    before._grad_fn, before._output_nr, before._requires_grad = target._grad_fn, target._output_nr, target._requires_grad
    ask(asked, overload_named(name, args), args, kwargs)
    if recording and operator is not None and operator.over:
        defaults = operator.defaults()
        named = dict(zip([p.name for p in operator.parameters], (before, *args[1:]))) | kwargs
        values = tuple([named.get(p.name, defaults.get(p.name)) for p in operator.parameters])
        record(operator, values, [target])
    return target


Direct = Callable[[list[Any], tuple[Any, ...], dict[str, Any]], Any]
