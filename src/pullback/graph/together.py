"""One node for all that a foreach call ran, as PyTorch has it: the operators' own nodes are its parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from pullback.graph.node import Node, next_sequence_number
from pullback.graph.operator_node import OperatorNode

_SAVED = {
    **dict.fromkeys(("ForeachMaximumBackward0", "ForeachMinimumBackward0"), ("self", "scalar")),
    **dict.fromkeys(("ForeachMaximumBackward1", "ForeachMinimumBackward1"), ("self", "scalars")),
    "ForeachDivBackward0": ("self", "other"), "ForeachPowBackward1": ("self", "exponent"),
}  # fmt: skip
"""What PyTorch's nodes show: of each part, and numbers as they were given."""


class Together(Node):
    """The node of a foreach call. Its edges are the first ones of all parts, then the second ones, and so on."""

    __slots__ = ("_given", "_parts")

    _parts: tuple[Any, ...]
    _given: Any

    def _run(self, grad: Any, rule: str, keep: bool) -> Any:
        grads = [grad] if self._n_outputs == 1 else grad
        found = [
            (None,) * len(part._edges) if each is None else getattr(part, rule)(each, keep)
            for part, each in zip(self._parts, grads)
        ]
        return [each for column in zip(*found) for each in column]

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Cotangents of the inputs, part by part."""
        return self._run(grad, "vjp", keep)

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """The same on tensors."""
        return self._run(grad, "vjp_traced", keep)


@cache
def _class(name: str) -> type[Together]:
    def shown(what: str) -> Any:
        def read(node: Together) -> Any:
            if what in ("scalar", "scalars", "exponent"):
                return tuple(node._given) if isinstance(node._given, list) else node._given
            return tuple([getattr(part, f"_saved_{what}") for part in node._parts])

        return property(read)

    return type(
        name, (Together,), {"__slots__": (), **{f"_saved_{what}": shown(what) for what in _SAVED.get(name, ())}}
    )


def _alone(part: OperatorNode) -> bool:
    """Whether the rules do not lead back to the node itself, as those that ask for its result do."""
    return "result" not in part.saved_names


def put_together(name: str, results: Sequence[Any], given: Any) -> None:
    """Let `results` come from one node called `name`, if each was made by an operator that needs no result of its own."""
    parts = tuple([each._maker for each in results])
    plain = all(isinstance(part, OperatorNode) and part._n_outputs == 1 and _alone(part) for part in parts)
    if not plain or any(each._view is not None for each in results) or len({len(part._edges) for part in parts}) != 1:
        return
    node = _class(name)()
    node._parts, node._given, node._seq = parts, given, next_sequence_number()
    node._code, node._offset, node._n_outputs = parts[0]._code, parts[0]._offset, len(parts)
    one = len(parts) == 1
    node._shape = parts[0]._shape if one else [part._shape for part in parts]
    node._dtype = parts[0]._dtype if one else [part._dtype for part in parts]
    node._edges = tuple([edge for column in zip(*[part._edges for part in parts]) for edge in column])
    for nr, each in enumerate(results):
        each._maker, each._output_nr = node, nr
