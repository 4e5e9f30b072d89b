"""Rewriting traced modules for inference."""

from __future__ import annotations

import copy
from typing import Any

from pullback import nn
from pullback.fx._symbolic_trace import symbolic_trace
from pullback.fx.graph_module import GraphModule
from pullback.fx.interpreter import Transformer
from pullback.nn import Module
from pullback.nn.utils.fusion import fuse_conv_bn_eval

_PAIRS = ((nn.Conv1d, nn.BatchNorm1d), (nn.Conv2d, nn.BatchNorm2d), (nn.Conv3d, nn.BatchNorm3d))


def replace_node_module(node: Any, modules: dict[str, Module], new_module: Module) -> None:
    """Let the node that calls a module call another one."""
    parent, _, name = node.target.rpartition(".")
    modules[node.target] = new_module
    setattr(modules[parent], name, new_module)


def fuse(model: Module, inplace: bool = False, no_trace: bool = False) -> GraphModule:
    """The traced model, which must be in eval mode, with batch norms folded into the convolutions before them."""
    model = model if inplace else copy.deepcopy(model)
    traced: Any = model if no_trace and isinstance(model, GraphModule) else symbolic_trace(model)
    modules: dict[str, Module] = dict(traced.named_modules())
    for node in list(traced.graph.nodes):
        before: Any = node.args[0] if node.op == "call_module" and node.args else None
        if getattr(before, "op", "") != "call_module":
            continue
        conv, norm = modules[before.target], modules[node.target]
        if (type(conv), type(norm)) not in _PAIRS or len(before.users) > 1 or not norm.track_running_stats:
            continue
        replace_node_module(before, modules, fuse_conv_bn_eval(conv, norm))
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
    return GraphModule(traced, traced.graph, type(model).__name__ if no_trace else "GraphModule")


def remove_dropout(model: Module) -> Module:
    """The traced model without its dropout modules."""

    class Without(Transformer):
        def call_module(self, target: Any, args: Any, kwargs: Any) -> Any:
            if isinstance(self.submodules[target], nn.Dropout):
                return args[0]
            return super().call_module(target, args, kwargs)

    return Without(symbolic_trace(model)).transform()
