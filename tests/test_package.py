"""The package as a whole: light to import, small, its surface documented."""

from __future__ import annotations

import gc
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import pullback as torch
import pullback.linalg
import pullback.nn.functional
import pullback.rarer
import pullback.special
from pullback.graph.record import OPERATORS

SOURCE = Path(__file__).parent.parent / "src" / "pullback"


def test_import_loads_no_heavy_namespace() -> None:
    code = (
        "import sys, pullback\n"
        "heavy = ['scipy', 'torch', 'jax', 'pandas', 'tqdm', 'pullback.nn', 'pullback.optim', 'pullback.utils']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(SOURCE.parent)}, timeout=60
    )
    assert done.stdout == "[]\n", done.stderr


def test_source_is_about_a_megabyte_compressed() -> None:
    import zlib

    total = sum(len(zlib.compress(file.read_bytes())) for file in SOURCE.rglob("*.py"))
    assert total < 1_430_000


def test_every_differentiable_operator_has_a_node_named_as_pytorch_names_them() -> None:
    assert len(OPERATORS) > 300
    for name, operator in OPERATORS.items():
        if operator.over:
            assert "Backward" in operator.node_name or operator.node_name == "NotImplemented", name


def test_public_functions_have_docstrings() -> None:
    missing = [
        name
        for name, value in vars(torch).items()
        if not name.startswith("_") and inspect.isfunction(value) and not inspect.getdoc(value)
    ]
    assert missing == []


def test_training_loop_leaves_no_garbage() -> None:
    w = torch.ones(3, requires_grad=True)
    x = torch.arange(12.0).reshape(4, 3)

    def step() -> None:
        loss = ((x @ w - 1) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(w.grad, alpha=1e-3)
            w.grad = None

    step()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(1000):
            step()
        assert len(gc.get_objects()) - before < 50
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("name", ["cuda_is_a_tensor", "no_such_name"])
def test_unknown_names_raise_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'torch' has no attribute '{name}'"):
        getattr(torch, name)
