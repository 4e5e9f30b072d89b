"""The digits example: the data, and the training under both libraries."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "digits.py"
DATA = ROOT / "examples" / "data" / "digits.npy.gz"
LOSSES = [0.966416, 0.198238]
"""Mean losses of the first epochs with seed 0, by PyTorch 2.13."""


def run(*command: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def losses(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"loss ([\d.]+)", text)]


def final_accuracy(text: str) -> float:
    return float(re.search(r"final test accuracy ([\d.]+)%", text)[1])  # type: ignore[index]


def test_data_is_small_and_whole() -> None:
    assert DATA.stat().st_size < 100_000
    with gzip.open(DATA) as file:
        rows = np.load(file)
    assert rows.shape == (1797, 65) and rows.dtype == np.uint8 and rows[:, :64].max() == 16
    assert np.bincount(rows[:, 64]).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert "CC BY 4.0" in (DATA.parent / "README.md").read_text()


def test_first_epochs_have_the_recorded_losses() -> None:
    text = run("-m", "pullback", str(SCRIPT), "--epochs", "2")
    np.testing.assert_allclose(losses(text)[0], LOSSES[0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(losses(text), LOSSES, rtol=0, atol=2e-3)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_training_reads_97_percent(optimizer: str) -> None:
    text = run("-m", "pullback", str(SCRIPT), "--optimizer", optimizer)
    assert final_accuracy(text) >= 97.0


@pytest.mark.parametrize("settings", [["--optimizer", "sgd"], ["--seed", "5", "--dropout", "0.4"]])
def test_first_epoch_is_that_of_pytorch(settings: list[str]) -> None:
    pytest.importorskip("torch")
    ours = losses(run("-m", "pullback", str(SCRIPT), "--epochs", "1", *settings))
    theirs = losses(run(str(SCRIPT), "--epochs", "1", *settings))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)
