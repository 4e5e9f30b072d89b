"""torch.utils.tensorboard."""

from __future__ import annotations

import glob
from importlib.util import find_spec
from pathlib import Path

import pytest

import pullback


@pytest.mark.skipif(find_spec("tensorboard") is not None, reason="tensorboard is installed")
def test_without_tensorboard_the_import_says_so() -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'tensorboard'"):
        import pullback.utils.tensorboard  # noqa: F401


def test_events_are_written(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from pullback.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", pullback.tensor(2.5), 3)
        writer.add_histogram("weights", pullback.arange(5.0), 1, bins=4)
        writer.add_scalars("both", {"train": 1, "valid": 2.0}, 5)
    found = EventAccumulator(str(tmp_path)).Reload()
    (loss,) = found.Scalars("loss")
    assert (loss.step, loss.value) == (3, 2.5)
    (weights,) = found.Histograms("weights")
    assert (weights.histogram_value.num, weights.histogram_value.sum) == (5, 10)
    assert len(glob.glob(f"{tmp_path}/both_*/events*")) == 2
