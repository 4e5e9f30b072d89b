"""Modules on several devices. There is one device here, the CPU: what needs more of them says so."""

from pullback.nn.parallel.data_parallel import DataParallel, data_parallel
from pullback.nn.parallel.distributed import DistributedDataParallel
from pullback.nn.parallel.scatter_gather import gather, parallel_apply, replicate, scatter

__all__ = [
    "DataParallel",
    "DistributedDataParallel",
    "data_parallel",
    "gather",
    "parallel_apply",
    "replicate",
    "scatter",
]
