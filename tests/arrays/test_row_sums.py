"""Rows added where indices repeat, with SciPy's product and without it."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as torch
from pullback.arrays import row_sums


@pytest.fixture(params=["scipy", "numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "scipy":
        pytest.importorskip("scipy.sparse")
    else:
        monkeypatch.setattr(row_sums, "_product", lambda: None)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16", "f2", "i8", "i4", "u1", "?"])
@pytest.mark.parametrize("width", [1, 3, 600])
def test_rows_are_added_as_by_numpys_add_at(dtype: str, width: int) -> None:
    rng = np.random.default_rng(0)
    index = rng.integers(-7, 7, 50)
    rows = (rng.standard_normal((50, width)) * 5).astype(dtype)
    for order in "CF":
        found = np.ones((7, width), dtype, order=order)
        expected = found.copy()
        row_sums.add_rows(found, index, rows)
        np.add.at(expected, index, rows)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.usefixtures("way")
def test_infinite_complex_rows_stay_what_they_are() -> None:
    out = np.zeros((2, 2), complex)
    row_sums.add_rows(out, np.array([1]), np.array([[complex(np.inf, 1.0), complex(2.0, -np.inf)]]))
    assert out[1].tolist() == [complex(np.inf, 1.0), complex(2.0, -np.inf)]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("place", [4, -5])
def test_a_place_outside_raises_and_nothing_is_written(place: int) -> None:
    out = np.zeros((4, 3))
    with pytest.raises(IndexError, match="out of bounds"):
        row_sums.add_rows(out, np.array([place]), np.ones((1, 3)))
    assert not out.any()


@pytest.mark.usefixtures("way")
def test_an_expanded_column_scatters_and_gathers_rows() -> None:
    column = torch.tensor([2, 0, 2])[:, None].expand(-1, 2)
    source = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    result = torch.zeros(3, 2).scatter_add(0, column, source)
    assert result.tolist() == [[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]]
    (result * torch.tensor([[1.0], [2.0], [3.0]])).sum().backward()
    assert source.grad is not None and source.grad.tolist() == [[3.0, 3.0], [1.0, 1.0], [3.0, 3.0]]
    assert source.gather(0, column).tolist() == [[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]]


@pytest.mark.parametrize("mode", ["reflect", "circular", "replicate"])
def test_the_gradient_of_padding_a_large_image_counts_every_reading(mode: str) -> None:
    image = torch.randn(2, 4, 48, 48, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 4, 54, 52, dtype=torch.float64)
    (torch.nn.functional.pad(image, (2, 2, 3, 3), mode=mode) * weight).sum().backward()
    names = {"reflect": "reflect", "circular": "wrap", "replicate": "edge"}
    places = np.pad(np.arange(48 * 48).reshape(48, 48), ((3, 3), (2, 2)), mode=names[mode])
    expected = np.zeros((2, 4, 48 * 48))
    np.add.at(expected, (slice(None), slice(None), places.reshape(-1)), weight.numpy().reshape(2, 4, -1))
    assert image.grad is not None
    np.testing.assert_allclose(image.grad.numpy().reshape(2, 4, -1), expected, rtol=1e-12, atol=1e-12)


def test_places_are_not_looked_at_where_another_axis_is_empty() -> None:
    far = torch.tensor([5])
    leaf = torch.zeros(2, 0, requires_grad=True)
    leaf[far].sum().backward()
    assert leaf.grad is not None and leaf.grad.shape == (2, 0)
    assert torch.zeros(2, 0, 3)[:, :, far].shape == (2, 0, 1)
    assert torch.zeros(2, 0, 3)[far, :, far].shape == (1, 0)
    nothing = torch.zeros(2, 0)
    nothing[far] = 1.0
    nothing.index_put_((far,), torch.tensor(1.0), accumulate=True)
    with pytest.raises(IndexError, match="out of bounds for dimension with size 0"):
        torch.zeros(0, 0)[far]
    with pytest.raises((IndexError, RuntimeError), match="shape mismatch"):
        nothing[far] = torch.zeros(3, 4)
