"""What PyTorch draws: the programs that the tests of random streams replay, and how PyTorch runs them.

``python tests/data/record_streams.py`` writes ``streams.json`` anew with the PyTorch at hand.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("streams.json")

# A draw is (method of Stream, dtype, how many, arguments); a program is a seed and draws in a row.
PROGRAMS: list[tuple[int, list[tuple[str, str, int, dict[str, Any]]]]] = [
    (0, [("uniform", "float32", 5, {}), ("uniform", "float64", 5, {}), ("uniform", "float32", 700, {})]),
    (1, [("uniform", "float16", 20, {}), ("uniform", "bfloat16", 20, {"low": -1.0, "high": 3.0})]),
    (2, [("uniform", "float32", 20, {"low": -0.3, "high": 0.3}), ("uniform", "complex64", 5, {})]),
    (3, [("uniform", "float64", 20, {"low": -3.7, "high": 11.3}), ("uniform", "complex128", 5, {})]),
    (4, [("normal", "float32", 1, {}), ("normal", "float64", 3, {}), ("normal", "bfloat16", 7, {})]),
    (5, [("normal", "float32", 16, {}), ("normal", "float32", 48, {}), ("normal", "float32", 37, {})]),
    (6, [("normal", "float64", 32, {}), ("normal", "float64", 21, {"mean": 1.3, "std": 0.7})]),
    (7, [("normal", "float16", 16, {}), ("normal", "bfloat16", 37, {}), ("normal", "float32", 16, {})]),
    (8, [("normal", "float32", 40, {"mean": 1.3, "std": 0.7}), ("normal", "complex64", 9, {"std": 2.0})]),
    (9, [("normal", "complex128", 4, {}), ("normal", "float32", 21, {"contiguous": False})]),
    (10, [("normal", "float32", 3, {}), ("log_normal", "float32", 4, {}), ("normal", "float32", 2, {})]),
    (11, [("log_normal", "float64", 20, {"mean": 0.2, "std": 0.4}), ("exponential", "float32", 20, {})]),
    (12, [("exponential", "float64", 20, {"rate": 1.7}), ("exponential", "bfloat16", 9, {"rate": 0.3})]),
    (13, [("cauchy", "float32", 20, {}), ("cauchy", "float64", 20, {"median": 1.3, "sigma": 0.7})]),
    (14, [("geometric", "float32", 20, {"p": 0.3}), ("geometric", "int64", 20, {"p": 0.01})]),
    (15, [("integers", "int64", 20, {"low": -5, "high": 5}), ("integers", "uint8", 20, {"high": 256})]),
    (16, [("integers", "int64", 20, {"high": 2**28 - 1}), ("integers", "int64", 20, {"high": 2**28})]),
    (
        17,
        [
            ("integers", "int64", 9, {"low": -(2**63), "high": 2**63 - 1}),
            ("integers", "bool", 9, {"high": 2}),
        ],
    ),
    (18, [("integers", "float32", 20, {"low": -(2**30) - 1, "high": 2**30 + 3})]),
    (19, [("any_integers", dtype, 6, {}) for dtype in ("bool", "uint8", "int8", "int16", "int32", "int64")]),
    (20, [("any_integers", dtype, 6, {}) for dtype in ("float16", "bfloat16", "float32", "float64")]),
    (
        21,
        [("integers_from", dtype, 6, {"low": 7}) for dtype in ("uint8", "int32", "int64", "float32", "float64")],
    ),
    (
        22,
        [
            ("permutation", "int64", 10, {}),
            ("permutation", "int32", 300, {}),
            ("permutation", "float32", 9, {}),
        ],
    ),
    (
        23,
        [
            ("permutation", "int64", 1, {}),
            ("permutation", "int64", 0, {}),
            ("permutation", "int64", 1000, {}),
        ],
    ),
    (24, [("bernoulli", "float32", 20, {"p": 0.3}), ("bernoulli", "bool", 20, {"p": 0.9})]),
    (25, [("bernoulli_each", "float32", 20, {}), ("bernoulli_each", "float64", 20, {})]),
    (26, [("multinomial", "float32", 6, {"count": 4}), ("multinomial", "float64", 6, {"count": 1})]),
    (27, [("multinomial", "float32", 6, {"count": 20, "replacement": True})]),
    (28, [("poisson", "float32", 40, {}), ("uniform", "float32", 3, {}), ("poisson", "float64", 40, {})]),
    (29, [("uniform", "float32", 623, {}), ("poisson", "float64", 9, {}), ("binomial", "float64", 40, {})]),
    (30, [("integers_from", "int64", 5, {"low": -(2**63)}), ("integers_from", "bool", 5, {"low": 1})]),
    (-1, [("uniform", "float32", 3, {})]),
    (2**32, [("uniform", "float32", 3, {})]),
    (2**63 + 5, [("uniform", "float32", 624, {})]),
    (-(2**63), [("uniform", "float32", 625, {})]),
]


def ramp(count: int, top: float) -> list[float]:
    """Parameters for draws that take one per number; exact in every dtype."""
    return [top * (number % 16) / 16 for number in range(count)]


def draw_with_torch(torch: Any, method: str, dtype: str, count: int, arguments: dict[str, Any]) -> Any:
    """The tensor that PyTorch draws from its default generator."""
    kind = getattr(torch, dtype)
    if method == "permutation":
        return torch.randperm(count, dtype=kind)
    if method == "bernoulli_each":
        return torch.bernoulli(torch.tensor(ramp(count, 1.0), dtype=kind))
    if method == "poisson":
        return torch.poisson(torch.tensor(ramp(count, 32.0), dtype=kind))
    if method == "binomial":
        return torch.binomial(torch.tensor(ramp(count, 64.0), dtype=kind), torch.tensor(ramp(count, 1.0), dtype=kind))
    if method == "multinomial":
        weights = torch.tensor(ramp(count, 1.0), dtype=kind)
        return torch.multinomial(weights, arguments["count"], arguments.get("replacement", False))
    if method == "normal" and not arguments.get("contiguous", True):
        return torch.empty(2 * count, dtype=kind)[::2].normal_()
    names = {"integers": "random_", "integers_from": "random_", "any_integers": "random_"}
    write = getattr(torch.empty(count, dtype=kind), names.get(method, method + "_"))
    if method == "integers":
        return write(arguments.get("low", 0), arguments["high"])
    if method == "integers_from":
        return write(arguments["low"], None)
    in_torch = {"low": "from", "high": "to", "rate": "lambd"}
    return write(**{in_torch.get(name, name): value for name, value in arguments.items()})


def numbers(tensor: Any) -> list[Any]:
    """The elements as Python numbers; a complex one as a pair."""
    if tensor.dtype.is_complex:
        return [[number.real, number.imag] for number in tensor.tolist()]
    return tensor.tolist()


def digest(state: bytes) -> str:
    """A fingerprint of a generator's state."""
    return hashlib.sha256(state).hexdigest()[:16]


def record(torch: Any) -> None:
    """Write what `torch` draws in every program."""
    warnings.filterwarnings("ignore", message=".*out of bounds")
    lines = []
    for seed, draws in PROGRAMS:
        torch.manual_seed(seed)
        values = [numbers(draw_with_torch(torch, *draw))[:40] for draw in draws]
        state = digest(torch.get_rng_state().numpy().tobytes())
        lines.append(json.dumps({"seed": seed, "values": values, "state": state}))
    RECORDED.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    import torch

    record(torch)
