"""The GPT example: losses as PyTorch's, on both paths of attention and under autocast, and the letters it writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "gpt.py"
PROGRAM = """
import sys; sys.path.insert(0, {folder!r})
import torch, gpt
if {plain}:
    del torch.nn.functional.scaled_dot_product_attention
model, losses, letters = gpt.train(8, 4, {half}, gpt.Config(n_embd=32, block_size=32))
print(*losses)
torch.manual_seed(0)
print(model.eval().generate(torch.zeros(2, 1, dtype=torch.long), 40, top_k=5).sum().item())
"""
LOSSES = {  # by PyTorch 2.13; the last is the sum of the letters written
    "attention": [3.804963, 3.791773, 3.761216, 3.724587, 3.67846, 3.634489, 3.573452, 3.545418, 1888],
    "plain": [3.804963, 3.791773, 3.761216, 3.724587, 3.67846, 3.634489, 3.573452, 3.545418, 1888],
    "half": [3.804932, 3.791761, 3.761179, 3.724618, 3.678486, 3.634523, 3.573509, 3.545457, 1888],
}


def run(*command: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", ["attention", "plain", "half"])
def test_losses_are_pytorchs(path: str) -> None:
    program = PROGRAM.format(folder=str(SCRIPT.parent), plain=path == "plain", half=path == "half")
    ours = [float(each) for each in run("-m", "pullback", "-c", program).split()]
    assert ours[:8] == pytest.approx(LOSSES[path][:8], abs=1e-3 if path == "half" else 1e-4)
    if path != "half":
        assert ours[8] == LOSSES[path][8]
    if find_spec("torch") is not None:
        theirs = [float(each) for each in run("-c", program).split()]
        assert theirs[:8] == pytest.approx(LOSSES[path][:8], abs=1e-3 if path == "half" else 1e-5)


def test_the_script_learns_and_writes() -> None:
    said = run("-m", "pullback", str(SCRIPT), "--steps", "15", "--batch", "4", "--letters", "20")
    losses = [float(found) for found in re.findall(r"loss ([\d.]+)", said)]
    assert losses[0] > 3.7 and losses[-1] < 3.3 and "105,536 parameters" in said
