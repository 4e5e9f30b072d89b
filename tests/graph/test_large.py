"""Operators on large tensors, which are computed in blocks, give what they give for small ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.graph import large
from pullback.graph.dispatch import source_of
from pullback.graph.record import LARGE

WIDTH = 256
ROWS = 2 * LARGE // WIDTH
FUNCTIONS: dict[str, Any] = {
    "arithmetic": lambda x, y: (2 * x + 1) * y - x / (y * y + 1),
    "powers": lambda x, y: x**2 + (y * y + 1) ** 1.5 - x**3,
    "alpha": lambda x, y: torch.add(x, y, alpha=3) - torch.sub(x, y, alpha=0.5),
    "smooth": lambda x, y: x.tanh() * torch.sigmoid(y) + torch.nn.functional.silu(x),
    "gelu": lambda x, y: torch.nn.functional.gelu(x) + torch.nn.functional.gelu(y, approximate="tanh"),
    "choice": lambda x, y: torch.where(x > 0, x, y).clamp(-1, 1) + torch.relu(x) + x.abs(),
    "transposed": lambda x, y: (x.t() * y.t()).t() + x.t().contiguous().t() * y,
    "softmax": lambda x, y: x.softmax(-1) * y + x.log_softmax(-1),
    "normalized": lambda x, y: torch.nn.functional.layer_norm(x, (WIDTH,)) * y,
    "double": lambda x, y: x.double() * y + x,
}


@pytest.fixture(scope="module", autouse=True)
def looking_at_sizes() -> None:
    large.look_at_sizes()


def values(rows: int, seed: int) -> Any:
    return np.random.default_rng(seed).standard_normal((ROWS, WIDTH)).astype(np.float32)[:rows]


def gradients(function: Any, rows: slice) -> list[Any]:
    x, y = (torch.from_numpy(values(ROWS, seed)[rows].copy()).requires_grad_() for seed in (0, 1))
    result = function(x, y)
    (result * result).sum().backward()
    return [result.detach().numpy(), x.grad.numpy(), y.grad.numpy()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_large_tensors_give_what_their_rows_give(name: str) -> None:
    parts = [gradients(FUNCTIONS[name], slice(start, start + 16)) for start in range(0, ROWS, 16)]
    for found, *wanted in zip(gradients(FUNCTIONS[name], slice(None)), *parts):
        np.testing.assert_allclose(found, np.concatenate(wanted), rtol=2e-5, atol=2e-5)


def test_a_row_and_a_column_are_spread() -> None:
    x, y = (torch.from_numpy(values(ROWS, seed)).requires_grad_() for seed in (0, 1))
    (x * y[:1] + x[:, :1] * y).sum().backward()
    a, b = (values(ROWS, seed).astype(np.float64) for seed in (0, 1))
    of_x = np.broadcast_to(b[:1], a.shape).copy()
    of_x[:, 0] += b.sum(1)
    np.testing.assert_allclose(x.grad.numpy(), of_x, rtol=1e-4, atol=1e-4)
    of_y = np.broadcast_to(a[:, :1], a.shape).copy()
    of_y[0] += a.sum(0)
    np.testing.assert_allclose(y.grad.numpy(), of_y, rtol=1e-4, atol=1e-3)


def test_sums_and_means_of_all() -> None:
    x = torch.from_numpy(values(ROWS, 0))
    assert x.sum().item() == pytest.approx(values(ROWS, 0).sum(dtype=np.float64), abs=0.05)
    assert x.sum(dtype=torch.float64).dtype == torch.float64


def test_few_rows_times_a_large_weight_lie_row_by_row() -> None:
    layer = torch.nn.Linear(512, 256)
    x = torch.from_numpy(values(ROWS, 0)[:40].reshape(-1, 512))
    found = layer(x)
    wanted = x.numpy() @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=1e-4, atol=1e-4)
    assert found.is_contiguous()
    found.sum().backward()
    assert layer.weight.grad._array.base is None  # given away, not copied


def test_the_question_stands_in_the_source() -> None:
    torch.ones(2) * torch.ones(2)
    assert f"a_input.size > {LARGE}" in source_of(torch.mul)
    assert f"grad.size > {LARGE}" in source_of(torch.tanh)


def test_programs_without_large_arrays_do_not_ask() -> None:
    import subprocess
    import sys

    program = (
        "import pullback as torch\nfrom pullback.graph.dispatch import source_of\n"
        "(torch.ones(3) * 2).sum()\nprint('size' in source_of(torch.mul))\n"
        "torch.zeros(300, 300)\nprint('size' in source_of(torch.mul))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"]
