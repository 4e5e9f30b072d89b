"""Normalisation beside the op table: running statistics, dtypes that mix, statistics of the result, second order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck, gradgradcheck

F = pullback.nn.functional


def numbers(*shape: int, dtype: Any = None) -> Any:
    """Some numbers in (-1, 1), all different."""
    drawn = pullback.arange(1.0, 1 + math.prod(shape), dtype=pullback.float64).reshape(shape).sin()
    return drawn.to(dtype or pullback.float64)


# ------------------------------------------------------------------------------------------- what comes out


def moments(array: np.ndarray, axes: tuple[int, ...]) -> tuple[float, float]:
    """Largest mean and largest distance of a variance from 1, over `axes`."""
    return float(np.abs(array.mean(axes)).max()), float(np.abs(array.var(axes) - 1).max())


@pytest.mark.parametrize(
    ("normalise", "axes"),
    [
        (lambda x: F.layer_norm(x, (4, 5), eps=0.0), (2, 3)),
        (lambda x: F.group_norm(x, 6, eps=0.0), (2, 3)),
        (lambda x: F.batch_norm(x, None, None, training=True, eps=1e-300), (0, 2, 3)),
        (lambda x: F.instance_norm(x, eps=0.0), (2, 3)),
    ],
    ids=["layer", "group", "batch", "instance"],
)
def test_means_are_zero_and_variances_one(normalise: Any, axes: tuple[int, ...]) -> None:
    found = normalise(numbers(2, 6, 4, 5) * 3 + 7).numpy()
    mean, spread = moments(found, axes)
    assert mean < 1e-12 and spread < 1e-12


def test_one_group_over_all_is_layer_norm_and_one_per_channel_is_instance_norm() -> None:
    x = numbers(3, 4, 5)
    np.testing.assert_allclose(F.group_norm(x, 1).numpy(), F.layer_norm(x, (4, 5)).numpy(), 1e-13)
    np.testing.assert_allclose(F.group_norm(x, 4).numpy(), F.instance_norm(x).numpy(), 1e-13)


def test_rms_norm_divides_by_the_root_of_the_mean_square() -> None:
    x = pullback.tensor([[3.0, 4.0]])
    np.testing.assert_allclose(F.rms_norm(x, (2,), eps=0.0).numpy(), np.array([[3, 4]]) / math.sqrt(12.5), 1e-6)
    tiny = pullback.full((1, 2), 1e-8, dtype=pullback.float64)
    eps = pullback.finfo(pullback.float64).eps
    assert F.rms_norm(tiny, (2,))[0, 0].item() == pytest.approx(1e-8 / math.sqrt(1e-16 + eps))


def test_response_normalisation_by_hand() -> None:
    x = pullback.tensor([[[1.0], [2.0], [3.0]]])
    found = F.local_response_norm(x, 3, alpha=3.0, beta=1.0, k=1.0)
    np.testing.assert_allclose(found.flatten().numpy(), [1 / (1 + 5), 2 / (1 + 14), 3 / (1 + 13)], 1e-6)


# -------------------------------------------------------------------------------------- running statistics


def test_running_statistics_move_towards_the_batch() -> None:
    x = pullback.tensor([[[1.0, 2.0]], [[3.0, 6.0]]])
    mean, var = pullback.tensor([10.0]), pullback.tensor([20.0])
    F.batch_norm(x, mean, var, training=True, momentum=0.25)
    assert mean.item() == 0.75 * 10 + 0.25 * 3
    assert var.item() == pytest.approx(0.75 * 20 + 0.25 * 14 / 3)  # unbiased: over 3, not 4
    assert (mean._version, var._version) == (0, 0)


def test_evaluation_uses_running_statistics_and_leaves_them() -> None:
    mean, var = pullback.tensor([1.0, 2.0]), pullback.tensor([4.0, 9.0])
    found = F.batch_norm(pullback.tensor([[3.0, 5.0]]), mean, var, eps=0.0)
    assert found.tolist() == [[1, 1]]
    assert (mean.tolist(), var.tolist()) == ([1, 2], [4, 9])


def test_running_statistics_of_instances_move_towards_their_mean() -> None:
    x = pullback.tensor([[[1.0, 3.0]], [[5.0, 9.0]]])
    mean, var = pullback.zeros(1), pullback.ones(1)
    F.instance_norm(x, mean, var, momentum=0.5)
    assert mean.item() == 0.5 * (2 + 7) / 2
    assert var.item() == 0.5 * 1 + 0.5 * (2 + 8) / 2


def test_forward_mode_moves_running_statistics_once() -> None:
    from pullback.autograd import forward_ad

    x = numbers(4, 2)
    mean, var = pullback.zeros(2).double(), pullback.ones(2).double()
    with forward_ad.dual_level():
        F.batch_norm(forward_ad.make_dual(x, pullback.ones_like(x)), mean, var, training=True, momentum=1.0)
    np.testing.assert_allclose(mean.numpy(), x.mean(0).numpy(), 1e-12)


def test_nothing_normalised_is_nothing_and_moves_nothing() -> None:
    x = pullback.zeros(0, 3, 2, requires_grad=True)
    weight = pullback.ones(3, requires_grad=True)
    mean, var = pullback.full((3,), 5.0), pullback.full((3,), 6.0)
    found = F.batch_norm(x, mean, var, weight, training=True)
    found.sum().backward()
    assert found.shape == (0, 3, 2)
    assert weight.grad.tolist() == [0, 0, 0]
    assert (mean.tolist(), var.tolist()) == ([5] * 3, [6] * 3)
    assert F.layer_norm(pullback.zeros(0, 4), (4,)).shape == (0, 4)
    assert F.group_norm(pullback.zeros(0, 4, 2), 2).shape == (0, 4, 2)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 4), (2, 3, 2, 2)])
def test_batch_norm_with_statistics_equals_pytorchs(shape: tuple[int, ...], training: bool) -> None:
    torch = pytest.importorskip("torch")
    arrays = [
        numbers(*shape).numpy(),
        numbers(3).numpy() + 2,
        numbers(3).numpy(),
        numbers(3).numpy(),
        numbers(3).numpy() + 2,
    ]
    found = []
    for library in (pullback, torch):
        x, weight, bias, mean, var = (library.tensor(each) for each in arrays)
        for each in (x, weight, bias):
            each.requires_grad_()
        y = library.nn.functional.batch_norm(x, mean, var, weight, bias, training, 0.3, 0.01)
        (y * y.detach().cos()).sum().backward()
        found.append([y.detach(), x.grad, weight.grad, bias.grad, mean, var])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), 1e-10, 1e-12)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_with_statistics_differentiates_twice(training: bool) -> None:
    mean, var = numbers(2), numbers(2) + 2

    def normalise(x: Any, weight: Any, bias: Any) -> Any:
        return F.batch_norm(x, mean.clone(), var.clone(), weight, bias, training)

    arguments = tuple(each.requires_grad_() for each in (numbers(3, 2, 2), numbers(2) + 2, numbers(2)))
    assert gradcheck(normalise, arguments, check_forward_ad=True, fast_mode=True)
    assert gradgradcheck(normalise, arguments, fast_mode=True)


def test_second_derivatives_of_layer_norm_equal_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (pullback, torch):
        x = library.tensor(numbers(3, 4).numpy(), requires_grad=True)
        weight = library.tensor(numbers(4).numpy(), requires_grad=True)
        y = library.nn.functional.layer_norm(x, (4,), weight)
        (first,) = library.autograd.grad((y**3).sum(), x, create_graph=True)
        found.append(library.autograd.grad((first**2).sum(), (x, weight)))
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), 1e-9, 1e-12)


# ---------------------------------------------------------------------------------------------------- dtypes


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
@pytest.mark.parametrize("kind", ["layer", "group", "batch"])
def test_a_half_input_takes_single_precision_parameters(kind: str, half: str) -> None:
    dtype = getattr(pullback, half)
    x = numbers(4, 6, dtype=dtype).requires_grad_()
    weight = (numbers(6) + 2).float().requires_grad_()
    call = {
        "layer": lambda: F.layer_norm(x, (6,), weight),
        "group": lambda: F.group_norm(x, 2, weight),
        "batch": lambda: F.batch_norm(x, pullback.zeros(6), pullback.ones(6), weight, training=True),
    }[kind]
    found = call()
    found.sum().backward()
    assert (found.dtype, x.grad.dtype, weight.grad.dtype) == (dtype, dtype, pullback.float32)


@pytest.mark.parametrize(
    "call",
    [
        lambda x, w: F.layer_norm(x, (6,), w),
        lambda x, w: F.group_norm(x, 2, w),
        lambda x, w: F.batch_norm(x, None, None, w, training=True),
    ],
)
def test_other_dtypes_do_not_mix(call: Any) -> None:
    with pytest.raises(RuntimeError, match=r"mixed dtype \(CPU\): expect parameter to have scalar type of Float"):
        call(numbers(4, 6).float(), numbers(6))
    with pytest.raises(RuntimeError, match=r"mixed dtype \(CPU\)"):
        call(numbers(4, 6), numbers(6).float())


def test_large_halves_do_not_overflow() -> None:
    x = pullback.tensor([[300.0, -300.0]], dtype=pullback.float16)
    assert F.layer_norm(x, (2,)).tolist() == [[1, -1]]
    assert F.rms_norm(x, (2,)).tolist() == [[1, -1]]


# ---------------------------------------------------------------------------------------------------- errors

MESSAGES = [
    (
        lambda: F.layer_norm(numbers(2, 3), (4,)),
        RuntimeError,
        "Given normalized_shape=[4], expected input with shape [*, 4], but got input of size[2, 3]",
    ),
    (
        lambda: F.layer_norm(numbers(2, 3), (3,), numbers(2)),
        RuntimeError,
        "Expected weight to be of same shape as normalized_shape, but got weight of shape [2] and normalized_shape = [3]",
    ),
    (
        lambda: F.layer_norm(numbers(2, 3), 3),
        TypeError,
        "layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int",
    ),
    (
        lambda: F.group_norm(numbers(2, 4), 3),
        RuntimeError,
        "Expected number of channels in input to be divisible by num_groups, but got input of shape [2, 4] and num_groups=3",
    ),
    (lambda: F.group_norm(numbers(2, 4), -1), RuntimeError, "Expected num groups to be greater than 0, got -1"),
    (
        lambda: F.group_norm(numbers(1, 2), 2),
        ValueError,
        "Expected more than 1 value per channel when training, got input size [1, 2]",
    ),
    (
        lambda: F.batch_norm(numbers(1, 2), None, None, training=True),
        ValueError,
        "Expected more than 1 value per channel when training, got input size torch.Size([1, 2])",
    ),
    (lambda: F.batch_norm(numbers(2, 2), None, None), RuntimeError, "running_mean must be defined in evaluation mode"),
    (
        lambda: F.batch_norm(numbers(2, 2), numbers(3), numbers(3)),
        RuntimeError,
        "running_mean should contain 2 elements not 3",
    ),
    (
        lambda: F.batch_norm(numbers(2, 2), numbers(2), None, training=True),
        ValueError,
        "running_mean and running_var must either both be None or neither be None",
    ),
    (
        lambda: F.batch_norm(numbers(2, 2), numbers(2).requires_grad_(), numbers(2)),
        RuntimeError,
        "The function 'native_batch_norm' is not differentiable with respect to argument 'running_mean'",
    ),
    (
        lambda: F.instance_norm(numbers(2, 2, 1)),
        ValueError,
        "Expected more than 1 spatial element when training, got input size torch.Size([2, 2, 1])",
    ),
    (
        lambda: F.instance_norm(numbers(2, 2, 3), use_input_stats=False),
        RuntimeError,
        "Expected running_mean and running_var to be defined when use_input_stats is false",
    ),
    (
        lambda: F.rms_norm(numbers(2, 3).long(), (3,)),
        NotImplementedError,
        "\"rms_norm\" not implemented for 'Long'",
    ),
]


@pytest.mark.parametrize(("call", "kind", "message"), MESSAGES, ids=[message[:40] for _, _, message in MESSAGES])
def test_messages_begin_like_pytorchs(call: Any, kind: type[BaseException], message: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value).startswith(message)


def test_nodes_have_pytorchs_names_and_edges() -> None:
    x, weight = numbers(2, 4, 3).requires_grad_(), numbers(4).requires_grad_()
    for call, name in (
        (lambda: F.layer_norm(x, (3,)), "NativeLayerNormBackward0"),
        (lambda: F.group_norm(x, 2, weight), "NativeGroupNormBackward0"),
        (lambda: F.batch_norm(x, None, None, weight, training=True), "NativeBatchNormBackward0"),
    ):
        node = call().grad_fn
        assert node.name() == name
        assert len(node.next_functions) == 3
        assert node.next_functions[2] == (None, 0)
    node = F.instance_norm(x, weight=weight).grad_fn
    assert node.name() == "ViewBackward0"
    assert [edge.name() for edge, _ in node.next_functions[0][0].next_functions[:2]] == [
        "ViewBackward0",
        "RepeatBackward0",
    ]


def test_native_forms_tell_the_statistics_they_used() -> None:
    x, eps = numbers(2, 4, 3).requires_grad_(), 0.01
    array = x.detach().numpy()
    result, mean, rstd = pullback.native_layer_norm(x, (4, 3), None, None, eps)
    np.testing.assert_array_equal(result.detach().numpy(), F.layer_norm(x, (4, 3), eps=eps).detach().numpy())
    np.testing.assert_allclose(mean.numpy(), array.mean((1, 2), keepdims=True), 1e-12)
    np.testing.assert_allclose(rstd.numpy(), 1 / np.sqrt(array.var((1, 2), keepdims=True) + eps), 1e-12)
    assert result.requires_grad and not mean.requires_grad and not rstd.requires_grad
    _, mean, rstd = pullback.native_group_norm(x, None, None, 2, 4, 3, 2, eps)
    np.testing.assert_allclose(mean.detach().numpy(), array.reshape(2, 2, 6).mean(2), 1e-12)
    _, mean, rstd = pullback.native_batch_norm(x, None, None, None, None, True, 0.1, eps)
    np.testing.assert_allclose(rstd.numpy(), 1 / np.sqrt(array.var((0, 2)) + eps), 1e-12)
    _, mean, rstd = pullback.native_batch_norm(x, None, None, numbers(4), numbers(4) + 2, False, 0.1, eps)
    assert mean.shape == rstd.shape == (0,)


def test_large_inputs_in_blocks_equal_small_ones() -> None:
    x, weight, bias = numbers(300, 500), numbers(500) + 2, numbers(500)
    found = []
    for rows in (slice(None), slice(7, 11)):
        part = x[rows].clone().requires_grad_()
        scale = weight.clone().requires_grad_()
        y = F.layer_norm(part, (500,), scale, bias)
        (y * y.detach().cos()).sum().backward()
        found.append((y.detach(), part.grad, scale.grad))
    np.testing.assert_allclose(found[0][0][7:11].numpy(), found[1][0].numpy(), 1e-11, 1e-13)
    np.testing.assert_allclose(found[0][1][7:11].numpy(), found[1][1].numpy(), 1e-9, 1e-12)
    whole = x.clone().requires_grad_()
    scale = weight.clone().requires_grad_()
    y = (whole - whole.mean(1, keepdim=True)) / (whole.var(1, correction=0, keepdim=True) + 1e-5).sqrt() * scale + bias
    (y * y.detach().cos()).sum().backward()
    for ours, composed in zip(found[0], (y.detach(), whole.grad, scale.grad)):
        np.testing.assert_allclose(ours.numpy(), composed.numpy(), 1e-9, 1e-11)


@pytest.mark.parametrize("shape", [(80, 100), (10, 20, 60), (4, 8, 20, 20)])
def test_large_batches_equal_the_composed_form(shape: tuple[int, ...]) -> None:
    axes = (0, *range(2, len(shape)))
    channels = (1, -1) + (1,) * (len(shape) - 2)
    found = []
    for composed in (False, True):
        x, weight = numbers(*shape).requires_grad_(), (numbers(shape[1]) + 2).requires_grad_()
        if composed:
            gap = x - x.mean(axes, keepdim=True)
            y = gap / (x.var(axes, correction=0, keepdim=True) + 1e-5).sqrt() * weight.view(channels)
        else:
            y = F.batch_norm(x, None, None, weight, training=True)
        (y * y.detach().cos()).sum().backward()
        found.append((y.detach(), x.grad, weight.grad))
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), 1e-9, 1e-11)
