"""What the op table cannot say: ties, accumulation, NumPy's words, warnings, messages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pullback as torch

inf, nan = math.inf, math.nan


def leaf(values: Any) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def gradient(function: Any, values: Any) -> list[Any]:
    x = leaf(values)
    (found,) = torch.autograd.grad(function(x).sum(), x)
    return found.tolist()


def test_amax_shares_the_cotangent_among_equals() -> None:
    assert gradient(lambda x: x.amax(), [1, 3, 3]) == [0, 0.5, 0.5]
    assert gradient(lambda x: x.max(), [1, 3, 3]) == [0, 0.5, 0.5]
    assert gradient(lambda x: x.median(), [3, 3, 1, 5]) == [0.5, 0.5, 0, 0]
    assert gradient(lambda x: x.norm(inf), [3, 3, -3, 1]) == pytest.approx([1 / 3, 1 / 3, -1 / 3, 0])


def test_max_along_an_axis_gives_the_cotangent_to_the_first_of_equals() -> None:
    assert gradient(lambda x: x.max(0).values, [1, 3, 3]) == [0, 1, 0]
    assert torch.tensor([2.0, 1, 1]).min(0).indices.item() == 1


def test_nan_counts_as_extreme_and_takes_the_cotangent_of_max() -> None:
    assert torch.tensor([1.0, nan, 3.0]).max(0).indices.item() == 1
    assert torch.tensor([1.0, nan, 3.0]).argmin().item() == 1
    assert gradient(lambda x: x.max(), [1, nan, nan]) == [0, 0.5, 0.5]
    assert np.isnan(gradient(lambda x: x.amax(), [1, nan])).all()


def test_short_rows_have_the_extremes_of_long_ones() -> None:
    values = np.random.default_rng(0).standard_normal((5, 7, 3)).astype(np.float32)
    for axis in (-1, 2, (2,)):
        assert np.array_equal(torch.from_numpy(values).amax(axis).numpy(), values.max(-1))
    assert np.array_equal(torch.from_numpy(values).amin(-1, True).numpy(), values.min(-1, keepdims=True))
    assert np.array_equal(torch.from_numpy(values).amax((2, 0)).numpy(), values.max((0, 2)))


def test_half_precision_accumulates_in_single() -> None:
    ones = torch.ones(4096, dtype=torch.float16) * 1.0009765625
    assert ones.sum().item() == 4100.0
    assert torch.full((70000,), 2.0, dtype=torch.float16).mean().item() == 2.0
    assert torch.full((1000,), 0.125, dtype=torch.bfloat16).cumsum(0)[-1].item() == 125.0


def test_integers_sum_to_int64_unless_told_otherwise() -> None:
    bytes_ = torch.tensor([200, 100], dtype=torch.uint8)
    assert bytes_.sum().item() == 300 and bytes_.sum().dtype is torch.int64
    assert bytes_.sum(dtype=torch.uint8).item() == 44
    assert torch.tensor([True, True]).prod().dtype is torch.int64
    assert torch.tensor([True, True]).cumsum(0).tolist() == [1, 2]


@pytest.mark.parametrize(
    "name", ["sum", "mean", "amax", "std", "all", "argmax", "logsumexp", "cumsum", "softmax", "sort"]
)
def test_numpys_words_for_dim_are_heard(name: str) -> None:
    x = torch.tensor([[1.0, 2.0], [4.0, 3.0]])
    first, second = getattr(torch, name)(x, axis=1), getattr(torch, name)(x, dim=1)
    for one, other in zip(first, second):
        assert torch.equal(one, other)
    with pytest.raises(TypeError):
        getattr(torch, name)(x, axes=1)


def test_keepdims_is_keepdim() -> None:
    assert tuple(torch.ones(2, 3).sum(axis=1, keepdims=True).shape) == (2, 1)
    assert tuple(torch.ones(2, 3).max(axis=1, keepdims=True).values.shape) == (2, 1)


def test_numpys_functions_are_differentiable_on_tensors() -> None:
    assert gradient(lambda x: np.cumsum(x, axis=0), [1, 2, 3]) == [3, 2, 1]
    assert gradient(lambda x: np.maximum.reduce(x), [1, 5, 3]) == [0, 1, 0]
    assert gradient(lambda x: np.multiply.reduce(x), [2, 5, 3]) == [15, 6, 10]
    assert gradient(lambda x: np.mean(x), [2, 5]) == [0.5, 0.5]


def test_product_is_differentiated_exactly_at_zeros() -> None:
    assert gradient(torch.prod, [2, 0, 3]) == [0, 6, 0]
    assert gradient(torch.prod, [2, 0, 0]) == [0, 0, 0]
    assert gradient(lambda x: x.cumprod(0), [2, 0, 3, 4]) == [1, 2 * (1 + 3 + 12), 0, 0]


def test_second_derivative_of_a_product_at_zeros() -> None:
    x = leaf([0, 0, 5])
    (first,) = torch.autograd.grad(x.prod(), x, create_graph=True)
    rows = [torch.autograd.grad(each, x, retain_graph=True)[0].tolist() for each in first]
    assert rows == [[0, 5, 0], [5, 0, 0], [0, 0, 0]]


def test_norm_has_derivative_zero_at_zero() -> None:
    for order in (0.5, 1, 1.5, 2, 3, inf, -1):
        assert gradient(lambda x, order=order: x.norm(order), [0, 0]) == [0, 0]
    assert gradient(lambda x: torch.nn.functional.normalize(x, dim=0), [0, 0]) == pytest.approx([1e12, 1e12])
    assert gradient(lambda x: x.std(), [1, 1]) == [0, 0]


def test_softmax_survives_large_numbers_and_long_inputs() -> None:
    assert torch.tensor([1000.0, 1000.0]).softmax(0).tolist() == [0.5, 0.5]
    assert torch.tensor([-1000.0, 0.0]).log_softmax(0).tolist() == [-1000.0, 0.0]
    values = np.random.default_rng(0).standard_normal((700, 300))  # more than one block
    expected = np.exp(values) / np.exp(values).sum(1, keepdims=True)
    x = torch.from_numpy(values).requires_grad_()
    for function in (torch.softmax, torch.log_softmax):
        found = function(x, 1)
        np.testing.assert_allclose(found.exp().detach() if function is torch.log_softmax else found.detach(), expected)
        (pulled,) = torch.autograd.grad((found * x.detach()).sum(), x)
        (portable,) = torch.autograd.grad((function(x.T, 0) * x.detach().T).sum(), x)
        np.testing.assert_allclose(pulled.numpy(), portable.numpy(), 1e-10, 1e-12)


def test_logsumexp_of_minus_infinity_is_minus_infinity() -> None:
    assert torch.tensor([-inf, -inf]).logsumexp(0).item() == -inf
    assert torch.tensor([inf, 1.0]).logsumexp(0).item() == inf
    assert torch.zeros(0, 2).logsumexp(0).tolist() == [-inf, -inf]


def test_softmax_without_dim_warns() -> None:
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax"):
        found = torch.nn.functional.softmax(torch.zeros(2, 4))
    assert found.tolist() == [[0.25] * 4] * 2


def test_variance_warns_where_no_degree_of_freedom_is_left() -> None:
    with pytest.warns(UserWarning, match=r"var\(\): degrees of freedom is <= 0"):
        assert math.isnan(torch.ones(1).var().item())


MESSAGES = {
    "torch.ones(0).max()": "max(): Expected reduction dim to be specified for input.numel() == 0.",
    "torch.ones(0, 2).amin(0)": "amin(): Expected reduction dim 0 to have non-zero size.",
    "torch.ones(2).sum(1)": "Dimension out of range (expected to be in range of [-1, 0], but got 1)",
    "torch.ones(2).sum('a')": "sum() received an invalid combination of arguments",
    "torch.tensor([1]).mean()": "mean(): could not infer output dtype. Input dtype must be either a floating point",
    "torch.ones(3).topk(4)": "selected index k out of range",
    "torch.tensor([1]).softmax(0)": "\"softmax_lastdim_kernel_impl\" not implemented for 'Long'",
    "torch.ones(2, 2).norm('abc')": "linalg.matrix_norm: Order abc not supported.",
    "torch.linalg.vector_norm(torch.tensor([1]))": "linalg.vector_norm: Expected a floating point or complex tensor",
    "torch.ones(3).quantile(2.0)": "quantile() q must be in the range [0, 1] but got 2",
    "torch.sum([1])": "sum(): argument 'input' (position 1) must be Tensor, not list",
    "torch.ones(2, requires_grad=True).unique().sum().backward()": "the derivative for '_unique2' is not implemented.",
}


@pytest.mark.parametrize("call", MESSAGES)
def test_message_begins_like_pytorchs(call: str) -> None:
    with pytest.raises(Exception) as caught:
        eval(call, {"torch": torch})
    assert str(caught.value).startswith(MESSAGES[call])


@pytest.mark.parametrize("call", MESSAGES)
def test_the_messages_are_pytorchs(call: str) -> None:
    with pytest.raises(Exception) as caught:
        eval(call, {"torch": pytest.importorskip("torch")})
    assert str(caught.value).startswith(MESSAGES[call])


def test_named_results_print_under_pytorchs_name() -> None:
    found = torch.tensor([1, 3]).max(0)
    assert repr(found) == "torch.return_types.max(\nvalues=tensor(3),\nindices=tensor(1))"
    out = torch.empty(0), torch.empty(0, dtype=torch.int64)
    stored = torch.max(torch.tensor([[1.0, 3.0]]), 1, out=out)
    assert stored.values is out[0] and out[1].tolist() == [1]
    assert type(stored).__name__ == "max_out"


def test_variance_in_single_precision_beside_a_large_mean() -> None:
    values = (np.random.default_rng(0).standard_normal((4, 1000)) + 1e5).astype(np.float32)
    exact = values.astype(np.float64).var(1, ddof=1)
    np.testing.assert_allclose(torch.tensor(values).var(1).numpy(), exact, rtol=2e-7)
    np.testing.assert_allclose(torch.tensor(values).std(1).numpy(), np.sqrt(exact), rtol=2e-7)
    assert torch.tensor([0.1] * 7).std().item() == 0.0


def test_gradient_of_a_norm_so_small_that_its_inverse_exceeds_half_precision() -> None:
    x = torch.tensor([3e-6, 4e-6, 0.0], dtype=torch.float16, requires_grad=True)
    for norm in (
        x.norm(),
        torch.linalg.vector_norm(x),
        torch.nn.functional.pairwise_distance(x, x.detach() * 0, eps=0),
    ):
        (gradient,) = torch.autograd.grad(norm, x)
        assert gradient.dtype == torch.float16 and np.allclose(gradient.tolist(), [0.6, 0.8, 0.0], atol=0.01)
