"""The entries of PyTorch's operator table: which are asked for, on which dtype, with which samples."""

from __future__ import annotations

import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import torch

TOP_FILE = Path(__file__).with_name("top150.txt")
# Tried in this order where no dtype is asked for: the first that the entry takes.
PREFERRED = ("float64", "float32", "int64", "bool", "complex128")
# Entries that no CPU library can be compared on, by name.
LEFT_OUT = (
    (re.compile(r"jiterator_"), "runs on CUDA only"),
    (re.compile(r"sparse\.|to_sparse"), "sparse tensors"),
    (re.compile(r"chalf$"), "NumPy has no complex32"),
)


@cache
def table() -> dict[str, Any]:
    """All entries by key: the name, with the variant behind a slash where there is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
    return {f"{e.name}/{e.variant_test_name}".rstrip("/"): e for e in op_db}


@cache
def most_used() -> tuple[str, ...]:
    """The names of the 150 operators used most, most used first."""
    lines = TOP_FILE.read_text().splitlines()
    return tuple(line.split()[0] for line in lines if line and not line.startswith("#"))


def select(pattern: str = "", top: int = 0) -> list[str]:
    """Keys of the entries that match `pattern`, among the `top` most used names (0: all)."""
    names = set(most_used()[:top])
    wanted = re.compile(pattern)
    return [k for k, e in table().items() if wanted.search(k) and (not top or e.name in names)]


def left_out(entry: Any) -> str | None:
    """Why `entry` cannot be sampled at all, or None."""
    return next((reason for names, reason in LEFT_OUT if names.match(entry.name)), None)


def dtype_for(entry: Any, asked: str | None) -> torch.dtype | None:
    """The dtype to sample `entry` on, `asked` for or else the first of `PREFERRED`; None if not taken."""
    taken = entry.supported_dtypes("cpu")
    dtypes = (getattr(torch, name) for name in ((asked,) if asked else PREFERRED))
    return next((dtype for dtype in dtypes if dtype in taken), None)


def is_differentiable(entry: Any, dtype: torch.dtype) -> bool:
    return entry.supports_autograd and dtype in entry.supported_backward_dtypes("cpu")


def spread(items: list[Any], most: int) -> list[tuple[int, Any]]:
    """At most `most` of `items` (0: all) with their positions, evenly spread from the first to the last."""
    if not most or len(items) <= most:
        return list(enumerate(items))
    step = (len(items) - 1) / max(1, most - 1)
    chosen = sorted({round(i * step) for i in range(most)})
    return [(i, items[i]) for i in chosen]


def samples(entry: Any, dtype: torch.dtype, most: int) -> list[tuple[int, Any]]:
    """The entry's samples, made with a fixed seed; inputs that can require grad do."""
    torch.manual_seed(0)
    made = entry.sample_inputs("cpu", dtype, requires_grad=is_differentiable(entry, dtype))
    return spread(list(made), most)


def error_samples(entry: Any, most: int) -> list[tuple[int, Any]]:
    """The entry's samples that must fail."""
    torch.manual_seed(0)
    if entry.error_inputs_func is None:
        return []
    return spread([error.sample_input for error in entry.error_inputs("cpu")], most)
