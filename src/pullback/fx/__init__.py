"""torch.fx: a module's forward as a list of calls that a program can read, change and run.

`symbolic_trace` runs it once with proxies in the place of tensors; each call that meets one (``__torch_function__``)
becomes a `Node` of a `Graph`, and `GraphModule` is the module that runs the graph.
"""

from pullback.fx._symbolic_trace import PH, ProxyableClassMeta, Tracer, symbolic_trace, wrap
from pullback.fx.graph import CodeGen, Graph
from pullback.fx.graph_module import GraphModule
from pullback.fx.interpreter import Interpreter, Transformer
from pullback.fx.node import Node, has_side_effect, map_arg
from pullback.fx.proxy import Proxy
from pullback.fx.subgraph_rewriter import replace_pattern

__all__ = [
    "PH",
    "CodeGen",
    "Graph",
    "GraphModule",
    "Interpreter",
    "Node",
    "Proxy",
    "ProxyableClassMeta",
    "Tracer",
    "Transformer",
    "has_side_effect",
    "map_arg",
    "replace_pattern",
    "symbolic_trace",
    "wrap",
]
