"""Every module: how it is shown, what it starts with, what it computes."""

from __future__ import annotations

import numpy as np
import pytest

import pullback
from tests.nn.calls import CALLS
from tests.nn.cases import CASES, build, describe, recorded

RECORDED = recorded()
COMPUTING = [expression for expression, shapes in CASES.items() if shapes]


def _inputs(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype("f4") for shape in shapes]


def _run(expression: str, torch, training: bool) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Output, gradients of the inputs, and the state with gradients after one pass forward and backward."""
    module = build(expression, torch).train(training)
    inputs = [torch.from_numpy(array.copy()).requires_grad_() for array in _inputs(CASES[expression])]
    output = module(*inputs)
    weights = torch.from_numpy(np.random.default_rng(1).standard_normal(output.shape).astype("f4"))
    if output.requires_grad:
        (output * weights).sum().backward()
    arrays = [output.detach().numpy()]
    arrays += [each.grad.numpy() for each in inputs if each.grad is not None]
    arrays += [param.grad.numpy() for param in module.parameters()]
    return arrays, {name: value.numpy() for name, value in module.state_dict().items()}


@pytest.mark.parametrize("expression", CASES)
def test_text_and_start_are_as_recorded(expression: str) -> None:
    found = describe(build(expression, pullback))
    expected = RECORDED[expression]
    assert found["repr"] == expected["repr"]
    assert list(found["state"]) == list(expected["state"])
    for name, (shape, values) in expected["state"].items():
        assert found["state"][name][0] == shape
        np.testing.assert_allclose(found["state"][name][1], values, rtol=1e-6, atol=1e-7, err_msg=name)


@pytest.mark.parametrize("expression", CASES)
def test_text_and_start_are_those_of_pytorch(expression: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = build(expression, pullback), build(expression, torch)
    assert repr(ours) == repr(theirs)
    for (name, a), (other_name, b) in zip(ours.state_dict().items(), theirs.state_dict().items(), strict=True):
        assert name == other_name
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("expression", COMPUTING)
def test_output_gradients_and_state_are_those_of_pytorch(expression: str, training: bool) -> None:
    torch = pytest.importorskip("torch")
    ours, our_state = _run(expression, pullback, training)
    theirs, their_state = _run(expression, torch, training)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)
    for name, value in their_state.items():
        np.testing.assert_allclose(our_state[name], value, rtol=1e-5, atol=1e-6)


def test_every_module_has_a_case() -> None:
    skipped = {"Module", "Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter"}
    skipped |= {"LinearCrossEntropyOptions", "CrossMapLRN2d"}
    named = " ".join([*CASES, *CALLS])
    classes = [name for name in pullback.nn.__all__ if name[0].isupper() and name not in skipped]
    assert [name for name in classes if f"nn.{name}(" not in named] == []


@pytest.mark.parametrize(
    ("expression", "kind", "message"),
    [
        ("nn.Linear(2, 3)(torch.zeros(4, 3))", RuntimeError, "mat1 and mat2 shapes cannot be multiplied"),
        ("nn.Bilinear(0, 1, 1)", ValueError, r"in1_features must be > 0, but got \(in1_features=0\)"),
        ("nn.Dropout(2)", ValueError, "dropout probability has to be between 0 and 1, but got 2"),
        ("nn.Embedding(3, 2, padding_idx=3)", AssertionError, "Padding_idx must be within num_embeddings"),
        ("nn.Embedding(3, 2, _weight=torch.zeros(2, 2))", AssertionError, "Shape of weight does not match"),
        ("nn.GroupNorm(3, 7)", ValueError, r"num_channels \(7\) must be divisible by num_groups \(3\)"),
        ("nn.BatchNorm1d(3)(torch.zeros(2))", ValueError, r"expected 2D or 3D input \(got 1D input\)"),
        ("nn.BatchNorm2d(3)(torch.zeros(2, 3))", ValueError, r"expected 4D input \(got 2D input\)"),
        ("nn.Conv2d(2, 4, 3, groups=3)", ValueError, "in_channels must be divisible by groups"),
        ("nn.Conv2d(3, 4, 3, groups=3)", ValueError, "out_channels must be divisible by groups"),
        ("nn.Conv2d(2, 4, 3, groups=0)", ValueError, "groups must be a positive integer"),
        ("nn.Conv2d(2, 4, 3, padding='x')", ValueError, "Invalid padding string 'x', should be one of"),
        ("nn.Conv2d(2, 4, 3, padding='same', stride=2)", ValueError, "not supported for strided conv"),
        ("nn.Conv2d(2, 4, 3, padding_mode='x')", ValueError, "padding_mode must be one of"),
        ("nn.ConvTranspose2d(2, 4, 3, padding_mode='reflect')", ValueError, 'Only "zeros" padding mode'),
        ("nn.Hardtanh(2, 1)", AssertionError, r"max_val \(1\) must be greater than min_val \(2\)"),
        ("nn.Softmax2d()(torch.zeros(2))", ValueError, "Softmax2d: expected input to be 3D or 4D, got 1D"),
        ("nn.Unflatten(1, 5)", TypeError, "unflattened_size must be a tuple of ints, but found type int"),
        ("nn.Unflatten(1, (2, 'a'))", TypeError, "found element of type str at pos 1"),
        ("nn.CircularPad1d(1)(torch.zeros(1, 1, 1, 1))", ValueError, r"expected 2D or 3D input \(got 4D"),
    ],
)
def test_wrong_settings_raise_the_errors_of_pytorch(expression: str, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        build(expression, pullback)


def test_embedding_of_given_vectors_is_frozen() -> None:
    vectors = pullback.tensor([[1.0, 2.0], [3.0, 4.0]])
    layer = pullback.nn.Embedding.from_pretrained(vectors)
    assert layer(pullback.tensor([1, 0])).tolist() == [[3.0, 4.0], [1.0, 2.0]]
    assert not layer.weight.requires_grad
    assert pullback.nn.Embedding.from_pretrained(vectors, freeze=False).weight.requires_grad


def test_embedding_gives_no_gradient_to_the_padding() -> None:
    layer = pullback.nn.Embedding(3, 2, padding_idx=1)
    assert layer.weight[1].tolist() == [0.0, 0.0]
    layer(pullback.tensor([0, 1, 1, 2])).sum().backward()
    assert layer.weight.grad.tolist() == [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]


def test_embedding_scales_looked_up_vectors_down_to_max_norm() -> None:
    layer = pullback.nn.Embedding(2, 2, max_norm=1.0, _weight=pullback.tensor([[3.0, 4.0], [30.0, 40.0]]))
    np.testing.assert_allclose(layer(pullback.tensor([0])).tolist(), [[0.6, 0.8]], rtol=1e-5)
    assert layer.weight[1].tolist() == [30.0, 40.0]


def test_batch_norm_counts_batches_and_averages_them() -> None:
    layer = pullback.nn.BatchNorm1d(1, momentum=None)
    layer(pullback.tensor([[0.0], [2.0]]))
    layer(pullback.tensor([[4.0], [6.0]]))
    assert layer.num_batches_tracked.item() == 2
    assert layer.running_mean.item() == 3.0 and layer.running_var.item() == 2.0


def test_dropout_keeps_its_share_and_is_the_identity_in_eval() -> None:
    pullback.manual_seed(0)
    ones = pullback.ones(10000)
    layer = pullback.nn.Dropout(0.25)
    out = layer(ones)
    assert sorted(set(out.tolist())) == pytest.approx([0.0, 4 / 3])
    assert 0.73 < (out != 0).float().mean().item() < 0.77
    assert layer.eval()(ones) is ones or pullback.equal(layer(ones), ones)


def test_transposed_convolution_reaches_the_size_asked_for() -> None:
    layer = pullback.nn.ConvTranspose2d(1, 1, 3, stride=2)
    x = pullback.zeros(1, 1, 4, 4)
    assert layer(x, output_size=(10, 9)).shape == (1, 1, 10, 9)
    with pytest.raises(ValueError, match="requested an output size of"):
        layer(x, output_size=(20, 9))


@pytest.mark.parametrize(
    ("settings", "reduction"),
    [({"reduce": False}, "none"), ({"size_average": False}, "sum"), ({"size_average": True}, "mean")],
)
def test_former_flags_of_losses_are_understood(settings: dict, reduction: str) -> None:
    with pytest.warns(UserWarning, match=f"please use reduction='{reduction}' instead"):
        assert pullback.nn.MSELoss(**settings).reduction == reduction


def test_class_losses_and_binary_losses_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    logits, weight = rng.standard_normal((5, 3)).astype("f4"), np.array([0.2, 1.0, 2.0], "f4")
    classes, unit = np.array([0, 2, 1, -100, 2]), rng.uniform(size=(5, 3)).astype("f4")

    def losses(module):
        nn, t = module.nn, module.from_numpy
        x, y, p = t(logits), t(classes), t(unit)
        return [
            nn.CrossEntropyLoss()(x, y),
            nn.CrossEntropyLoss(weight=t(weight), label_smoothing=0.1, reduction="sum")(x, y),
            nn.CrossEntropyLoss()(x, p),
            nn.NLLLoss(weight=t(weight))(x.log_softmax(1), y),
            nn.BCELoss(weight=t(weight))(p, p),
            nn.BCEWithLogitsLoss(pos_weight=t(weight))(x, p),
            nn.KLDivLoss(reduction="batchmean")(x.log_softmax(1), p),
            nn.KLDivLoss(reduction="sum", log_target=True)(x, x.log_softmax(1)),
        ]

    for ours, theirs in zip(losses(pullback), losses(torch), strict=True):
        assert ours.item() == pytest.approx(theirs.item(), rel=2e-6)
