"""What PyTorch gives for every sample: asked live, or read from ``tests/data/op_table.npz``.

``python -m tests.op_table.recorded`` records the file anew; it needs PyTorch.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.op_table import Draw, Row, Sample, all_rows
from tests.op_table.calls import Call, gradients, numpy

FILE = Path(__file__).parent.parent / "data" / "op_table.npz"


@cache
def _torch() -> Any:
    try:
        import torch
    except ImportError:
        return None
    return torch


@cache
def _recording() -> Any:
    """The index of the recording (sample name → outputs, gradients) and its numbers, one flat array per dtype."""
    if not FILE.exists():
        return {}, {}
    with np.load(FILE) as stored:
        numbers = {name: stored[name] for name in stored.files if name != "index"}
        return json.loads(bytes(stored["index"])), numbers


def ask(torch: Any, row: Row, sample: Sample) -> tuple[list[np.ndarray], list[np.ndarray | None]]:
    """Outputs and gradients of a sample on PyTorch."""
    call = Call(torch, row, sample, grad=row.differentiable)
    outputs = call.run()
    pulled = gradients(torch, outputs, call.tracked) if row.differentiable and call.tracked else []
    return [numpy(o) for o in outputs], [None if g is None else numpy(g) for g in pulled]


def key(row: Row, number: int) -> str:
    """The name of a sample in the recording: it changes with the sample's arguments, so nothing stale is read."""
    sample = list(row.samples(Draw(row.id)))[number]
    digest = zlib.crc32(repr((sample.args, sorted(sample.kwargs.items()))).encode())
    return f"{row.id}/{number}/{digest:08x}"


def reference(row: Row, sample: Sample, number: int) -> tuple[list[np.ndarray], list[np.ndarray | None]]:
    """Outputs and gradients as PyTorch gives them; skips where there is neither PyTorch nor a recording."""
    if _torch() is not None:
        return ask(_torch(), row, sample)
    index, numbers = _recording()
    entry = index.get(key(row, number))
    if entry is None:
        pytest.skip("not recorded; PyTorch is not installed")

    def read(place: Any) -> Any:
        if place is None:
            return None
        dtype, start, shape = place
        return numbers[dtype][start : start + int(np.prod(shape))].reshape(shape)

    return [read(place) for place in entry["outputs"]], [read(place) for place in entry["gradients"]]


def record() -> None:
    """Ask PyTorch for every sample and write the file."""
    torch = _torch()
    parts: dict[str, list[np.ndarray]] = {}
    lengths: dict[str, int] = {}
    index: dict[str, Any] = {}

    def write(array: np.ndarray | None) -> Any:
        if array is None:
            return None
        name = array.dtype.str[1:]
        start = lengths.get(name, 0)
        parts.setdefault(name, []).append(array.reshape(-1))
        lengths[name] = start + array.size
        return [name, start, list(array.shape)]

    for row in all_rows():
        for number, sample in enumerate(row.samples(Draw(row.id))):
            outputs, pulled = ask(torch, row, sample)
            index[key(row, number)] = {"outputs": list(map(write, outputs)), "gradients": list(map(write, pulled))}
    numbers = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    np.savez_compressed(FILE, index=np.frombuffer(json.dumps(index).encode(), np.uint8), **numbers)
    print(f"{FILE.name}: {len(index)} samples, {FILE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    record()
