"""torch.utils.flop_counter: how many multiplications and additions matrix products and convolutions take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from math import prod
from typing import Any

from pullback.graph.observers import observing, observing_nodes
from pullback.ops.overloads import overload_of, packet
from pullback.utils.module_tracker import ModuleTracker

__all__ = ["FlopCounterMode"]

Shape = Any


def mm_flop(a_shape: Shape, b_shape: Shape, *args: Any, out_shape: Any = None, **kwargs: Any) -> int:
    """Operations of a product of matrices."""
    return int(2 * prod(a_shape) * b_shape[-1])


def addmm_flop(self_shape: Shape, a_shape: Shape, b_shape: Shape, out_shape: Any = None, **kwargs: Any) -> int:
    """Operations of ``addmm``: those of its product."""
    return mm_flop(a_shape, b_shape)


bmm_flop, baddbmm_flop = mm_flop, addmm_flop


def conv_flop_count(x_shape: Shape, w_shape: Shape, out_shape: Shape, transposed: bool = False) -> int:
    """Operations of a convolution, without its bias."""
    return int(2 * x_shape[0] * prod((x_shape if transposed else out_shape)[2:]) * prod(w_shape))


def _turned(shape: Shape) -> Shape:
    return (shape[1], shape[0], *shape[2:])


def sdpa_flop_count(query_shape: Shape, key_shape: Shape, value_shape: Shape) -> int:
    """Operations of attention: two products."""
    *batch, queries, width = query_shape
    return int(2 * prod(batch) * queries * key_shape[-2] * (width + value_shape[-1]))


def sdpa_flop(query_shape: Shape, key_shape: Shape, value_shape: Shape, *args: Any, **kwargs: Any) -> int:
    """`sdpa_flop_count` as a formula of `FlopCounterMode`."""
    return sdpa_flop_count(query_shape, key_shape, value_shape)


_NODES = {"MmBackward0": "mm", "BmmBackward0": "bmm", "AddmmBackward0": "mm", "BaddbmmBackward0": "bmm"}
_PRODUCTS = {"mm_turned": "mm", "addmm_turned": "addmm"} | {name: name for name in ("mm", "bmm", "addmm", "baddbmm")}
_SUFFIXES = ("", "K", "M", "B", "T")


def get_suffix_str(number: float) -> str:
    """The suffix that leaves `number` two digits or more before the point."""
    return _SUFFIXES[max(0, min(len(_SUFFIXES) - 1, (len(str(number)) - 2) // 3))]


def convert_num_with_suffix(number: float, suffix: str) -> str:
    """``1500`` with ``"K"`` is ``"1.500K"``."""
    return f"{number / 1000 ** _SUFFIXES.index(suffix):.3f}{suffix}"


def convert_to_percent_str(num: float, denom: float) -> str:
    """The share of `num` in `denom`, of nothing ``"0%"``."""
    return f"{num / denom:.2%}" if denom else "0%"


class FlopCounterMode:
    """Counts floating-point operations inside its ``with`` block, those of the backward pass too.

    Args:
        mods: accepted; modules are found as they run.
        depth: how far below the outermost module the table goes.
        display: print the table at the end of the block.
        custom_mapping: formulas by operator, ``flops(*shapes, out_shape=…)``, for further operators.

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
        self.depth, self.display = depth, display
        self.custom = {getattr(key, "__name__", key).split(".")[0]: it for key, it in (custom_mapping or {}).items()}
        self.mod_tracker = ModuleTracker()
        self.flop_counts: dict[str, dict[Any, int]] = {}

    def __enter__(self) -> FlopCounterMode:
        self.flop_counts = {}
        self._blocks = ExitStack()
        for each in (self.mod_tracker, observing(self._operator), observing_nodes(self._node)):
            self._blocks.enter_context(each)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._blocks.close()
        if self.display:
            print(self.get_table())

    def _count(self, name: str, flops: int) -> None:
        try:
            key: Any = packet(name)
        except AttributeError:
            key = f"aten.{name}"
        for parent in self.mod_tracker.parents:
            self.flop_counts.setdefault(parent, defaultdict(int))[key] += flops

    def _operator(self, operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        result = run()
        name = overload_of(operator)._name
        if name in self.custom:
            shapes = [getattr(each, "shape", each) for each in values]
            self._count(name, self.custom[name](*shapes, out_shape=getattr(result, "shape", None)))
        elif operator.name in _PRODUCTS:
            first = int("add" in operator.name)
            self._count(_PRODUCTS[operator.name], mm_flop(values[first].shape, (result.shape[-1],)))
        elif operator.name.startswith("conv") and len(values) > 1 and hasattr(values[1], "shape"):
            transposed = {p.name: value for p, value in zip(operator.parameters, values)}["transposed"]
            self._count("convolution", conv_flop_count(values[0].shape, values[1].shape, result.shape, transposed))
        return result

    def _node(self, node: Any, run: Callable[[], Any]) -> Any:
        name = node.name()
        if name in _NODES:
            grads = run()
            one, other = grads[-2:]
            inner = one.shape[-1] if one is not None else other.shape[-2] if other is not None else 0
            for each in (one, other):
                if each is not None:
                    self._count(_NODES[name], 2 * prod(node._shape) * inner)
            return grads
        if not name.startswith("Conv"):
            return run()
        saved = [getattr(node.saved(each), "shape", None) for each in ("input", "weight")]
        transposed = bool(node._saved_transposed)
        grads = run()
        # What is not kept has a gradient, which looks like it.
        image, kernel = (grad.shape if shape is None else shape for shape, grad in zip(saved, grads))
        count = 0
        if grads[0] is not None:
            count += conv_flop_count(node._shape, kernel, image, not transposed)
        if grads[1] is not None:
            first, other = (node._shape, image) if transposed else (image, node._shape)
            count += conv_flop_count(*map(_turned, (first, other, kernel)))
        self._count("convolution_backward", count)
        return grads

    def get_total_flops(self) -> int:
        """The number of operations so far."""
        return sum(self.flop_counts.get("Global", {}).values())

    def get_flop_counts(self) -> dict[str, dict[Any, int]]:
        """The numbers of operations by module, ``"Global"`` for all, and by operator."""
        found: dict[str, dict[Any, int]] = {"Global": {}}
        return found | {name: dict(counts) for name, counts in self.flop_counts.items()}

    def get_table(self, depth: int | None = None) -> str:
        """The counts as lines of text: modules, down to `depth`, and their operators."""
        depth = self.depth if depth is None else depth
        total, lines = self.get_total_flops(), [f"{'Module':<40} {'FLOP':>12} {'% Total':>8}"]
        suffix = get_suffix_str(total)
        for module, counts in sorted(self.get_flop_counts().items(), key=lambda item: (item[0] != "Global", item[0])):
            level = 0 if module == "Global" else module.count(".") + 1
            if level <= depth:
                rows = [(" " * level + module, sum(counts.values()))]
                rows += [(f"{' ' * level} - {key}", number) for key, number in counts.items()]
                for name, number in rows:
                    share = convert_to_percent_str(number, total)
                    lines.append(f"{name:<40} {convert_num_with_suffix(number, suffix):>12} {share:>8}")
        return "\n".join(lines)
