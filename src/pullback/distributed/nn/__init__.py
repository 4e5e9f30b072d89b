"""Collectives that can be differentiated through: there are no groups to call them in."""

from pullback.distributed.nn.functional import all_gather, all_reduce, all_to_all, broadcast, gather, reduce, scatter

__all__ = ["all_gather", "all_reduce", "all_to_all", "broadcast", "gather", "reduce", "scatter"]
