"""Running a graph once and noting at each node what kind of tensor it gave."""

from __future__ import annotations

from typing import Any, NamedTuple

import pullback
from pullback.fx.interpreter import Interpreter
from pullback.fx.node import Node
from pullback.tensor import Tensor
from pullback.utils._pytree import tree_any, tree_map_only

_FORMATS = (pullback.contiguous_format, pullback.channels_last, pullback.channels_last_3d)
_AXES = {pullback.channels_last: 4, pullback.channels_last_3d: 5}


class TensorMetadata(NamedTuple):
    """What is known of a tensor without its values."""

    shape: Any
    dtype: Any
    requires_grad: bool
    stride: tuple[int, ...]
    memory_format: Any
    is_quantized: bool
    qparams: dict[str, Any]


def _extract_tensor_metadata(result: Tensor, include_contiguity: bool = True) -> TensorMetadata:
    laid_out = [
        each
        for each in _FORMATS
        if _AXES.get(each, result.ndim) == result.ndim and result.is_contiguous(memory_format=each)
    ]
    memory_format = laid_out[0] if include_contiguity and laid_out else None
    return TensorMetadata(result.shape, result.dtype, result.requires_grad, result.stride(), memory_format, False, {})


class ShapeProp(Interpreter):
    """Notes ``meta["tensor_meta"]`` (`TensorMetadata`, in the structure of the result) and ``meta["type"]`` at every node.

    >>> import pullback as torch
    >>> traced = torch.fx.symbolic_trace(lambda x: x.sum(0) * 2)
    >>> _ = ShapeProp(traced).propagate(torch.ones(3, 2))
    >>> [tuple(node.meta["tensor_meta"].shape) for node in traced.graph.nodes]
    [(3, 2), (2,), (2,), (2,)]
    """

    def __init__(self, gm: Any, fake_mode: Any = None) -> None:
        super().__init__(gm)

    def run_node(self, n: Node) -> Any:
        """The value of one node, whose kind is noted. An error names the node."""
        try:
            result = super().run_node(n)
        except Exception as error:
            raise RuntimeError(f"ShapeProp error for: node={n.format_node()} with meta={n.meta}") from error
        if tree_any(lambda each: isinstance(each, Tensor), result):
            n.meta["tensor_meta"] = tree_map_only(Tensor, _extract_tensor_metadata, result)
        n.meta["type"] = type(result)
        return result

    def propagate(self, *args: Any) -> Any:
        """Run the graph with these arguments."""
        return super().run(*args)
