"""Random tensors, printed by PyTorch and by pullback, must give the same text.

Run ``python -m tests.printing_fuzz DRAWS SEED``; the first difference is shown and ends the run. Every draw
is made from a seed of its own, SEED and the numbers that follow: ``python -m tests.printing_fuzz 1 SEED``
repeats one.
"""

from __future__ import annotations

import sys
from math import inf, nan
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from tests.printing_cases import Array, Case
from tests.printing_reference import CLASSES, GRAD_FNS, torch_text

SPECIALS = [
    0.0,
    -0.0,
    nan,
    inf,
    -inf,
    1e-4,
    9.9999e-5,
    1e8,
    100000008.0,
    1000.0,
    1001.0,
    -1.0,
    0.5,
    2.5,
    99999.995,
]
SHAPES = [
    (),
    (),
    (0,),
    (0, 3),
    (2, 0),
    (0, 0),
    (3, 0, 2),
    (1,),
    (1, 1, 1),
    (5,),
    (1001,),
    (40, 30),
    (2, 3, 4),
]
DEFAULT_DTYPES = ["float32", "float32", "float32", "float64", "bfloat16", "float16"]


def _numbers(rng: np.random.Generator, size: int) -> Array:
    """`size` floats of one of many distributions."""
    kinds = [
        lambda: rng.standard_normal(size),
        lambda: rng.standard_normal(size) * 10.0 ** rng.integers(-9, 10),
        lambda: rng.integers(-9, 10, size).astype(float),
        lambda: rng.integers(-1, 2, size) * 10.0 ** rng.integers(0, 12),
        lambda: rng.standard_normal(size) * 10.0 ** rng.integers(-300, 300, size),
        lambda: rng.standard_normal(size) * 10.0 ** rng.integers(-40, 39, size),
        lambda: rng.standard_normal(size) * 10.0 ** rng.integers(-2, 3, size),
        lambda: rng.integers(-5, 6, size) * 5e-324,
        lambda: rng.integers(-5, 6, size) * 1.4e-45,
        lambda: rng.choice(SPECIALS, size),
        lambda: np.full(size, rng.choice(SPECIALS)),
        lambda: rng.integers(0, 20000, size) / 8.0,
        lambda: rng.integers(0, 2, size) * rng.integers(1, 1200, size).astype(float),
    ]
    numbers: Array = kinds[rng.integers(len(kinds))]()
    if rng.random() < 0.2:
        numbers = np.where(rng.random(size) < 0.3, rng.choice(SPECIALS, size), numbers)
    return numbers


def _integers(rng: np.random.Generator, size: int, dtype: np.dtype[Any]) -> Array:
    limits = np.iinfo(dtype)
    if rng.random() < 0.3:
        return rng.integers(limits.min, limits.max, size, dtype=dtype, endpoint=True)
    low = -9 if limits.min else 0
    return rng.integers(low, 10 ** rng.integers(1, 3), size).astype(dtype)


def _array(rng: np.random.Generator, shape: tuple[int, ...], dtype: dtypes.dtype) -> Array:
    size = int(np.prod(shape))
    if dtype.category == 0:
        flat = rng.random(size) < 0.5
    elif dtype.category == 1:
        flat = _integers(rng, size, dtype.numpy)
    else:
        with np.errstate(all="ignore"):
            flat = _numbers(rng, size).astype(dtype.to_real().numpy)
            if dtype.is_complex:
                parts = flat, _numbers(rng, size).astype(flat.dtype)
                flat = np.stack(parts, -1).reshape(-1).view(dtype.numpy)
    array = flat.reshape(shape)
    return array.T if rng.random() < 0.2 else array


def _shape(rng: np.random.Generator) -> tuple[int, ...]:
    if rng.random() < 0.3:
        return SHAPES[rng.integers(len(SHAPES))]
    ndim = rng.integers(1, 6)
    longest = {1: 60, 2: 14, 3: 7, 4: 4, 5: 3}[int(ndim)]
    return tuple(map(int, rng.integers(1, longest + 1, ndim)))


def _options(rng: np.random.Generator) -> dict[str, Any]:
    if rng.random() < 0.3:
        return {"profile": "default"}
    some = {
        "precision": int(rng.integers(0, 12)),
        "threshold": [0, 3, 10, 50, 1000, inf][rng.integers(6)],
        "edgeitems": int(rng.integers(0, 6)),
        "linewidth": int(rng.integers(0, 140)),
        "sci_mode": [None, True, False][rng.integers(3)],
    }
    profile = ["default", "short", "full"][rng.integers(3)]
    return {"profile": profile, **{name: some[name] for name in some if rng.random() < 0.6}}


def draw(seed: int) -> Case:
    """The random case of this seed."""
    rng = np.random.default_rng(seed)
    dtype = list(dtypes.BY_NAME.values())[rng.integers(len(dtypes.BY_NAME))]
    array = _array(rng, _shape(rng), dtype)
    case = Case(array, _options(rng), DEFAULT_DTYPES[rng.integers(len(DEFAULT_DTYPES))])
    if dtype.category >= 2:
        if rng.random() < 0.6:
            case.requires_grad = True
            case.grad_fn_name = [None, *GRAD_FNS][rng.integers(len(GRAD_FNS) + 1)]
        if rng.random() < 0.15:
            case.tangent = _array(rng, array.shape, dtype).reshape(array.shape)
    if rng.random() < 0.1:
        case.class_name = list(CLASSES)[rng.integers(len(CLASSES))]
        if case.grad_fn_name is not None:  # PyTorch rewraps what an operator makes of a subclass
            case.grad_fn_name = "AliasBackward0"
    if rng.random() < 0.05:
        case.tensor_contents = "[custom\n contents" + "…" * int(rng.integers(60)) + "]"
    return case


def first_difference(draws: int, seed: int) -> str | None:
    """What differs in the first of `draws` draws that is not printed alike; ``None`` where all are."""
    for number in range(seed, seed + draws):
        case = draw(number)
        expected, found = torch_text(case), case.text()
        if found != expected:
            return f"seed {number}: {case}\nPyTorch:\n{expected}\npullback:\n{found}"
    return None


def main() -> None:
    """Compare as many draws as the command line says."""
    draws, seed = int(sys.argv[1]), int(sys.argv[2])
    difference = first_difference(draws, seed)
    if difference is not None:
        raise SystemExit(difference)
    print(f"{draws} draws, seeds {seed} to {seed + draws - 1}: all equal")


if __name__ == "__main__":
    main()
