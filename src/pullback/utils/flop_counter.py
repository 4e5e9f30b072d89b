"""torch.utils.flop_counter: how many multiplications and additions matrix products and convolutions take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from math import prod
from typing import Any

from pullback.graph.observers import observing, observing_nodes
from pullback.ops.overloads import overload_of

__all__ = ["FlopCounterMode"]

_NODES = frozenset(("MmBackward0", "BmmBackward0", "AddmmBackward0", "BaddbmmBackward0", "MatmulBackward0"))
_PRODUCTS = frozenset("mm bmm addmm baddbmm addmm_turned matmul linear".split())


class FlopCounterMode:
    """Counts floating-point operations inside its ``with`` block, those of the backward pass too.

    Args:
        mods: accepted; counts are of the whole block.
        depth: accepted.
        display: print the table at the end of the block.
        custom_mapping: functions by operator, ``flops(*shapes, out_shape=…)``, for further operators.

    >>> import pullback as torch
    >>> a = torch.ones(2, 3, requires_grad=True)
    >>> with FlopCounterMode(display=False) as counter:
    ...     (a @ torch.ones(3, 4)).sum().backward()
    >>> counter.get_total_flops()
    96
    """

    def __init__(
        self, mods: Any = None, depth: int = 2, display: bool = True, custom_mapping: dict[Any, Any] | None = None
    ) -> None:
        self.display = display
        self.custom = custom_mapping or {}
        self._counts: dict[str, int] = defaultdict(int)

    def __enter__(self) -> FlopCounterMode:
        self._counts.clear()
        self._blocks = ExitStack()
        self._blocks.enter_context(observing(self._operator))
        self._blocks.enter_context(observing_nodes(self._node))
        return self

    def __exit__(self, *exception: Any) -> None:
        self._blocks.close()
        if self.display:
            print(self.get_table())

    def _operator(self, operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        result = run()
        overload = overload_of(operator)
        if overload in self.custom:
            shapes = [getattr(each, "shape", each) for each in values]
            count = self.custom[overload](*shapes, out_shape=getattr(result, "shape", None))
        elif operator.name in _PRODUCTS:
            first = next(n for n, p in enumerate(operator.parameters) if p.name in ("input", "mat1", "batch1", "self"))
            if operator.name in ("addmm", "addmm_turned", "baddbmm"):
                first = max(first, 1)
            count = 2 * prod(result.shape) * values[first].shape[-1]
        elif operator.name.startswith("conv") and len(values) > 1 and hasattr(values[1], "shape"):
            weight = values[1].shape
            count = 2 * prod(result.shape) * prod(weight[1:])
        else:
            return result
        self._counts[str(overload)] += count
        return result

    def _node(self, node: Any, run: Callable[[], Any]) -> Any:
        name = node.name()
        kernel = node.saved("weight") if name.startswith("Conv") else None
        grads = run()
        if name in _NODES:
            one, other = grads[-2:]
            inner = one.shape[-1] if one is not None else other.shape[-2] if other is not None else 0
            self._counts[name] += 2 * prod(node._shape) * inner * ((one is not None) + (other is not None))
        elif name.startswith("Conv"):
            weight = (grads[1] if kernel is None else kernel).shape
            wanted = sum(each is not None for each in grads[:2])
            self._counts[name] += 2 * prod(node._shape) * prod(weight[1:]) * wanted
        return grads

    def get_total_flops(self) -> int:
        """The number of operations so far."""
        return sum(self._counts.values())

    def get_flop_counts(self) -> dict[str, dict[str, int]]:
        """The number of operations by operator, under ``"Global"``."""
        return {"Global": dict(self._counts)}

    def get_table(self, depth: int | None = None) -> str:
        """The counts as lines of text."""
        return "\n".join([f"{'Operator':<32} FLOP", *(f"{name:<32} {n}" for name, n in self._counts.items())])
