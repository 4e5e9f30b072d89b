"""Compiled kernels do what the NumPy kernels do, to rounding; this runs where Numba is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.arrays import compiled, maxima

functional = torch.nn.functional
WIDE = 1 << 16
TOLERANCE = {np.float32: 3e-6, np.float64: 1e-14}


def values(*shape: int, dtype: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def both(monkeypatch: Any, compute: Callable[[], list[Any]]) -> tuple[list[Any], list[Any], set[str]]:
    """What `compute` gives without and with compiled kernels, and which of them were asked for."""
    monkeypatch.setattr(compiled, "_found", {})
    monkeypatch.setattr(compiled, "_left", inf)
    plain = compute()
    monkeypatch.setattr(compiled, "_left", 0)
    fast = compute()
    return plain, fast, {name for (name, _), kernel in compiled._found.items() if kernel is not None}


def agree(plain: list[Any], fast: list[Any], tolerance: float) -> None:
    assert len(plain) == len(fast)
    for one, other in zip(plain, fast):
        np.testing.assert_allclose(other.detach().numpy(), one.detach().numpy(), rtol=tolerance, atol=tolerance)


def through(function: Any, *arrays: Any) -> list[Any]:
    """The result, and the gradients of all arrays for a random cotangent."""
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    result = function(*leaves)
    result.backward(torch.tensor(values(*result.shape, dtype=arrays[0].dtype, seed=9)))
    return [result, *[leaf.grad for leaf in leaves]]


ROWS = {
    "softmax": ("softmax softmax_vjp", lambda x: x.softmax(-1)),
    "log_softmax": ("log_softmax log_softmax_vjp", lambda x: x.log_softmax(-1)),
    "layer_norm": ("standardized standardized_vjp", lambda x: functional.layer_norm(x, (700,))),
}
ELEMENTS = {
    "sigmoid": ("sigmoid sigmoid.input", torch.sigmoid),
    "silu": ("silu silu.input", functional.silu),
    "gelu": ("gelu gelu.input", functional.gelu),
    "gelu_tanh": ("gelu gelu.input", lambda x: functional.gelu(x, approximate="tanh")),
    "relu": ("relu.input", functional.relu),
}


@pytest.fixture(autouse=True)
def installed() -> None:
    pytest.importorskip("numba")


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", ROWS | ELEMENTS)
def test_functions_and_derivatives(name: str, dtype: Any, monkeypatch: Any) -> None:
    expected, function = (ROWS | ELEMENTS)[name]
    x = values(100, 700, dtype=dtype)
    x[1] *= 100
    x[2, :4] = [90, -90, 700, -700]
    plain, fast, used = both(monkeypatch, lambda: through(function, x))
    agree(plain, fast, TOLERANCE[dtype])
    assert used == (set(expected.split()) if dtype == np.float32 or "gelu" not in name else set())


@pytest.mark.parametrize("name", ROWS | ELEMENTS)
def test_nan_and_infinities(name: str, monkeypatch: Any) -> None:
    x = values(100, 700, dtype=np.float32)
    x[0, :3], x[1, 5], x[2, 7], x[3], x[4, 0] = [np.nan, np.inf, -np.inf], np.inf, -np.inf, -np.inf, -np.nan
    plain, fast, _ = both(monkeypatch, lambda: through((ROWS | ELEMENTS)[name][1], x))
    agree(plain, fast, 3e-6)


@pytest.mark.parametrize("vectors", [0, 1, 2])
def test_layer_norm_with_vectors(vectors: int, monkeypatch: Any) -> None:
    x, w, b = values(100, 700, dtype=np.float32), values(700, dtype=np.float32), values(700, dtype=np.float32, seed=2)
    given = [w, b][:vectors]
    plain, fast, used = both(
        monkeypatch, lambda: through(lambda x, *v: functional.layer_norm(x, (700,), *v), x, *given)
    )
    agree(plain, fast, 2e-5)
    assert used == {"standardized", "standardized_vjp"}


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_batch_norm(dtype: Any, affine: bool, monkeypatch: Any) -> None:
    given = [values(5, dtype=dtype), values(5, dtype=dtype, seed=1)] if affine else []
    x = 3 * values(20, 5, 28, 28, dtype=dtype) + 1

    def compute() -> list[Any]:
        return through(lambda x, *v: functional.batch_norm(x, None, None, *v, training=True), x, *given)

    plain, fast, used = both(monkeypatch, compute)
    agree(plain, fast, 20 * TOLERANCE[dtype])
    assert used == {"channels", "channels_vjp"}


GEOMETRIES = [
    {"kernel": (3, 3), "stride": 1, "padding": 1, "dilation": 1, "groups": 1},
    {"kernel": (3, 3), "stride": 2, "padding": 1, "dilation": 1, "groups": 1},
    {"kernel": (5, 5), "stride": 1, "padding": 2, "dilation": 2, "groups": 2},
    {"kernel": (3, 1), "stride": (2, 1), "padding": (0, 2), "dilation": 1, "groups": 1},
    {"kernel": (1, 4), "stride": (1, 3), "padding": (0, 2), "dilation": (1, 2), "groups": 1},
    {"kernel": (3, 3), "stride": 3, "padding": 3, "dilation": 1, "groups": 1},
]


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_convolution(geometry: dict[str, Any], monkeypatch: Any) -> None:
    kernel, *settings = geometry.values()
    x = values(16, 4, 40, 37, dtype=np.float32)
    w = values(6, 4 // geometry["groups"], *kernel, dtype=np.float32, seed=1)
    plain, fast, used = both(monkeypatch, lambda: through(lambda x, w: functional.conv2d(x, w, None, *settings), x, w))
    for one, other in zip(plain, fast):  # the same windows in the same products
        np.testing.assert_array_equal(other.detach().numpy(), one.detach().numpy())
    assert used == {"columns"}


@pytest.mark.parametrize(
    "settings",
    [(2, 2, 0, 1), (3, 2, 1, 1, True), (3, 1, 1, 2), ((2, 3), (2, 1), (1, 0), (1, 3), True), (3, 3)],
    ids=str,
)
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_max_pooling(settings: Any, dtype: Any, monkeypatch: Any) -> None:
    x = values(48, 4, 40, 37, dtype=dtype)
    x[0, 0, 3, 3], x[0, 0, 5, 5], x[0, 1], x[0, 2] = np.nan, np.inf, -np.inf, 1

    def compute() -> list[Any]:
        places: list[Any] = []

        def pool(x: Any) -> Any:
            found, at = functional.max_pool2d(x, *settings, return_indices=True)
            places.append(at)
            return found

        return [*through(pool, x), *places]

    plain, fast, used = both(monkeypatch, compute)
    for one, other in zip(plain, fast):
        np.testing.assert_array_equal(other.detach().numpy(), one.detach().numpy())
    assert used == {"max_windows", "spread_places"}


OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam([p], lr=0.01),
    "adam decay": lambda p: torch.optim.Adam([p], weight_decay=0.1, maximize=True),
    "adamw amsgrad": lambda p: torch.optim.AdamW([p], weight_decay=0.1, amsgrad=True),
    "sgd": lambda p: torch.optim.SGD([p], lr=0.1),
    "sgd nesterov": lambda p: torch.optim.SGD([p], lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "sgd damped": lambda p: torch.optim.SGD([p], lr=0.1, momentum=0.9, dampening=0.5, maximize=True),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_optimizers(name: str, dtype: Any, monkeypatch: Any) -> None:
    def compute() -> list[Any]:
        param = torch.tensor(values(400, 400, dtype=dtype), requires_grad=True)
        optimizer = OPTIMIZERS[name](param)
        for step in range(3):
            param.grad = torch.tensor(values(400, 400, dtype=dtype, seed=step + 1))
            optimizer.step()
        return [param]

    plain, fast, used = both(monkeypatch, compute)
    agree(plain, fast, 3 * TOLERANCE[dtype])
    assert used == {name.split()[0].removesuffix("w")}


def test_a_compiler_is_started_by_many_elements_only(monkeypatch: Any) -> None:
    monkeypatch.setattr(compiled, "_left", 100_000)
    array = np.zeros(WIDE, np.float32)
    assert compiled.twin("softmax", array.astype(np.float16)) is None
    assert compiled.twin("softmax", array) is None
    assert compiled.twin("softmax", array) is None
    assert compiled.twin("softmax", array) is not None


@pytest.mark.parametrize(("said", "loaded"), [("0", False), ("1", True), ("", False)])
def test_the_environment_decides(said: str, loaded: bool) -> None:
    code = "import sys, pullback as t; t.ones(300, 300).softmax(-1); print('numba' in sys.modules)"
    environment = os.environ | {"PULLBACK_COMPILED": said}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(loaded)


def test_places_that_are_the_same_for_all_rows_are_repeated_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_left", 0)
    values = np.random.default_rng(0).standard_normal((2, 8, 64, 64)).astype(np.float32)
    places = np.random.default_rng(1).integers(0, 32 * 32, (2, 1, 64, 64))
    expected = np.zeros((2, 8, 32 * 32), np.float32)
    for n, c in np.ndindex(2, 8):
        np.add.at(expected[n, c], places[n, 0].reshape(-1), values[n, c].reshape(-1))
    assert np.array_equal(maxima.spread_places(values, places, (32, 32)), expected.reshape(2, 8, 32, 32))
    with pytest.raises(IndexError):
        maxima.spread_places(values, places + 1, (32, 32))
