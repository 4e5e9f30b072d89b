"""Dropout: which elements survive, what stays the same, graphs, places, warnings."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import pullback

F = pullback.nn.functional

EVERY = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
BATCHES = {"dropout": (4, 6), "dropout1d": (3, 4, 5), "dropout2d": (3, 4, 2, 2), "dropout3d": (2, 3, 2, 2, 2)}
BATCHES |= {"alpha_dropout": (4, 6), "feature_alpha_dropout": (3, 4, 2)}


def numbers(*shape: int, dtype: Any = None) -> Any:
    """1, 2, 3, …"""
    return pullback.arange(1.0, 1 + np.prod(shape), dtype=dtype or pullback.float32).reshape(shape)


# -------------------------------------------------------------------------------------------- what survives


def test_after_a_seed_pytorchs_elements_survive() -> None:
    pullback.manual_seed(0)
    found = F.dropout(pullback.ones(20), 0.5)
    assert found.tolist() == [0, 0, 2, 0, 0, 0, 2, 2, 0, 2, 2, 2, 2, 0, 2, 2, 2, 2, 0, 0]


def test_alpha_dropout_after_a_seed() -> None:
    pullback.manual_seed(0)
    found = F.alpha_dropout(pullback.ones(6), 0.3, True)
    np.testing.assert_allclose(found.numpy(), [-1.0595, -1.0595, 1.3150, -1.0595, 1.3150, -1.0595], atol=5e-5)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("name", EVERY)
def test_every_kind_equals_pytorchs_after_the_same_seed(name: str, p: float) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (pullback, torch):
        library.manual_seed(7)
        x = library.tensor(numbers(*BATCHES[name]).numpy(), requires_grad=True)
        y = getattr(library.nn.functional, name)(x, p, True)
        y.sum().backward()
        found.append((y.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*found):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_the_same_elements_survive_in_every_dtype(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    for name in ("dropout", "alpha_dropout"):
        found = []
        for library in (pullback, torch):
            library.manual_seed(3)
            x = library.ones(50, dtype=getattr(library, dtype))
            found.append(getattr(library.nn.functional, name)(x, 0.3, True))
        assert str(found[0].dtype) == str(found[1].dtype)
        np.testing.assert_array_equal(found[0].double().numpy(), found[1].double().numpy())


@pytest.mark.parametrize(("name", "p"), [("dropout1d", 0.5), ("dropout2d", 0.5), ("dropout3d", 0.5)])
def test_channels_live_and_die_as_a_whole(name: str, p: float) -> None:
    pullback.manual_seed(1)
    x = pullback.ones(*BATCHES[name])
    found = getattr(F, name)(x, p).flatten(2)
    assert set(found.unique().tolist()) == {0, 2}
    assert (found == found[:, :, :1]).all()


def test_one_sample_is_a_batch_of_one() -> None:
    for name, axes in (("dropout1d", 2), ("dropout3d", 4)):
        sample = pullback.ones(*BATCHES[name][1:])
        assert sample.dim() == axes
        pullback.manual_seed(2)
        alone = getattr(F, name)(sample)
        pullback.manual_seed(2)
        assert alone.equal(getattr(F, name)(sample.unsqueeze(0)).squeeze(0))


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    pullback.manual_seed(0)
    found = F.alpha_dropout(pullback.randn(20000), 0.4, True)
    assert abs(found.mean().item()) < 0.03
    assert abs(found.var().item() - 1) < 0.05


# ------------------------------------------------------------------------------------------ what stays itself


@pytest.mark.parametrize("name", EVERY)
def test_nothing_to_do_gives_the_input_itself(name: str) -> None:
    x = numbers(*BATCHES[name])
    function = getattr(F, name)
    assert function(x, 0.5, False) is x
    assert function(x, 0.0, True).equal(x)


@pytest.mark.parametrize("name", EVERY)
def test_certain_death(name: str) -> None:
    x = numbers(*BATCHES[name]).requires_grad_()
    y = getattr(F, name)(x, 1.0, True)
    y.sum().backward()
    assert not y.any() and not x.grad.any()
    assert np.isnan(F.dropout(pullback.tensor([np.inf, 1.0]), 1.0)[0].item())  # a product with zero


def test_out_of_training_no_number_is_drawn() -> None:
    pullback.manual_seed(5)
    first = pullback.rand(3)
    pullback.manual_seed(5)
    F.dropout(pullback.ones(4), 0.5, False)
    F.dropout(pullback.ones(4), 1.0)
    F.dropout(pullback.ones(0), 0.5)
    assert pullback.rand(3).equal(first)


# ---------------------------------------------------------------------------------------- graphs and in place


def test_the_graph_is_a_product_with_the_noise() -> None:
    x = numbers(4).requires_grad_()
    node = F.dropout(x).grad_fn
    assert node.name() == "MulBackward0"
    assert [edge is not None for edge, _ in node.next_functions] == [True, False]
    assert F.alpha_dropout(x, 0.5, True).grad_fn.name() == "AddBackward0"
    assert F.dropout1d(numbers(2, 3).requires_grad_()).grad_fn.name() == "SqueezeBackward1"


@pytest.mark.parametrize("name", EVERY)
def test_in_place_writes_what_the_other_returns(name: str) -> None:
    x = numbers(*BATCHES[name])
    pullback.manual_seed(4)
    expected = getattr(F, name)(x, 0.5, True)
    pullback.manual_seed(4)
    assert getattr(F, name)(x, 0.5, True, True) is x
    assert x.equal(expected)


def test_a_leaf_is_not_overwritten() -> None:
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        F.dropout(pullback.ones(3, requires_grad=True), inplace=True)


def test_functions_of_the_top_level() -> None:
    x = numbers(2, 3, 2)
    for name in ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"):
        assert getattr(pullback, name)(x, 0.5, False) is x
        pullback.manual_seed(8)
        expected = getattr(pullback, name)(x, 0.5, True)
        written = x.clone()
        pullback.manual_seed(8)
        assert getattr(pullback, name + "_")(written, 0.5, True) is written
        assert written.equal(expected)


def test_native_dropout_tells_its_mask() -> None:
    pullback.manual_seed(0)
    x = numbers(6).requires_grad_()
    y, mask = pullback.native_dropout(x, 0.5, True)
    assert mask.tolist() == [False, False, True, False, False, False]
    assert y.tolist() == [0, 0, 6, 0, 0, 0]
    assert y.grad_fn.name() == "NativeDropoutBackward0"
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 2, 0, 0, 0]
    same, everything = pullback.native_dropout(x, 0.5, False)
    assert same.equal(x) and everything.all()


# --------------------------------------------------------------------------------------- warnings and errors


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_a_probability_is_between_0_and_1(name: str, p: float) -> None:
    with pytest.raises(ValueError, match=f"dropout probability has to be between 0 and 1, but got {p}"):
        getattr(F, name)(numbers(*BATCHES[name]), p)
    with pytest.raises(RuntimeError, match=f"dropout probability has to be between 0 and 1, but got {p}"):
        pullback.dropout(numbers(2), p, True)


def test_integers_have_no_noise() -> None:
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        F.dropout(pullback.ones(3, dtype=pullback.int64))


def test_unusual_numbers_of_axes() -> None:
    with pytest.raises(RuntimeError, match="dropout1d: Expected 2D or 3D input, but received a 4D input"):
        F.dropout1d(numbers(1, 2, 3, 4))
    with pytest.warns(UserWarning, match="dropout2d: Received a 3D input .* assuming that channel-wise 1D dropout"):
        F.dropout2d(numbers(2, 3, 4))
    with pytest.warns(UserWarning, match="dropout2d: Received a 5-D input"):
        F.dropout2d(numbers(1, 2, 3, 1, 1))
    with pytest.warns(UserWarning, match="dropout3d: Received a 3-D input"):
        F.dropout3d(numbers(2, 3, 4))
    with pytest.raises(RuntimeError, match="Feature dropout requires at least 2 dimensions"):
        F.feature_alpha_dropout(numbers(3), 0.5, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.dropout2d(numbers(1, 2, 3, 4))
        F.dropout3d(numbers(1, 2, 3, 4))
