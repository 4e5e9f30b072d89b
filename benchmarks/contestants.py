"""Who is timed: the library, the module that holds its workloads, what must be installed, what its process is told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

REFERENCE = "PyTorch"
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS",
    "NPROC",  # XLA's
)  # fmt: skip


@dataclass(frozen=True)
class Contestant:
    """A library as it is started in a process of its own."""

    library: str
    workloads: str = "benchmarks.workloads"
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """What is not installed."""
        return [name for name in (self.library, *self.needs) if find_spec(name) is None]

    @property
    def speaks_torch(self) -> bool:
        return self.workloads in ("benchmarks.workloads", "benchmarks.workloads.with_compile")

    def load(self) -> tuple[Any, Mapping[str, Any]]:
        """What a workload is given, and the workloads."""
        home = import_module(self.workloads)
        return import_module(self.library) if self.speaks_torch else home, home.WORKLOADS

    def versions(self) -> dict[str, str]:
        """Versions of what it is made of."""
        names = ("numpy", self.library, *self.needs)
        return {name: metadata.version(name) for name in dict.fromkeys(names) if name != "pullback"}


_WITH = "benchmarks.workloads.with_"
CONTESTANTS = {
    "pullback": Contestant("pullback", environment={"PULLBACK_COMPILED": "0"}),
    "pullback[fast]": Contestant("pullback", needs=("numba",), environment={"PULLBACK_COMPILED": "1"}),
    REFERENCE: Contestant("torch"),
    "torch.compile": Contestant("torch", _WITH + "compile"),
    "JAX": Contestant("jax", _WITH + "jax", needs=("jaxlib",)),
    "autograd": Contestant("autograd", _WITH + "autograd"),
    "MyGrad": Contestant("mygrad", _WITH + "mygrad"),
    "tinygrad": Contestant("tinygrad", _WITH + "tinygrad"),
    "NumPy": Contestant("numpy", _WITH + "numpy"),
}
QUICK = ("pullback", "pullback[fast]", REFERENCE)


def environment(contestant: Contestant, threads: int, source: object = None) -> dict[str, str]:
    """The environment of its process; `source` is another folder that pullback is imported from."""
    limits = dict.fromkeys(THREAD_VARIABLES, str(threads)) if threads else {}
    place = {"PYTHONPATH": str(source)} if source is not None else {}
    return {**os.environ, **limits, **place, **contestant.environment}
