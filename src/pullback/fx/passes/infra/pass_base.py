"""A pass over a graph module, with what must hold before and after it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from pullback.fx.graph_module import GraphModule


class PassResult(NamedTuple):
    """A module, and whether the pass changed it."""

    graph_module: GraphModule
    modified: bool


class PassBase(ABC):
    """A pass: a subclass says what it does in `call`."""

    def __call__(self, graph_module: GraphModule) -> PassResult | None:
        self.requires(graph_module)
        found = self.call(graph_module)
        self.ensures(graph_module)
        return found

    @abstractmethod
    def call(self, graph_module: GraphModule) -> PassResult | None:
        """Change the module."""

    def requires(self, graph_module: GraphModule) -> None:  # noqa: B027
        """Raise if the module is not fit for this pass."""

    def ensures(self, graph_module: GraphModule) -> None:  # noqa: B027
        """Raise if the pass went wrong."""
