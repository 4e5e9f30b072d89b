"""PyTorch's workloads with their steps given to ``torch.compile``."""

from __future__ import annotations

import shutil
from typing import Any

from . import DEEP, WORKLOADS as EAGER, Workload

LACKS = {"double_backward_cube", "hessian_vector_mlp", *DEEP}  # no double backward; a million nodes are not traced

if not any(map(shutil.which, ("c++", "g++", "clang++"))):
    raise RuntimeError("no C++ compiler")


def _compiled(workload: Workload) -> Workload:
    def build(torch: Any) -> Any:
        step, check = workload(torch)
        return torch.compile(step), check

    return build


WORKLOADS = {name: _compiled(workload) for name, workload in EAGER.items() if name not in LACKS}
