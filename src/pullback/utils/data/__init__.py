"""Loading data: datasets, the order in which their samples are taken, and batches.

A `Dataset` gives samples by index; a `Sampler` gives indices in some order; a `DataLoader` puts both together, in this
process or in several. For one seed the order is PyTorch's. Data pipes are loaded when they are first used.
"""

from typing import Any

from pullback.utils.data._utils.collate import default_collate, default_convert
from pullback.utils.data._utils.info import get_worker_info
from pullback.utils.data.dataloader import DataLoader, _DatasetKind
from pullback.utils.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from pullback.utils.data.distributed import DistributedSampler
from pullback.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataChunk",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterDataPipe",
    "IterableDataset",
    "MapDataPipe",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "_DatasetKind",
    "default_collate",
    "default_convert",
    "functional_datapipe",
    "get_worker_info",
    "random_split",
]


def __getattr__(name: str) -> Any:
    if name not in ("DataChunk", "IterDataPipe", "MapDataPipe", "functional_datapipe"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pullback.utils.data.datapipes import datapipe

    return getattr(datapipe, name)
