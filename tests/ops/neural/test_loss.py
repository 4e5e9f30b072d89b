"""Losses beside the op table: weights, labels that do not count, graphs, warnings, messages, corners."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck, gradgradcheck

F = pullback.nn.functional
REDUCTIONS = ("mean", "sum", "none")


def numbers(*shape: int) -> Any:
    """Some float64 numbers in (-1, 1), all different."""
    return pullback.arange(1.0, 1 + math.prod(shape), dtype=pullback.float64).reshape(shape).sin()


def shares(*shape: int) -> Any:
    """Some float64 numbers in (0, 1)."""
    return (numbers(*shape) + 1) / 2.1


def logits(*shape: int) -> Any:
    return numbers(*shape).requires_grad_()


# --------------------------------------------------------------------------------- values worked out by hand


def test_cross_entropy_of_even_logits_is_the_log_of_the_number_of_classes() -> None:
    x = pullback.zeros(2, 4, requires_grad=True)
    loss = F.cross_entropy(x, pullback.tensor([0, 3]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(4))
    expected = np.full((2, 4), 0.25 / 2)
    expected[0, 0] -= 0.5
    expected[1, 3] -= 0.5
    np.testing.assert_allclose(x.grad.numpy(), expected, 1e-6)


def test_weights_weigh_the_mean() -> None:
    x = pullback.tensor([[-1.0, -2.0], [-3.0, -4.0]])
    weight = pullback.tensor([1.0, 3.0])
    target = pullback.tensor([0, 1])
    assert F.nll_loss(x, target, weight).item() == (1 * 1 + 3 * 4) / 4
    assert F.nll_loss(x, target, weight, reduction="sum").item() == 13
    assert F.nll_loss(x, target, weight, reduction="none").tolist() == [1, 12]


def test_an_ignored_target_counts_for_nothing_even_where_the_loss_is_infinite() -> None:
    x = pullback.tensor([[-math.inf, -2.0], [-3.0, -4.0]], requires_grad=True)
    loss = F.nll_loss(x, pullback.tensor([0, 1]), ignore_index=0)
    loss.backward()
    assert loss.item() == 4
    assert x.grad.tolist() == [[0, 0], [0, -1]]
    assert math.isnan(F.nll_loss(x, pullback.tensor([0, 0]), ignore_index=0).item())
    assert F.nll_loss(x, pullback.tensor([9, 1]), ignore_index=9, reduction="sum").item() == 4


def test_logits_far_out_stay_finite() -> None:
    x = pullback.tensor([-1000.0, 1000.0], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, pullback.tensor([1.0, 0.0]), reduction="none")
    assert loss.tolist() == [1000, 1000]
    loss.sum().backward()
    assert x.grad.tolist() == [-1, 1]
    far = F.soft_margin_loss(pullback.tensor([-1000.0, 1000.0]), pullback.tensor([1.0, 1.0]), reduction="none")
    assert far.tolist() == [1000, 0]


def test_probabilities_of_zero_and_one_have_clamped_logarithms() -> None:
    x = pullback.tensor([0.0, 1.0, 0.0, 1.0])
    assert F.binary_cross_entropy(x, pullback.tensor([0.0, 1.0, 1.0, 0.0]), reduction="none").tolist() == [
        0,
        0,
        100,
        100,
    ]


@pytest.mark.parametrize("loss", [F.smooth_l1_loss, F.huber_loss])
@pytest.mark.parametrize(("gap", "slope", "bend"), [(1.0, 1, 0), (-1.0, -1, 0), (0.0, 0, 1), (math.inf, 1, 0)])
def test_derivatives_where_the_parabola_meets_the_line(loss: Any, gap: float, slope: float, bend: float) -> None:
    x = pullback.tensor(gap, requires_grad=True)
    (first,) = pullback.autograd.grad(loss(x, pullback.tensor(0.0)), x, create_graph=True)
    (second,) = pullback.autograd.grad(first, x)
    assert (first.item(), second.item()) == (slope, bend)


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss])
def test_nothing_has_no_mean(loss: Any) -> None:
    empty = pullback.zeros(0, 3)
    assert math.isnan(loss(empty, empty).item())
    assert loss(empty, empty, reduction="sum").item() == 0
    assert loss(empty, empty, reduction="none").shape == (0, 3)


def test_the_mean_of_many_halves_does_not_overflow() -> None:
    x = pullback.full((4000,), 8.0, dtype=pullback.float16)
    loss = F.mse_loss(x, pullback.zeros_like(x))
    assert (loss.item(), loss.dtype) == (64, pullback.float16)


def test_multi_margin_by_hand() -> None:
    x = pullback.tensor([0.1, 0.2, 0.7], requires_grad=True)
    loss = F.multi_margin_loss(x, pullback.tensor(0))
    loss.backward()
    assert loss.item() == pytest.approx((1.1 + 1.6) / 3)
    np.testing.assert_allclose(x.grad.numpy(), [-2 / 3, 1 / 3, 1 / 3], 1e-6)


def test_labels_after_the_first_minus_one_do_not_count() -> None:
    x = pullback.tensor([[0.1, 0.2, 0.4, 0.8]])
    loss = F.multilabel_margin_loss(x, pullback.tensor([[3, 0, -1, 1]]))
    pairs = [0.8 - 0.2, 0.8 - 0.4, 0.1 - 0.2, 0.1 - 0.4]
    assert loss.item() == pytest.approx(sum(1 - gap for gap in pairs) / 4)


# ------------------------------------------------------------- arguments that must not require grad, by checks

WEIGHTED = {
    "nll": lambda x, r: F.nll_loss(x, pullback.tensor([1, 0, 3]), shares(4), reduction=r),
    "nll of one": lambda x, r: F.nll_loss(x[0], pullback.tensor(2), shares(4), reduction=r),
    "cross entropy": lambda x, r: F.cross_entropy(
        x, pullback.tensor([1, 0, 3]), shares(4), ignore_index=0, label_smoothing=0.2, reduction=r
    ),
    "probabilities": lambda x, r: F.cross_entropy(x, shares(3, 4), shares(4), label_smoothing=0.2, reduction=r),
    "bce": lambda x, r: F.binary_cross_entropy(x.sigmoid(), shares(3, 4), shares(4), reduction=r),
    "logits": lambda x, r: F.binary_cross_entropy_with_logits(
        x, shares(3, 4), shares(4), pos_weight=shares(3, 1) * 3, reduction=r
    ),
    "multi margin": lambda x, r: F.multi_margin_loss(x, pullback.tensor([1, 0, 3]), 2, 0.7, shares(4), reduction=r),
    "mse": lambda x, r: F.mse_loss(x, shares(3, 4), weight=shares(3, 4), reduction=r),
    "l1": lambda x, r: F.l1_loss(x, shares(3, 4), weight=shares(3, 4), reduction=r),
    "huber": lambda x, r: F.huber_loss(x, shares(3, 4), weight=shares(3, 4), reduction=r),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", WEIGHTED)
def test_weighted_losses_differentiate_twice_and_forward(name: str, reduction: str) -> None:
    x = logits(3, 4)
    assert gradcheck(lambda x: WEIGHTED[name](x, reduction), x, check_forward_ad=True, fast_mode=True)
    assert gradgradcheck(lambda x: WEIGHTED[name](x, reduction), x, fast_mode=True)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", WEIGHTED)
def test_weighted_losses_equal_pytorchs(name: str, reduction: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    x = logits(3, 4)
    loss = WEIGHTED[name](x, reduction)
    loss.sum().backward()
    monkeypatch.setitem(globals(), "pullback", torch)
    monkeypatch.setitem(globals(), "F", torch.nn.functional)
    theirs = logits(3, 4)
    expected = WEIGHTED[name](theirs, reduction)
    expected.sum().backward()
    np.testing.assert_allclose(loss.detach().numpy(), expected.detach().numpy(), 1e-12)
    np.testing.assert_allclose(x.grad.numpy(), theirs.grad.numpy(), 1e-12, 1e-15)


@pytest.mark.parametrize(
    ("call", "function", "argument"),
    [
        (lambda w: F.nll_loss(numbers(2, 3), pullback.tensor([0, 1]), w), "nll_loss_forward", "weight"),
        (lambda w: F.binary_cross_entropy(shares(3), shares(3), w), "binary_cross_entropy", "weight"),
        (
            lambda w: F.binary_cross_entropy_with_logits(shares(3), shares(3), pos_weight=w),
            "binary_cross_entropy_with_logits",
            "pos_weight",
        ),
        (lambda w: F.soft_margin_loss(shares(3), w), "soft_margin_loss", "target"),
        (
            lambda w: F.multi_margin_loss(numbers(2, 3), pullback.tensor([0, 1]), weight=w),
            "multi_margin_loss",
            "weight",
        ),
    ],
)
def test_what_has_no_derivative_must_not_ask_for_one(call: Any, function: str, argument: str) -> None:
    weight = shares(3).requires_grad_()
    with pytest.raises(RuntimeError, match=f"'{function}' is not differentiable with respect to argument '{argument}'"):
        call(weight)
    with pullback.no_grad():
        assert call(weight).isfinite().all()


# ---------------------------------------------------------------------------------------------------- graphs


def chain(tensor: Any) -> str:
    """Names of the nodes along the first edges."""
    names, node = [], tensor.grad_fn
    while node is not None and node.next_functions:
        names.append(node.name().replace("Backward", ""))
        node = next((edge for edge, _ in node.next_functions if edge is not None), None)
    return " ".join(names)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: F.cross_entropy(x, pullback.tensor([0, 1])), "NllLoss0 LogSoftmax0"),
        (lambda x: F.cross_entropy(x, shares(2, 3)), "Div1 Neg0 Sum0 Mul0 LogSoftmax0"),
        (
            lambda x: F.cross_entropy(x, pullback.tensor([0, 1]), label_smoothing=0.1),
            "Add0 Mul1 NllLoss0 LogSoftmax0",
        ),
        (lambda x: F.nll_loss(x.view(2, 3, 1, 1), pullback.zeros(2, 1, 1).long()), "NllLoss2D0 View0"),
        (
            lambda x: F.nll_loss(x.view(2, 3, 1), pullback.zeros(2, 1).long(), reduction="none"),
            "View0 NllLoss2D0 View0 View0",
        ),
        (lambda x: F.mse_loss(x, shares(2, 3)), "MseLoss0"),
        (lambda x: F.smooth_l1_loss(x, shares(2, 3), beta=0.0), "Mean0 Abs0 Sub0"),
        (lambda x: F.kl_div(x, shares(2, 3), reduction="batchmean"), "Div0 Sum0 Sub0 Mul0"),
        (lambda x: F.triplet_margin_loss(x, x + 1, x - 1), "Mean0 ClampMin0 Sub0 Add1 Norm1 Add1 Sub0"),
        (lambda x: F.margin_ranking_loss(x, -x, x.detach()), "Mean0 ClampMin0 Add1 Mul0 Sub0"),
        (lambda x: F.hinge_embedding_loss(x, -pullback.ones(2, 3)), "Mean0 Add0 Where0 ClampMin0 Sub0"),
        (lambda x: F.multilabel_soft_margin_loss(x, shares(2, 3)), "Mean0 Div0 Sum1 Neg0 Add0 Mul0 LogSigmoid0"),
        (lambda x: F.poisson_nll_loss(x, shares(2, 3), log_input=False), "Mean0 Sub0"),
    ],
)
def test_graphs_have_pytorchs_nodes(call: Any, expected: str) -> None:
    assert chain(call(logits(2, 3))) == expected


def test_a_loss_frees_its_graph_when_it_dies() -> None:
    import weakref

    x = logits(2, 3)
    loss = F.cross_entropy(x, pullback.tensor([0, 1]))
    node = weakref.ref(loss.grad_fn)
    del loss
    assert node() is None


# --------------------------------------------------------------------------------------- warnings and errors


def test_the_flags_of_old_warn_and_still_count() -> None:
    x, target = pullback.tensor([1.0, 2.0]), pullback.tensor([0.0, 0.0])
    for flags, word, value in (
        ({"size_average": False}, "sum", 5.0),
        ({"reduce": False}, "none", [1.0, 4.0]),
        ({"size_average": True, "reduce": True}, "mean", 2.5),
    ):
        with pytest.warns(UserWarning, match=f"please use reduction='{word}' instead"):
            assert F.mse_loss(x, target, **flags).tolist() == value  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="reduction='elementwise_mean' is deprecated"):
        assert F.mse_loss(x, target, reduction="elementwise_mean").item() == 2.5


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss])
def test_broadcasting_warns_with_both_sizes(loss: Any) -> None:
    message = (
        r"Using a target size \(torch.Size\(\[3\]\)\) that is different to the input size \(torch.Size\(\[2, 3\]\)\)"
    )
    with pytest.warns(UserWarning, match=message):
        found = loss(numbers(2, 3), numbers(3), reduction="none")
    assert found.shape == (2, 3)
    with pytest.warns(UserWarning, match=message), pytest.raises(RuntimeError, match="The size of tensor a"):
        loss(numbers(2, 3), numbers(3), reduction="none") + numbers(2, 4)


def test_the_mean_divergence_warns_but_no_other() -> None:
    with pytest.warns(UserWarning, match="'batchmean' divides only by the batch size"):
        F.kl_div(numbers(2, 3), shares(2, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.kl_div(numbers(2, 3), shares(2, 3), reduction="batchmean")


MESSAGES = [
    (lambda: F.cross_entropy(numbers(2, 3), pullback.tensor([0, 7])), IndexError, "Target 7 is out of bounds."),
    (lambda: F.cross_entropy(numbers(2, 3), pullback.tensor([-1, 0])), IndexError, "Target -1 is out of bounds."),
    (
        lambda: F.cross_entropy(numbers(2, 3), pullback.tensor([0])),
        ValueError,
        "Expected input batch_size (2) to match target batch_size (1).",
    ),
    (
        lambda: F.cross_entropy(numbers(2, 3), pullback.tensor([0, 1], dtype=pullback.int32)),
        RuntimeError,
        "expected target dtype to be Long or Byte, but got Int",
    ),
    (
        lambda: F.cross_entropy(numbers(2, 3), pullback.tensor([0, 1]), weight=shares(2)),
        RuntimeError,
        "weight tensor should be defined either for all 3 classes or no classes but got weight tensor of shape: [2]",
    ),
    (
        lambda: F.cross_entropy(numbers(2, 3), pullback.tensor([0, 1]), weight=shares(3).float()),
        RuntimeError,
        "expected scalar type Double but found Float",
    ),
    (
        lambda: F.cross_entropy(numbers(3), pullback.tensor([0, 1])),
        ValueError,
        "For 1D input, 1D target must have size 1, but got target size: 2",
    ),
    (lambda: F.nll_loss(numbers(), pullback.tensor(0)), ValueError, "Expected 1 or more dimensions (got 0)"),
    (
        lambda: F.nll_loss(numbers(2, 3, 4), pullback.zeros(2, 5).long()),
        RuntimeError,
        "Expected target size [2, 4], got [2, 5]",
    ),
    (
        lambda: F.nll_loss(numbers(2, 3, 4, 1), pullback.zeros(2, 4).long()),
        RuntimeError,
        "only batches of spatial targets supported (3D tensors) but got targets of dimension: 2",
    ),
    (
        lambda: F.cross_entropy(numbers(2, 3), shares(2, 3), ignore_index=1),
        RuntimeError,
        "ignore_index is not supported for floating point target",
    ),
    (
        lambda: F.cross_entropy(numbers(2, 3), pullback.ones(2, 3).long()),
        RuntimeError,
        "Expected floating point type for target with class probabilities, got Long",
    ),
    (lambda: F.mse_loss(numbers(2), numbers(2), reduction="avg"), ValueError, "avg is not a valid value for reduction"),
    (
        lambda: F.mse_loss(numbers(2), numbers(2), weight=numbers(3)),
        ValueError,
        "Weights and input must have the same size.",
    ),
    (
        lambda: F.mse_loss(numbers(2).long(), numbers(2).long()),
        NotImplementedError,
        "\"mse_cpu\" not implemented for 'Long'",
    ),
    (
        lambda: F.binary_cross_entropy(numbers(2) - 1, shares(2)),
        RuntimeError,
        "all elements of input should be between 0 and 1",
    ),
    (
        lambda: F.binary_cross_entropy(shares(2), shares(2).float()),
        RuntimeError,
        "Found dtype Float but expected Double",
    ),
    (
        lambda: F.binary_cross_entropy_with_logits(numbers(2), shares(3)),
        ValueError,
        "Target size (torch.Size([3])) must be the same as input size (torch.Size([2]))",
    ),
    (
        lambda: F.multilabel_margin_loss(numbers(2), pullback.tensor([0, 2])),
        RuntimeError,
        "argument #2 'target' is out of range",
    ),
    (
        lambda: F.triplet_margin_loss(numbers(2), numbers(2), numbers(2), margin=-1.0),
        ValueError,
        "margin must be greater than 0, got -1.0",
    ),
    (
        lambda: F.gaussian_nll_loss(numbers(2, 3), numbers(2, 3), shares(4)),
        ValueError,
        "var is of incorrect size",
    ),
    (
        lambda: F.gaussian_nll_loss(numbers(2), numbers(2), -1.0),
        ValueError,
        "var has negative entry/entries",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), MESSAGES, ids=[message[:40] for _, _, message in MESSAGES])
def test_messages_begin_like_pytorchs(call: Any, kind: type[BaseException], message: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_variances_are_clamped_but_gradients_do_not_see_it() -> None:
    var = pullback.tensor([1e-9, 2.0], requires_grad=True)
    x = pullback.zeros(2)
    F.gaussian_nll_loss(x, pullback.ones(2), var, eps=0.5, reduction="sum").backward()
    clamped = np.array([0.5, 2.0])
    np.testing.assert_allclose(var.grad.numpy(), 0.5 * (1 / clamped - 1 / clamped**2), 1e-6)
    assert var.tolist()[0] == pytest.approx(1e-9)


def test_a_distance_of_ones_own() -> None:
    a, p, n = pullback.tensor([[0.0, 0.0]]), pullback.tensor([[1.0, 0.0]]), pullback.tensor([[0.0, 3.0]])
    city = lambda x, y: (x - y).abs().sum(-1)
    assert F.triplet_margin_with_distance_loss(a, p, n, distance_function=city, margin=2.5).item() == 0.5
    assert F.triplet_margin_with_distance_loss(a, p, n, distance_function=city, margin=2.5, swap=True).item() == 0.5


def test_pairwise_distance_has_no_slope_at_zero() -> None:
    x = pullback.zeros(2, 3, requires_grad=True)
    F.pairwise_distance(x, pullback.zeros(2, 3), eps=0.0).sum().backward()
    assert x.grad.tolist() == [[0, 0, 0], [0, 0, 0]]


# ------------------------------------------------------------------------------ labels without places in time


def spoken(path: tuple[int, ...], blank: int = 0) -> tuple[int, ...]:
    """What an alignment says: repetitions and blanks dropped."""
    merged = [label for place, label in enumerate(path) if place == 0 or path[place - 1] != label]
    return tuple(label for label in merged if label != blank)


def test_ctc_sums_over_all_alignments() -> None:
    probabilities = numbers(4, 3).softmax(-1)
    for label in ((), (1,), (1, 2), (2, 2)):
        total = 0.0
        for path in np.ndindex(3, 3, 3, 3):
            if spoken(path) == label:
                total += math.prod(probabilities[time, each].item() for time, each in enumerate(path))
        target = pullback.tensor([label], dtype=pullback.int64)
        found = F.ctc_loss(probabilities.log()[:, None], target, (4,), (len(label),), reduction="none")
        assert found.item() == pytest.approx(-math.log(total))


@pytest.mark.parametrize("zero_infinity", [True, False])
@pytest.mark.parametrize("lengths", [((6, 5), (2, 2)), ((6, 3), (1, 0)), ((1, 5), (2, 1))])
def test_ctc_gradients_equal_pytorchs(lengths: Any, zero_infinity: bool) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (pullback, torch):
        x = library.tensor(numbers(6, 2, 4).numpy(), requires_grad=True)
        targets = library.tensor([[1, 2], [3, 3]])
        loss = library.nn.functional.ctc_loss(
            x.log_softmax(2), targets, *lengths, reduction="none", zero_infinity=zero_infinity
        )
        (pulled,) = library.autograd.grad(loss, x, library.tensor([1.0, 2.0], dtype=library.float64))
        found.append((loss.detach().numpy(), pulled.numpy()))
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, 1e-10, 1e-12)


def test_ctc_gradients_of_logits_are_right() -> None:
    def loss(x: Any) -> Any:
        return F.ctc_loss(x.log_softmax(2), pullback.tensor([1, 2, 3]), (4, 5), (2, 1))

    assert gradcheck(loss, logits(5, 2, 4))


def test_an_impossible_alignment_counts_for_nothing_if_asked() -> None:
    x = logits(2, 2, 3)
    targets = pullback.tensor([[1, 1], [2, 0]])
    losses = F.ctc_loss(x.log_softmax(2), targets, (2, 2), (2, 1), reduction="none")
    assert losses[0].item() == math.inf
    F.ctc_loss(x.log_softmax(2), targets, (2, 2), (2, 1), zero_infinity=True).backward()
    assert not x.grad[:, 0].any() and x.grad[:, 1].any()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("count", [1, 2, 17, 300])
def test_half_precision_sums_are_rounded_as_pytorchs(dtype: str, count: int) -> None:
    real = pytest.importorskip("torch")
    draw = np.random.default_rng(count)
    values, classes, found = draw.standard_normal((count, 5)), draw.integers(0, 5, count), []
    for library in (pullback, real):
        x, target = library.tensor(values, dtype=getattr(library, dtype)), library.tensor(classes)
        weight, loss = library.tensor([1.0, 2.0, 0.3, 1.0, 1.0], dtype=x.dtype), library.nn.functional.nll_loss
        found.append([loss(x, target, reduction="sum"), loss(x, target), loss(x, target, weight=weight)])
    assert [each.item() for each in found[0]] == [each.item() for each in found[1]]


def test_half_precision_sums_lose_what_pytorchs_lose() -> None:
    x = pullback.tensor([[-2048.0], [-1.0], [2048.0]], dtype=pullback.float16)
    target = pullback.zeros(3, dtype=pullback.int64)
    assert pullback.nn.functional.nll_loss(x, target, reduction="sum").item() == 1.0
    x[1] = -0.25
    assert pullback.nn.functional.nll_loss(x, target, reduction="sum").item() == 0.0
    assert pullback.nn.functional.nll_loss(x, target).item() == 0.0
