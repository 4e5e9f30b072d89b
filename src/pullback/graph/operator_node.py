"""The node of an operator, and what it kept by the names PyTorch shows: ``_saved_self``, ``_raw_saved_self``."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from functools import partial
from math import prod
from typing import Any, ClassVar

import numpy as np

from pullback.graph.node import Node, check_result, check_saved, split_edge, value_at
from pullback.graph.saved_hooks import Packed, SavedTensor, is_released, raw_saved
from pullback.graph.shown import CONSTANTS, form_of, output_axes, short, shown_names, shown_sizes, with_gaps
from pullback.graph.tensor_base import TensorBase, at_node, wrap
from pullback.graph.versions import counter_of


def saved_properties(node_name: str, names: Iterable[str], annotations: dict[str, str]) -> dict[str, Any]:
    """``_saved_self``, ``_raw_saved_self`` and so on for a class that keeps `names`.

    (Properties, because a class with ``__getattr__`` makes Python look up every attribute the slow way.)
    """
    found: dict[str, Any] = {}
    for name in names:
        form = form_of(node_name, name, annotations.get(name, ""))
        for shown, nr in shown_names(node_name, name):
            found[f"_saved_{shown}"] = property(partial(_saved, name, nr, form))
            found[f"_raw_saved_{shown}"] = property(partial(_raw_saved, name, nr))
    for shown, value in CONSTANTS.get(short(node_name), {}).items():
        found[f"_saved_{shown}"] = property(partial(_constant, value))
    if count := output_axes(node_name):
        found["_saved_output_size"] = property(partial(_output_size, count))
    return found


def _constant(value: Any, node: OperatorNode) -> Any:
    return value


def shape_properties(node_name: str, over: Sequence[str]) -> dict[str, Any]:
    """``_saved_self_sym_sizes`` and its kin, of the differentiable inputs `over`: their shapes stand at the edges."""
    places = {"self" if name == "input" else name: place for place, name in enumerate(over)}
    return {
        f"_saved_{shown}": property(partial(_sizes, places[name], what))
        for shown, name, what in shown_sizes(node_name)
        if name in places
    }


def _sizes(position: int, what: str, node: OperatorNode) -> Any:
    edge = node._edges[position]
    if edge is None:
        return (0,) if what == "sizes_opt" else None
    shape = value_at(*split_edge(edge))[0]
    if what == "numel":
        return prod(shape)
    if what.startswith("argsize"):
        return shape[int(what[8:].replace("minus_", "-"))]
    return tuple(shape)


def _saved(name: str, nr: int | None, form: Any, node: OperatorNode) -> Any:
    found = node.saved(name)
    if name == "indices" and "axes" in node.saved_names:
        return with_gaps(found, node.s_axes)  # type: ignore[attr-defined]
    if nr is not None:
        return found[nr] if nr < len(found) else None
    if name == "offset" and "layout" in node.saved_names:
        return None if found is None else found + node.s_layout[1]  # type: ignore[attr-defined]
    return found if form is None else form(found)


def _raw_saved(name: str, nr: int | None, node: OperatorNode) -> Any:
    found = node.raw_saved(name)
    if name == "indices" and not isinstance(found, tuple):
        node.saved(name)  # raises for what was let go of
    if name == "indices" and "axes" in node.saved_names:
        return with_gaps(found, node.s_axes, SavedTensor(node, lambda: None, print))  # type: ignore[attr-defined]
    return found if nr is None else found[nr]


def _output_size(count: int, node: OperatorNode) -> Any:
    shape = node._shape if node._n_outputs == 1 else node._shape[0]
    return tuple(shape[-count:])


class OperatorNode(Node):
    """One call of a declared operator. `dispatch` makes a subclass for each, with the slots that its rules need."""

    __slots__ = ()

    saved_names: ClassVar[tuple[str, ...]] = ()
    """What the rules keep, by their names; the slot of ``input`` is ``s_input``."""

    def saved(self, name: str) -> Any:
        """What the rules kept under `name`, as a tensor where it is one; `None` where it was not needed."""
        value = getattr(self, f"s_{name}", None)
        if is_released(value):
            value._array  # type: ignore[union-attr]  # noqa: B018  raises
        if name in ("result", "results"):
            check_result(self)
            if name == "result":
                return self._shown(value, name, 0)
            return tuple(self._shown(each, name, nr) for nr, each in enumerate(value or ()))
        if isinstance(value, (list, tuple)):
            return tuple(self._shown(each, (name, nr)) for nr, each in enumerate(value))
        return self._shown(value, name)

    def _shown(self, value: Any, name: Any, nr: int | None = None) -> Any:
        """One kept value: tensors checked against writes, arrays as tensors at the place of a result."""
        if isinstance(value, Packed):
            return value.tensor(self)
        if isinstance(value, TensorBase):
            if value._counter is not None:
                check_saved(self, name, value)
            return value
        if hasattr(value, "__array_function__") or isinstance(value, np.generic):
            if nr is None or value.dtype.kind in "biu":
                return wrap(value)
            shown = at_node(value, self, nr)
            counter_of(shown)  # the one that the result will be counted by
            return shown
        return value

    def raw_saved(self, name: str) -> Any:
        """What the rules kept under `name` as an object that takes hooks; the same one while it lives."""
        kept = self.__dict__.setdefault("_raw", weakref.WeakValueDictionary())
        found = kept.get(name)
        if found is None:
            found = raw_saved(self, name)
            if not isinstance(found, tuple):
                kept[name] = found
        return found
