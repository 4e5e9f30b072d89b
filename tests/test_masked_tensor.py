"""`torch.masked.MaskedTensor`: texts, masks and gradients, as PyTorch has them."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import pullback

try:
    import torch
except ImportError:
    torch = None

LIBRARIES = [pullback] if torch is None else [pullback, torch]
each_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.__name__)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def examples(library: Any) -> tuple[Any, Any, Any]:
    """A masked tensor, its data, its mask."""
    data = library.arange(6.0).reshape(2, 3)
    mask = library.tensor([[True, False, True], [False, False, True]])
    return library.masked.masked_tensor(data, mask), data, mask


@each_library
def test_text(library: Any) -> None:
    x, _, mask = examples(library)
    assert repr(x) == (
        "MaskedTensor(\n  [\n    [  0.0000,       --,   2.0000],\n    [      --,       --,   5.0000]\n  ]\n)"
    )
    whole = library.masked.masked_tensor(library.tensor([1, 2]), library.tensor([False, True]))
    assert str(whole) == "MaskedTensor(\n  [      --, 2]\n)"
    assert str(library.masked.masked_tensor(library.tensor(2), library.tensor(False))) == "MaskedTensor(--, False)"
    assert str(x.sum()) == "MaskedTensor(  7.0000, True)"


@each_library
def test_operators_pass_over_what_is_hidden(library: Any) -> None:
    x, data, mask = examples(library)
    for found, plain in [
        (x.exp(), data.exp()), (library.sin(x), data.sin()), (x + x, data + data), (x + data, 2 * data),
        (x > 1, data > 1), (x**2, data**2), (-x, -data), (library.maximum(x, x), data),
    ]:  # fmt: skip
        assert library.masked.is_masked_tensor(found)
        assert found.get_mask().tolist() == mask.tolist()
        assert found.get_data()[mask].tolist() == plain[mask].tolist()
    assert x.to_tensor(-1).tolist() == [[0, -1, 2], [-1, -1, 5]]
    x.add_(1)
    assert x.get_data()[mask].tolist() == [1, 3, 6]


@each_library
@pytest.mark.parametrize(
    ("name", "dim", "values", "left"),
    [
        ("sum", 0, [0, 7], [True, False, True]), ("mean", 1, [1, 5], [True, True]), ("prod", 1, [0, 5], [True, True]),
        ("amax", 0, [0, 5], [True, False, True]), ("amin", 1, [0, 5], [True, True]), ("argmax", 1, [2, 2], [True, True]),
    ],
)  # fmt: skip
def test_reductions_say_where_anything_was_left(library: Any, name: str, dim: int, values: Any, left: Any) -> None:
    x, _, _ = examples(library)
    found = getattr(x, name)(dim)
    assert found.get_mask().tolist() == left
    assert found.get_data()[found.get_mask()].tolist() == values


@each_library
def test_reductions_of_all(library: Any) -> None:
    x, _, _ = examples(library)
    assert (x.sum().item(), float(x.mean()), library.sum(x).item()) == (7.0, pytest.approx(7 / 3), 7.0)
    assert x.std().item() == pytest.approx(2.516611478423583)
    assert x.all().item() is False
    assert x.sum(dim=0, keepdim=True).shape == (1, 3)
    assert x.softmax(1).get_data()[0, 2].item() == pytest.approx(0.8807970779778823)


@each_library
def test_masks_are_cut_as_data_are(library: Any) -> None:
    x, data, mask = examples(library)
    for change in (
        lambda t: t[0], lambda t: t.reshape(3, 2), lambda t: t.transpose(0, 1), lambda t: t.unsqueeze(0),
        lambda t: t.expand(2, 2, 3), lambda t: library.cat([t, t]), lambda t: library.stack([t, t]),
        lambda t: t.select(1, 2), lambda t: t.view(6),
    ):  # fmt: skip
        found = change(x)
        assert found.get_data().tolist() == change(data).tolist()
        assert found.get_mask().tolist() == change(mask).tolist()


@each_library
def test_gradients_are_hidden_too(library: Any) -> None:
    _, data, mask = examples(library)
    x = library.masked.masked_tensor(data, mask, requires_grad=True)
    x.exp().sum().backward()
    assert library.masked.is_masked_tensor(x.grad)
    assert x.grad.get_mask().tolist() == mask.tolist()
    assert x.grad.get_data()[mask].tolist() == pytest.approx([1.0, 7.38905609893065, 148.4131591025766])
    leaf = data.clone().requires_grad_()
    library.masked.as_masked_tensor(leaf, mask).sum().backward()
    gradient = leaf.grad.to_tensor(0) if library.masked.is_masked_tensor(leaf.grad) else leaf.grad
    assert gradient.tolist() == [[1, 0, 1], [0, 0, 1]]


@each_library
def test_what_is_refused(library: Any) -> None:
    x, data, mask = examples(library)
    masked = library.masked.masked_tensor
    for kind, message, call in [
        (TypeError, "mask must have dtype bool", lambda: masked(data, mask.float())),
        (TypeError, "is not supported in MaskedTensor", lambda: masked(data.cfloat(), mask)),
        (ValueError, r"data.dim\(\) must equal mask.dim\(\)", lambda: masked(data, mask[0])),
        (ValueError, r"data.size\(\) must equal mask.size\(\)", lambda: masked(data, mask[:, :2])),
        (ValueError, "Input masks must match", lambda: x + masked(data, ~mask)),
        (TypeError, "Multiple dispatch failed", lambda: x.median()),
        (RuntimeError, "is not supported for tensor subclasses", lambda: x.tolist()),
    ]:
        with pytest.raises(kind, match=message):
            call()


def test_they_are_said_to_be_a_prototype() -> None:
    x = pullback.ones(1, requires_grad=True)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        pullback.masked.masked_tensor(x, pullback.tensor([True]))
    assert [str(each.message).split()[:4] for each in told] == [
        ["The", "PyTorch", "API", "of"],
        ["It", "is", "not", "recommended"],
    ]
