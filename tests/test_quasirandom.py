"""Sobol' points."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
from pullback.quasirandom import SobolEngine


def test_first_points() -> None:
    engine = SobolEngine(3)
    points = [[0, 0, 0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75], [0.375, 0.375, 0.625]]
    assert engine.draw(5).tolist() == points
    assert engine.num_generated == 5
    assert engine.reset().fast_forward(3).draw(2).tolist() == points[3:]


def test_every_dimension_is_balanced() -> None:
    points = SobolEngine(161).draw_base2(8).numpy()
    assert (np.sort(points, axis=0) == np.arange(256)[:, None] / 256).all()


def test_scrambled_points_for_a_seed() -> None:
    engine = SobolEngine(3, scramble=True, seed=7)
    np.testing.assert_allclose(engine.draw(2).numpy(), [[0.1995, 0.1709, 0.7494], [0.6922, 0.7115, 0.4898]], atol=5e-5)
    assert engine.shift.tolist() == [214182645, 183537049, 804615878]
    assert repr(engine) == "SobolEngine(dimension=3, scramble=True, seed=7)"


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"Supported range of dimensionality for SobolEngine is \[1, 21201\]"):
        SobolEngine(0)
    engine = SobolEngine(1)
    engine.draw(3)
    with pytest.raises(ValueError, match="require n to be a power of 2"):
        engine.draw_base2(1)


def test_more_dimensions_need_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "scipy.stats", None)
    with pytest.raises(RuntimeError, match="162 need SciPy"):
        SobolEngine(162)


@pytest.mark.parametrize("dimension", [1, 2, 64, 161, 300])
@pytest.mark.parametrize("scramble", [False, True])
def test_points_are_those_of_torch(dimension: int, scramble: bool) -> None:
    torch = pytest.importorskip("torch")
    if dimension > 161:
        pytest.importorskip("scipy")
    ours, theirs = SobolEngine(dimension, scramble, seed=3), torch.quasirandom.SobolEngine(dimension, scramble, seed=3)
    for n in (1, 0, 5, 3, 16):
        assert (ours.draw(n).numpy() == theirs.draw(n).numpy()).all()
    ours.fast_forward(7), theirs.fast_forward(7)
    wide = ours.draw(4, dtype=pullback.float64)
    assert (wide.numpy() == theirs.draw(4, dtype=torch.float64).numpy()).all()
    pullback.manual_seed(5), torch.manual_seed(5)
    assert (SobolEngine(2, True).draw(4).numpy() == torch.quasirandom.SobolEngine(2, True).draw(4).numpy()).all()
